"""The time limit of an attempt: waiting for a place is not the attempt's time, but it is the job's."""

import asyncio

import pytest

from app.jobs.runtime.attempt_clock import AttemptClock


async def test_it_ends_an_attempt_at_its_limit() -> None:
    async def attempt() -> None:
        async with asyncio.timeout(None) as timeout:
            AttemptClock(timeout, limit_s=0.05, deadline_s=60)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await attempt()


async def test_it_stands_still_while_a_call_waits_for_a_place() -> None:
    async with asyncio.timeout(None) as timeout:
        clock = AttemptClock(timeout, limit_s=100, deadline_s=6000)
        with clock.call() as admitted:
            left_s = clock.left_s
            assert ends_in(timeout) == pytest.approx(6000, abs=60)
            admitted()
            await asyncio.sleep(0)
            assert ends_in(timeout) == pytest.approx(left_s, abs=50)
            admitted()
            assert ends_in(timeout) == pytest.approx(left_s, abs=50)


async def test_it_runs_while_one_of_several_calls_runs() -> None:
    async with asyncio.timeout(None) as timeout:
        clock = AttemptClock(timeout, limit_s=100, deadline_s=6000)
        await asyncio.sleep(0)
        with clock.call() as first_runs, clock.call():
            assert ends_in(timeout) > 200
            first_runs()
            assert ends_in(timeout) < 200
            with clock.call():
                assert ends_in(timeout) < 200
        assert ends_in(timeout) < 200  # between calls it runs


def ends_in(timeout: asyncio.Timeout) -> float:
    ends_at_s = timeout.when()
    assert ends_at_s is not None
    return ends_at_s - asyncio.get_running_loop().time()


async def test_the_deadline_does_not_stand_still() -> None:
    async def attempt() -> None:
        async with asyncio.timeout(None) as timeout:
            clock = AttemptClock(timeout, limit_s=60, deadline_s=0.05)
            with clock.call():
                await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await attempt()
