"""Work beside the loop ends for its caller, whatever it raises."""

import asyncio

import pytest

from app.processors.aside import aside


@pytest.mark.parametrize(("raised", "seen"), [(StopIteration, RuntimeError), (KeyError, KeyError)])
async def test_what_it_raises_reaches_the_caller(raised: type[Exception], seen: type[Exception]) -> None:
    def work() -> None:
        raise raised

    with pytest.raises(seen):
        await asyncio.wait_for(aside(work), 60)
