"""What a job type's code returned, and what it says of its failure, as what is kept of it."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, RootModel

from app.jobs.outcomes import Completed, Failed
from app.jobs.runtime.processor_result import fault_of, outcome_of, partial_of
from app.processors.base import JobType, ProcessorError


class Given(BaseModel):
    message: str = ""


class Result(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    pair: tuple[int, int] | None = None
    other: Any = None


class Another(BaseModel):
    text: str = "x"


WRONG: dict[str, Any] = {"text": 3}


class Listed(RootModel[list[int]]):
    pass


def outcome(value: object, result_model: type[BaseModel] = Result) -> Any:
    job_type: JobType[Any, Any] = JobType("echo", "T", "D", Given, result_model, {}, outcome)  # type: ignore[arg-type]
    return outcome_of(job_type, value, max_bytes=10_000)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ({"text": "hello"}, {"text": "hello", "pair": None, "other": None}),
        ({"text": "hello", "pair": [1, 2]}, {"text": "hello", "pair": [1, 2], "other": None}),
        (
            Result(text="a\ud800", other={1: {datetime(2026, 4, 11, tzinfo=UTC)}}),
            {"text": "a\ufffd", "pair": None, "other": {"1": ["2026-04-11T00:00:00Z"]}},
        ),
        (
            Result(text="x", other=(Decimal("1.50"), b"ab", 2**80)),
            {"text": "x", "pair": None, "other": ["1.50", "ab", 2**80]},
        ),
        (Result.model_construct(None, **WRONG), {"text": 3, "pair": None, "other": None}),
    ],
)
def test_what_fits_is_kept(value: Any, kept: dict[str, Any]) -> None:
    assert outcome(value) == Completed(kept)


def _endless() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


def _deep(levels: int) -> Any:
    found: Any = 1
    for _ in range(levels):
        found = [found]
    return found


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "returned nothing (None); Result is wanted."),
        ("text", "returned a str; Result is wanted."),
        ([{"text": "x"}], "returned a list; Result is wanted."),
        (Another(), "returned an Another; Result is wanted."),
        (Result, "returned a ModelMetaclass; Result is wanted."),
        ({}, "returned a dict that does not fit Result: text: Field required"),
        ({"text": 3}, "returned a dict that does not fit Result: text: "),
        ({"text": "x", "more": "secret"}, "returned a dict that does not fit Result: more: "),
        ({1: 2}, "returned a dict that does not fit Result: "),
        (Result(text="x", other=object()), "returned a Result, which JSON cannot hold: Unable to serialize"),
        (Result(text="x", other=10**5000), "returned a Result, which JSON cannot hold"),
        (Result(text="x", other=b"\xff"), "returned a Result, which JSON cannot hold"),
    ],
)
def test_what_does_not_fit_is_named(value: Any, said: str) -> None:
    found = outcome(value)
    assert isinstance(found, Failed)
    assert found.error.code == "processor_crashed"
    assert found.error.message.startswith(f"The code of echo {said}")
    assert "secret" not in found.error.message


@pytest.mark.parametrize("value", [float("nan"), [float("-inf")], {"a": float("inf")}, _deep(70), _endless()])
def test_what_json_has_no_form_for_is_refused(value: Any) -> None:
    assert outcome(Result(text="x", other=value)).error.code == "invalid_output"


def test_a_result_that_is_no_object_is_named() -> None:
    said = outcome(Listed([1]), Listed).error.message
    assert said == "The code of echo returned a Listed, which is a list in JSON; an object is wanted."


def test_a_result_has_a_largest_size() -> None:
    assert outcome(Result(text="x" * 20_000)).error.code == "result_too_large"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ProcessorError("Not A Code", "x"), "processor_error", "x"),
        (ProcessorError("busy", "a\x00b\ud800"), "busy", "ab\ufffd"),
        (ProcessorError(None, None), "processor_error", "None"),  # type: ignore[arg-type]
        (ProcessorError("long", "x" * 5000), "long", "x" * 2000),
        (ProcessorError("odd", "x", pointer=3), "odd", "x"),  # type: ignore[arg-type]
        (ProcessorError("odd", "x", partial={"a": 1}), "odd", "x"),  # type: ignore[arg-type]
        (ProcessorError("odd", "x", partial=Result(text="x", other=float("nan"))), "odd", "x"),
        (ProcessorError("odd", "x", partial=Result(text="x", other=object())), "odd", "x"),
    ],
)
def test_a_failure_is_kept_as_far_as_it_can_be(error: ProcessorError, code: str, message: str) -> None:
    fault = fault_of(error)
    assert (fault.code, fault.message, fault.pointer) == (code, message, None)
    assert partial_of(error.partial) is None


def test_what_could_be_done_is_kept_with_a_failure() -> None:
    assert partial_of(Result(text="a\x00")) == {"text": "a", "pair": None, "other": None}
    assert partial_of(Result(text="x" * 5_000_000)) is None
