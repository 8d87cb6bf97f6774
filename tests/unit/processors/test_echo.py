import asyncio

import pytest
from pydantic import ValidationError

from app.processors.echo import EchoInput, run
from tests.unit.processors.played import PlayedContext


async def test_the_message_comes_back_without_a_model() -> None:
    context = PlayedContext()
    assert (await run(EchoInput(message="hi"), context)).message == "hi"
    assert context.asked == []


async def test_waiting_can_be_cancelled() -> None:
    running = asyncio.create_task(run(EchoInput(message="hi", sleep_s=3600), PlayedContext()))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("sleep_s", [-1, 3601, float("nan"), float("inf"), "1"])
def test_bad_waits_are_refused(sleep_s: object) -> None:
    with pytest.raises(ValidationError):
        EchoInput.model_validate({"message": "x", "sleep_s": sleep_s})
