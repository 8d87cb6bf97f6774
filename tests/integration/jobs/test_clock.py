"""The time limit of an attempt: waiting for a place is not the attempt's time, but it is the job's."""

import asyncio

import pytest

from app.jobs.context import AttemptClock


async def test_it_ends_an_attempt_at_its_limit() -> None:
    async def attempt() -> None:
        async with asyncio.timeout(None) as timeout:
            AttemptClock(timeout, limit_s=0.05, deadline_s=60)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await attempt()


async def test_it_stands_still_while_a_call_waits_for_a_place() -> None:
    async with asyncio.timeout(None) as timeout:
        clock = AttemptClock(timeout, limit_s=0.2, deadline_s=60)
        left_s = clock.pause()
        assert timeout.when() == pytest.approx(asyncio.get_running_loop().time() + 60, abs=1)
        clock.go_on()
        await asyncio.sleep(0)
        assert timeout.when() == pytest.approx(asyncio.get_running_loop().time() + left_s, abs=0.1)
        clock.go_on()
        assert timeout.when() == pytest.approx(asyncio.get_running_loop().time() + left_s, abs=0.1)


async def test_the_deadline_does_not_stand_still() -> None:
    async def attempt() -> None:
        async with asyncio.timeout(None) as timeout:
            clock = AttemptClock(timeout, limit_s=60, deadline_s=0.05)
            clock.pause()
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await attempt()
