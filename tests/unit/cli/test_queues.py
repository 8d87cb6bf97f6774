from typing import Any

import pytest

from tests.unit.cli.calling import call
from tests.unit.cli.played_api import played_api

FREE: dict[str, Any] = {"name": "default", "paused_at": None, "max_running": None, "running": 2}
QUEUE = FREE | {"waiting": 7, "scheduled": 1, "slots": 50, "in_broker": 3, "oldest_waiting_s": 1.234}
PAUSED = FREE | {"name": "echo", "paused_at": "2026-11-22T05:00:00.123Z", "max_running": 3}
ECHO = PAUSED | {"waiting": 0, "scheduled": 0}


def test_ls_shows_queues_and_types() -> None:
    with played_api((200, {"queues": [QUEUE], "types": [ECHO]})) as api:
        lines = call("queues", "ls", url=api.url).stdout.splitlines()
    assert lines[0].split() == ["QUEUE", "WAITING", "SCHEDULED", "RUNNING", "SLOTS", "IN_BROKER", "OLDEST_S", "CONTROL"]
    assert lines[1].split() == ["default", "7", "1", "2", "50", "3", "1.2", "no", "limit"]
    assert lines[4].endswith("paused since 2026-11-22 05:00:00, at most 3 at once")


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (("pause", "default"), ("POST", "/api/v1/queues/default/pause", None)),
        (("pause", "echo", "--type"), ("POST", "/api/v1/job-types/echo/pause", None)),
        (("pause", "é"), ("POST", "/api/v1/queues/%C3%A9/pause", None)),
        (("pause", "a b"), ("POST", "/api/v1/queues/a%20b/pause", None)),
        (("resume", "a/b?c", "--type"), ("POST", "/api/v1/job-types/a%2Fb%3Fc/resume", None)),
        (("resume", "default"), ("POST", "/api/v1/queues/default/resume", None)),
        (("limit", "default", "5"), ("PUT", "/api/v1/queues/default/limit", {"max_running": 5})),
        (("limit", "echo", "none", "--type"), ("PUT", "/api/v1/job-types/echo/limit", {"max_running": None})),
    ],
)
def test_controls_ask_the_api_and_say_what_holds_now(arguments: tuple[str, ...], asked: tuple[str, str, Any]) -> None:
    with played_api((200, FREE)) as api:
        result = call("queues", *arguments, url=api.url)
    assert result.stdout == f"{arguments[1]}: no limit, 2 running\n"
    assert [(one.method, one.path, one.body) for one in api.asked] == [asked]


@pytest.mark.parametrize("command", ["queues pause", "queues backlog", "explain", "sessions end"])
def test_what_somebody_typed_is_one_part_of_the_path(command: str) -> None:
    with played_api((404, {"code": "not_found", "detail": "no"})) as api:
        call(*("jobs " * (command == "explain") + command).split(), "../é?x", url=api.url)
    assert [one.path.count("/..%2F%C3%A9%3Fx") for one in api.asked] == [1]


def test_an_empty_name_is_refused_here() -> None:
    result = call("queues", "pause", "", url="http://127.0.0.1:1")
    assert (result.exit_code, "a name is empty" in result.output) == (2, True)


def test_a_limit_that_is_no_number_is_refused_here() -> None:
    result = call("queues", "limit", "default", "many", url="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert "neither a number nor none" in result.stderr


def test_the_line_of_a_queue() -> None:
    with played_api((200, {"items": []}), (200, {"items": [{"id": "j1", "type": "echo"}]})) as api:
        assert call("queues", "backlog", "default", url=api.url).stdout == "no job waits in default\n"
        assert "j1" in call("queues", "backlog", "default", "--limit", "3", url=api.url).stdout
    assert api.asked[1].path == "/api/v1/queues/default/jobs?limit=3"


@pytest.mark.parametrize(
    ("starts_at", "last"),
    [
        (None, "starts: nobody can say yet"),
        ("2026-11-22T05:00:00Z", "starts: now"),
        ("2026-11-22T05:00:04Z", "starts: in about 4.00 s"),
    ],
)
def test_explain_gives_each_reason_and_the_start(starts_at: str | None, last: str) -> None:
    answer = {
        "status": "pending",
        "now": "2026-11-22T05:00:00Z",
        "summary": "one",
        "reasons": [{"message": "one"}, {"message": "two"}],
        "starts_at": starts_at,
    }
    with played_api((200, answer)) as api:
        assert call("jobs", "explain", "j1", url=api.url).stdout.splitlines() == [
            "pending, because",
            "- one",
            "- two",
            last,
        ]
    assert api.asked[0].path == "/api/v1/jobs/j1/explain"


def test_explain_of_a_job_that_does_not_wait() -> None:
    with played_api((200, {"status": "completed", "summary": "It ended.", "reasons": []})) as api:
        assert call("jobs", "explain", "j1", url=api.url).stdout == "completed: It ended.\n"
