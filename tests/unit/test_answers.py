"""The comparison of answers with a document: what may differ, and what may not."""

from typing import Any

import pytest

from tests.rig.answers import Answers

MINE, OTHER = "01a20123-bbea-75c3-81d6-000000000001", "01a20123-bbea-75c3-81d6-000000000002"
THEIRS, FOREIGN = "01b20123-bbea-75c3-81d6-000000000003", "01b20123-bbea-75c3-81d6-000000000004"


@pytest.mark.parametrize(
    ("shown", "given"),
    [
        ({"id": MINE, "link": f"/jobs/{MINE}"}, {"id": THEIRS, "link": f"/jobs/{THEIRS}"}),
        ({"at": "2026-01-01T00:00:00Z"}, {"at": "2027-02-03T04:05:06.789Z"}),
        ({"run_ms": 1, "worker": "a"}, {"run_ms": 900, "worker": "b"}),
        ({"a": 1, "…": "…"}, {"a": 1, "b": 2}),
        ([1, "…"], [1, 2, 3]),
    ],
)
def test_what_may_differ_is_left_as_the_document_has_it(shown: Any, given: Any) -> None:
    assert Answers().merged(shown, given) == shown


@pytest.mark.parametrize(
    ("shown", "given", "told"),
    [
        ({"status": "pending"}, {"status": "failed"}, {"status": "failed"}),
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
        ({"a": 1, "b": 2, "…": "…"}, {"a": 1}, {"a": 1, "…": "…"}),
        ([1, 2], [1], [1]),
        ({"at": "2026-01-01T00:00:00Z"}, {"at": None}, {"at": None}),
        ({"run_ms": 1}, {"run_ms": None}, {"run_ms": None}),
        ({"max": 1}, {"max": True}, {"max": True}),
        ([MINE, MINE], [THEIRS, FOREIGN], [MINE, FOREIGN]),
        ([MINE, OTHER, "x"], [THEIRS, FOREIGN, f"of {FOREIGN}"], [MINE, OTHER, f"of {OTHER}"]),
    ],
)
def test_what_must_not_differ_is_told(shown: Any, given: Any, told: Any) -> None:
    assert Answers().merged(shown, given) == told


def test_commands_are_run_with_the_ids_of_the_run() -> None:
    answers = Answers()
    answers.merged({"id": MINE}, {"id": THEIRS})
    assert answers.filled(f"curl /jobs/{MINE} /jobs/{OTHER}") == f"curl /jobs/{THEIRS} /jobs/{OTHER}"
