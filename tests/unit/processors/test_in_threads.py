"""Work beside the loop ends for its caller, whatever it raises."""

import asyncio

import pytest

from app.processors.in_threads import in_thread


@pytest.mark.parametrize(("raised", "seen"), [(StopIteration, RuntimeError), (KeyError, KeyError)])
async def test_what_it_raises_reaches_the_caller(raised: type[Exception], seen: type[Exception]) -> None:
    def work() -> None:
        raise raised

    with pytest.raises(seen):
        await asyncio.wait_for(in_thread(work), 60)
