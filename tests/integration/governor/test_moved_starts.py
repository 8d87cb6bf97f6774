"""Starts that are reserved already move with a wait that begins, and with a rate that falls."""

import pytest
from redis.asyncio import Redis

from app.governor.limiter.quota import Quota, Rate, parse_quota
from app.governor.limiter.scripts import Report, Target, Verdict
from app.governor.states import CallResult
from tests.integration.governor.clock import Played, played

TARGET = Target("p", "m")
CAPS = parse_quota("60/min")


async def come(clock: Played, job: str) -> Verdict:
    return await clock.scripts.admit(TARGET, CAPS, call=job, prompt_tokens=1, output_tokens=1, reservation=job)


async def reserved(clock: Played) -> dict[str, float]:
    """Let jobs come until two of them have a start that is reserved; return the seconds until each."""
    verdicts = {job: await come(clock, job) for job in "abcdef"}
    return {job: verdict.wait_s for job, verdict in verdicts.items() if verdict.word == "reserved"}


async def test_a_wait_after_a_rejection_moves_what_is_reserved(redis: Redis) -> None:
    clock = await played(redis)
    before = await reserved(clock)
    assert len(before) >= 2
    await clock.scripts.settle(
        TARGET, CAPS, "a", Report(CallResult.LIMITED, 1, 0, error="rate_limited", retry_after_s=4)
    )
    for job, wait_s in before.items():
        assert (await come(clock, job)).wait_s >= wait_s + 4 - 0.001


async def test_a_rate_that_falls_moves_what_is_reserved(redis: Redis) -> None:
    clock = await played(redis)
    before = await reserved(clock)
    advertised = Quota(Rate(30, 60))
    await clock.scripts.settle(TARGET, CAPS, "a", Report(CallResult.OK, 1, 1, advertised=advertised))
    for job, wait_s in before.items():
        assert (await come(clock, job)).wait_s == pytest.approx(2 * wait_s, rel=0.1)
