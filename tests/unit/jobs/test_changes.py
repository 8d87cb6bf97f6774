"""What a change of a waiting job comes to."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from app.jobs.api.changes import UnfitChangeError, change_of
from app.jobs.api.job_update import JobUpdate

NOW = datetime(2026, 4, 11, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
DAY = timedelta(days=1)


def row(**changes: Any) -> Any:
    usual = {"priority": 5, "queue": "default", "run_at": NOW - timedelta(minutes=1), "max_attempts": 4}
    usual |= {"deadline_at": NOW + DAY, "attempt": 0, "refunds": 0, "metadata": None}
    return SimpleNamespace(**(usual | changes))


@pytest.mark.parametrize(
    ("wanted", "values"),
    [
        ({"priority": "high"}, {"priority": 1}),
        ({"priority": "default"}, {}),
        ({"queue": "gpu", "max_attempts": 9}, {"queue": "gpu", "max_attempts": 9}),
        ({"max_attempts": 4, "queue": "default"}, {}),
        ({"run_at": LATER}, {"run_at": LATER, "deadline_at": NOW + DAY + timedelta(hours=2, minutes=1)}),
        ({"delay_s": 7200, "deadline_s": 60}, {"run_at": LATER, "deadline_at": LATER + timedelta(minutes=1)}),
        ({"delay_s": 0}, {}),
        ({"run_at": NOW - DAY}, {}),
        ({"deadline_at": LATER}, {"deadline_at": LATER}),
        ({"metadata": {"a": 1}}, {"metadata": {"a": 1}}),
        ({"metadata": {}, "priority": None}, {"metadata": {}}),
    ],
)
def test_what_is_another_is_changed(wanted: dict[str, Any], values: dict[str, Any]) -> None:
    assert change_of(row(), JobUpdate.model_validate(wanted), NOW).values == values


def test_a_scheduled_job_can_be_started_now() -> None:
    change = change_of(row(run_at=LATER, deadline_at=LATER + DAY), JobUpdate(run_at=NOW - DAY), NOW)
    assert change.values == {"run_at": NOW, "deadline_at": NOW + DAY}


def test_the_deadline_of_a_job_that_was_tried_stays() -> None:
    tried = row(attempt=1, run_at=NOW + timedelta(minutes=1))
    assert change_of(tried, JobUpdate(run_at=LATER), NOW).values == {"run_at": LATER}


def test_the_history_says_from_what_to_what() -> None:
    wanted = JobUpdate(priority="high", run_at=LATER, metadata={"a": 1, "b": 2, "c": "secret"})
    told = change_of(row(metadata={"a": 1, "d": 4}), wanted, NOW).history
    assert told["priority"] == {"from": "default", "to": "high"}
    assert told["run_at"] == {"from": "2026-04-11T11:59:00+00:00", "to": "2026-04-11T14:00:00+00:00"}
    assert told["metadata"] == {"keys": ["b", "c", "d"]}


@pytest.mark.parametrize(
    ("wanted", "field", "why"),
    [
        ({"max_attempts": 2}, "max_attempts", "2 of the job's attempts are used; give at least 3"),
        ({"run_at": NOW + 2 * DAY}, "run_at", "would be over before the job may start"),
        ({"deadline_at": NOW - DAY}, "deadline_at", "would be over"),
        ({"deadline_at": NOW + timedelta(hours=1), "run_at": LATER}, "deadline_at", "would be over"),
        ({"deadline_s": 5}, "deadline_s", "would be over"),
        ({"run_at": NOW + 4000 * DAY}, "run_at", "more than ten years ahead"),
    ],
)
def test_what_the_job_cannot_have_is_refused(wanted: dict[str, Any], field: str, why: str) -> None:
    with pytest.raises(UnfitChangeError, match=why) as refused:
        change_of(row(attempt=3, refunds=1), JobUpdate.model_validate(wanted), NOW)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("wanted", "why"),
    [
        ({}, "name what is to change: priority, queue"),
        ({"priority": None}, "name what is to change"),
        ({"run_at": LATER, "delay_s": 1}, "give run_at or delay_s"),
        ({"deadline_at": LATER, "deadline_s": 1}, "give deadline_s or deadline_at"),
        ({"status": "completed"}, "Extra inputs"),
        ({"max_attempts": 26}, "less than or equal"),
    ],
)
def test_a_body_that_says_nothing_or_two_things_is_refused(wanted: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        JobUpdate.model_validate(wanted)
