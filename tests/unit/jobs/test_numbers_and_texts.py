"""A number of a job is a JSON number: what only looks like one is refused, in words that say what to write."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.request_model import RequestModel
from app.jobs.api.job_update import JobUpdate
from app.jobs.schemas import JobCreate

NUMBERS = ("delay_s", "max_attempts", "max_crashes", "timeout_s", "deadline_s", "max_refusals", "max_cost_usd")
WITHOUT_QUOTES, NO_SWITCH = "write the number without quotes", "write a number, not true or false"
TIME = "write a time such as 2026-01-31T09:00:00Z"


def faults(model: type[RequestModel], **given: Any) -> list[tuple[Any, str]]:
    needed = {"type": "echo", "input": {}} if model is JobCreate else {}
    with pytest.raises(ValidationError) as raised:
        model.model_validate(needed | given)
    return [(one["loc"], one["msg"].removeprefix("Value error, ")) for one in raised.value.errors()]


@pytest.mark.parametrize("model", [JobCreate, JobUpdate])
@pytest.mark.parametrize(
    ("value", "said"), [("3", WITHOUT_QUOTES), ("", WITHOUT_QUOTES), (True, NO_SWITCH), (False, NO_SWITCH)]
)
def test_what_is_no_number_is_refused(model: type[RequestModel], value: object, said: str) -> None:
    for name in (name for name in NUMBERS if name in model.model_fields):
        assert faults(model, **{name: value}) == [((name,), said)]


@pytest.mark.parametrize("model", [JobCreate, JobUpdate])
@pytest.mark.parametrize("value", [1_900_000_000, 1.9e9, True, "1900000000", "1900000000.5"])
def test_a_time_is_no_number(model: type[RequestModel], value: object) -> None:
    assert faults(model, run_at=value) == [(("run_at",), TIME)]


def test_numbers_of_either_kind_and_null_are_taken() -> None:
    given = {"max_attempts": 3.0, "timeout_s": 60.0, "delay_s": 1, "max_crashes": None, "run_at": None}
    job = JobCreate.model_validate({"type": "echo", "input": {}, **given})
    assert (job.max_attempts, job.timeout_s, job.delay_s, job.max_crashes) == (3, 60, 1.0, None)
    assert JobCreate.model_validate({"type": "echo", "input": {}, "run_at": "2030-01-01T00:00:00+02:00"}).run_at


def test_bounds_are_told_as_before() -> None:
    assert faults(JobCreate, max_attempts=0) == [(("max_attempts",), "Input should be greater than or equal to 1")]
    assert faults(JobCreate, timeout_s=1.5)[0][0] == ("timeout_s",)
