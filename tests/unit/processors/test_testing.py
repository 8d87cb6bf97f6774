"""The helpers for the tests of a job type refuse what the platform would refuse."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from pydantic import BaseModel, ValidationError

from app.llm.base import Message, NotAdmitted, WaitReason
from app.processors.base import Context, JobType
from app.processors.testing import NotUsableError, PlayedContext, attempt
from app.storage.local import FileMissing


class Given(BaseModel):
    text: str


class Result(BaseModel):
    length: float


def returning(value: Any) -> JobType[Given, Result]:
    async def run(_: Given, __: Context) -> Any:
        return value

    return JobType("length", "Length", "How long a text is.", Given, Result, {"text": "one"}, run)


@pytest.mark.parametrize("value", [Result(length=3), {"length": 3}])
async def test_a_result_that_fits_is_returned_as_its_model(value: object) -> None:
    assert await attempt(returning(value), {"text": "one"}) == Result(length=3)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "run returned NoneType; Result is wanted"),
        ({"size": 3}, "cannot be kept as Result"),
        (Result(length=float("nan")), "cannot be kept as Result"),
    ],
)
async def test_any_other_is_refused(value: object, said: str) -> None:
    with pytest.raises(NotUsableError, match=said):
        await attempt(returning(value), {"text": "one"})


async def test_an_input_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ValidationError):
        await attempt(returning({"length": 3}), {"words": "one"})


async def test_what_the_type_refuses_at_submit_is_refused() -> None:
    job_type = replace(returning({"length": 3}), check=lambda given, tokens: f"{given.text} and {tokens}")
    with pytest.raises(NotUsableError, match="refused at submit: one and 100"):
        await attempt(job_type, {"text": "one"}, PlayedContext(context_tokens=100))


async def test_a_type_that_a_process_would_leave_out_is_refused() -> None:
    with pytest.raises(NotUsableError, match="the job type cannot be used: name 'Not a name'"):
        await attempt(replace(returning({"length": 3}), name="Not a name"), {"text": "one"})


async def test_answers_come_in_their_order_and_the_last_one_repeats() -> None:
    busy = NotAdmitted(WaitReason.RATE_LIMITED, "Wait.", delay_s=1, provider="p")
    context = PlayedContext(answers=["one", busy, "three"])
    assert await context.ask(Message("user", "?")) == "one"
    with pytest.raises(NotAdmitted):
        await context.ask(Message("user", "?"))
    assert [await context.ask(Message("user", "?"), schema={}) for _ in range(2)] == ["three", "three"]
    assert [one.schema for one in context.asked] == [None, None, {}, {}]


async def test_the_first_value_of_a_part_stands_and_a_later_attempt_finds_it() -> None:
    context = PlayedContext()
    await context.save_part("page", {"text": "one"})
    await context.save_part("page", {"text": "two"})
    later: Mapping[str, Any] = await PlayedContext(saved=context.saved).parts()
    assert later == {"page": {"text": "one"}}
    with pytest.raises(TypeError):
        await context.save_part("other", object())


async def test_a_file_that_was_not_given_is_missing() -> None:
    with pytest.raises(FileMissing):
        async with PlayedContext().file(uuid4()):
            pass
