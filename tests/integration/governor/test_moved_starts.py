"""Starts that are booked already move with a door that closes, and with a rate that falls."""

import pytest
from redis.asyncio import Redis

from app.governor.limiter.quota import Quota, Rate, parse_quota
from app.governor.limiter.scripts import Report, Target, Verdict
from tests.integration.governor.clock import Played, played

TARGET = Target("p", "m")
CAPS = parse_quota("60/min")


async def come(clock: Played, job: str) -> Verdict:
    return await clock.scripts.admit(TARGET, CAPS, call=job, prompt_tokens=1, output_tokens=1, booking=job)


async def booked(clock: Played) -> dict[str, float]:
    """Let jobs come until two of them have a start that is booked; return the seconds until each."""
    verdicts = {job: await come(clock, job) for job in "abcdef"}
    return {job: verdict.wait_s for job, verdict in verdicts.items() if verdict.word == "booked"}


async def test_a_door_that_closes_moves_what_is_booked(redis: Redis) -> None:
    clock = await played(redis)
    before = await booked(clock)
    assert len(before) >= 2
    await clock.scripts.settle(TARGET, CAPS, "a", Report("limited", 1, 0, error="rate_limited", retry_after_s=4))
    for job, wait_s in before.items():
        assert (await come(clock, job)).wait_s >= wait_s + 4 - 0.001


async def test_a_rate_that_falls_moves_what_is_booked(redis: Redis) -> None:
    clock = await played(redis)
    before = await booked(clock)
    told = Quota(Rate(30, 60))
    await clock.scripts.settle(TARGET, CAPS, "a", Report("ok", 1, 1, told=told))
    for job, wait_s in before.items():
        assert (await come(clock, job)).wait_s == pytest.approx(2 * wait_s, rel=0.1)
