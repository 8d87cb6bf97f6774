from datetime import UTC, datetime, timedelta
from typing import Any

from app.jobs.history import EventOut, attempts_of

BEGAN = datetime(2026, 11, 22, 5, tzinfo=UTC)
FULL = {"error": {"code": "rate_limited", "message": "Used up."}}
BUSY = {"error": {"code": "model_busy", "message": "It takes 1 call at once."}}


def history(*ends: dict[str, Any]) -> list[EventOut]:
    """Make the history of attempts that were all given back, with these details."""
    events: list[EventOut] = []
    for number, detail in enumerate(ends, 1):
        for name, status in (("started", "processing"), ("released", "pending")):
            at = BEGAN + timedelta(seconds=len(events))
            found = detail if name == "released" else None
            events.append(
                EventOut(
                    version=len(events) + 1,
                    seq=len(events) + 1,
                    name=name,
                    status=status,
                    attempt=number,
                    worker="w",
                    at=at,
                    detail=found,
                )
            )
    return events


def test_attempts_that_only_waited_are_one_entry() -> None:
    (one,) = attempts_of(history(FULL, BUSY, FULL | {"waited_ms": 40}))
    assert (one.attempt, one.count, one.waited_ms) == (1, 3, 40)
    assert one.waited_for == ["rate_limited", "model_busy"]


def test_an_attempt_that_asked_a_model_before_it_was_given_back_stands_for_itself() -> None:
    asked = FULL | {"prompt_tokens": 653, "run_ms": 431_000}
    found = attempts_of(history(FULL, FULL, asked, FULL))
    assert [(one.attempt, one.count, one.prompt_tokens) for one in found] == [(1, 2, None), (3, 1, 653), (4, 1, None)]
    assert [one.waited_for for one in found] == [["rate_limited"], [], ["rate_limited"]]
