"""The budget of a model: never more than its limit in any interval, in any order; and what becomes of bookings."""

from bisect import bisect_left
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from app.governor.limiter.admission import Admission
from app.governor.limiter.bucket import LocalBucket
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import Report, Scripts, Target
from app.governor.states import CallResult
from app.llm.base import NotAdmitted
from tests.integration.governor.clock import Played, played

TARGET = Target("p", "m")


def most_in_a_window(starts: Sequence[tuple[float, float]], per_s: float) -> float:
    """Return the largest sum of weights within any `per_s` seconds, by (time, weight)."""
    ordered = sorted(starts)
    times = [at for at, _ in ordered]
    return max(
        sum(weight for _, weight in ordered[first : bisect_left(times, at + per_s)]) for first, at in enumerate(times)
    )


async def admit(
    clock: Played, caps: Quota, call: str, *, tokens: int = 20, reservation: str = "", wait_s: float = 2
) -> Any:
    return await clock.scripts.admit(
        TARGET, caps, call=call, prompt_tokens=tokens, output_tokens=0, reservation=reservation, longest_wait_s=wait_s
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("text", ["60/min", "5/10s", "600/min,20000tok/min", "1/s", "2000/min,3000tok/min"])
async def test_no_interval_has_more_starts_or_tokens_than_the_limit(redis: Redis, text: str, seed: int) -> None:
    random, caps, clock = Random(seed), parse_quota(text), await played(redis)
    starts: list[tuple[float, float]] = []
    tokens: list[tuple[float, float]] = []
    back: list[tuple[float, str]] = []
    for number in range(250):
        if random.random() < 0.3:
            await clock.pass_s(random.choice([0.05, 0.5, 3.0, 20.0]))
        call = f"c{number}"
        back.sort()
        if back and back[0][0] <= clock.now_s:  # a job comes back for the start that was reserved for it
            call = back.pop(0)[1]
        size = random.choice([20, 20, 200])
        verdict = await admit(clock, caps, call, tokens=size, reservation=call)
        if verdict.word == "reserved":
            back.append((clock.now_s + max(0.05, verdict.wait_s - 1), call))
        elif verdict.is_granted:
            late_s = random.uniform(0, 0.02)
            starts.append((clock.now_s + verdict.wait_s + late_s, 1))
            tokens.append((clock.now_s + verdict.wait_s + late_s, size))
            await clock.scripts.settle(TARGET, caps, call, Report(CallResult.OK, verdict.tokens, size))
    assert len(starts) > 20
    for rate, found in ((caps.requests, starts), (caps.tokens, tokens)):
        if rate is not None:
            largest = 200 if found is tokens else 0  # one call may begin what is left, and is larger than that
            assert most_in_a_window(found, rate.per_s) <= rate.amount + largest


async def test_most_of_the_limit_is_used(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("600/min")
    granted = 0
    for _ in range(600):
        while (await admit(clock, caps, "c", wait_s=0)).is_granted:
            granted += 1
        await clock.pass_s(0.1)
    assert 600 * 0.95 <= granted <= 600 * 1.02


@pytest.mark.parametrize("late_s", [0.1, 0.4, 1.5])
async def test_jobs_that_always_come_back_a_little_late_use_most_of_the_limit(redis: Redis, late_s: float) -> None:
    clock, caps = await played(redis), parse_quota("600/min")
    starts: list[tuple[float, float]] = []
    back: list[tuple[float, str]] = []
    number = 0
    for _ in range(1800):
        back.sort()
        while back and back[0][0] <= clock.now_s:
            call = back.pop(0)[1]
            if (await admit(clock, caps, call, reservation=call)).is_granted:
                starts.append((clock.now_s, 1))
        while len(back) < 80:
            call = f"c{(number := number + 1)}"
            verdict = await admit(clock, caps, call, reservation=call, wait_s=0)
            if verdict.word == "wait":
                break
            if verdict.is_granted:
                starts.append((clock.now_s, 1))
            else:
                back.append((clock.now_s + verdict.wait_s + late_s, call))
        await clock.pass_s(0.1)
    assert most_in_a_window(starts, 60) <= 600
    assert len(starts) >= 0.9 * 1750


async def test_what_a_crashed_worker_reserved_is_free_again_after_the_interval(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min,6000tok/min")
    for number in range(20):  # admitted, and never settled
        await admit(clock, caps, str(number), tokens=200, wait_s=60)
    assert not (await admit(clock, caps, "x", wait_s=0)).is_granted
    await clock.pass_s(65)
    outlook = await clock.scripts.peek(TARGET, caps, horizon_s=2.0)
    assert (outlook.level, outlook.token_level, outlook.wait_s) == (0.0, 0.0, 0.0)
    assert (await admit(clock, caps, "y", wait_s=0)).is_granted


async def test_a_call_that_was_not_made_gives_its_place_back(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min,6000tok/min")
    before = await clock.scripts.peek(TARGET, caps, horizon_s=2.0)
    verdict = await admit(clock, caps, "c", tokens=500)
    await clock.scripts.settle(TARGET, caps, "c", Report(CallResult.NEUTRAL, verdict.tokens))
    after = await clock.scripts.peek(TARGET, caps, horizon_s=2.0)
    assert (after.level, after.token_level) == (before.level, before.token_level)


async def test_a_reserved_start_is_kept_for_its_job_however_many_come_meanwhile(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min")
    while (await admit(clock, caps, "c", wait_s=2)).is_granted:
        pass
    reserved = await admit(clock, caps, "j1", reservation="job 1")
    assert reserved.word == "reserved"
    again = await admit(clock, caps, "j1", reservation="job 1")
    assert (again.word, again.wait_s) == ("reserved", pytest.approx(reserved.wait_s))  # not a second one
    at_s = clock.now_s + reserved.wait_s
    later = [await admit(clock, caps, f"o{number}", reservation=f"other {number}") for number in range(20)]
    assert all(not one.is_granted and one.wait_s > reserved.wait_s for one in later)
    await clock.at(at_s - 1)
    found = await admit(clock, caps, "j1", reservation="job 1")
    assert found.is_granted
    assert clock.now_s + found.wait_s == pytest.approx(at_s, abs=0.01)
    assert (await clock.scripts.peek(TARGET, caps, horizon_s=2.0)).reserved == sum(
        one.word == "reserved" for one in later
    )


async def test_a_quota_that_is_changed_while_calls_wait_holds_at_once(redis: Redis) -> None:
    clock = await played(redis)
    for _ in range(30):
        await admit(clock, parse_quota("60/min"), "c", wait_s=60)
    assert not (await admit(clock, parse_quota("60/min"), "c", wait_s=0)).is_granted
    assert (await clock.scripts.peek(TARGET, parse_quota("6000/min"), horizon_s=2.0)).wait_s == 0
    slow = await clock.scripts.peek(TARGET, parse_quota("6/min"), horizon_s=2.0)
    assert slow.wait_s > 200


@pytest.mark.parametrize(("text", "per_s", "amount"), [("600/min", 60, 600), ("60/min", 60, 60), ("50/10s", 10, 50)])
@pytest.mark.parametrize("workers", [1, 3])
def test_alone_a_worker_takes_its_share(
    monkeypatch: pytest.MonkeyPatch, text: str, per_s: float, amount: int, workers: int
) -> None:
    now_s = 0.0
    monkeypatch.setattr("app.governor.limiter.bucket.monotonic_s", lambda: now_s)
    bucket = LocalBucket(parse_quota(text).share(workers))
    starts: list[tuple[float, float]] = []
    for _ in range(int(3 * per_s / 0.05)):
        wait_s = bucket.wait_s(tokens=1, longest_s=2.0)
        if wait_s <= 2:
            starts.append((now_s + max(0.0, wait_s), 1))
        now_s += 0.05
    share = amount / workers
    assert share * 0.9 <= most_in_a_window(starts, per_s) <= share * 1.03 + 1


class Away:
    """Scripts whose Redis is away."""

    async def admit(self, *_: Any, **__: Any) -> None:
        raise ConnectionError

    settle = admit


def alone(*, workers: int = 2, closed: bool = False) -> Admission:
    scripts: Any = Away()
    return Admission(
        scripts, workers=lambda: workers, is_closed=lambda _: closed, on_transition=lambda _: None, random=Random(1)
    )


async def test_without_redis_each_worker_admits_its_share_and_gives_the_rest_back() -> None:
    admission, caps = alone(), parse_quota("10/min")

    async def call() -> None:
        await admission.admit(CallRequest(TARGET, 1, 1), caps)

    await call()
    with pytest.raises(NotAdmitted) as refused:
        await call()
    assert (refused.value.kind, refused.value.delay_s > 5) == ("rate_limited", True)
    await admission.settle(TARGET, caps, "c", Report(CallResult.FAULT, 1.0))  # never fails


async def test_without_redis_a_provider_that_an_operator_closed_stays_closed() -> None:
    with pytest.raises(NotAdmitted) as refused:
        await alone(closed=True).admit(CallRequest(TARGET, 1, 1), Quota())
    assert refused.value.kind == "provider_closed"


async def test_a_probe_is_told_once(redis: Redis) -> None:
    clock = await played(redis)
    told: list[str] = []
    scripts: Scripts = clock.scripts
    admission = Admission(
        scripts,
        workers=lambda: 1,
        is_closed=lambda _: False,
        on_transition=lambda transition: told.append(transition.change),
        random=Random(1),
    )

    async def call(result: str) -> bool:
        one = await admission.admit(CallRequest(TARGET, 1, 1), Quota())
        await admission.settle(
            TARGET, Quota(), one.call, Report(CallResult(result), one.tokens, 1, error="unavailable")
        )
        return one.is_probe

    assert [await call("fault") for _ in range(5)] == [False] * 5
    await clock.pass_s(11)
    assert await call("fault")
    await clock.pass_s(21)
    assert await call("ok")
    assert not await call("ok")
    assert told == ["opened", "probed", "reopened", "probed", "closed"]
