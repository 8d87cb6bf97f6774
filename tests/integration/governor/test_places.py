"""A model that takes few calls at once: its places are shared by all workers, waited for, and never lost."""

import asyncio
from random import Random
from typing import Any

import pytest
from redis.asyncio import Redis

from app.core.settings import Settings
from app.governor.limiter import admission as admissions
from app.governor.limiter.admission import Admission, Admitted
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.quota import Quota, parse_quota
from app.governor.limiter.scripts import BreakerRules, Report, Scripts, Target
from app.governor.states import CallResult
from app.llm.base import NotAdmitted
from tests.integration.governor.clock import Played, played
from tests.rig.stack import eventually

TARGET, NO_QUOTA = Target("p", "m"), Quota()
LONGEST_S = BreakerRules().probe_s


async def admit(clock: Played, call: str, *, places: int = 1, patience_s: float = 0, caps: Quota = NO_QUOTA) -> str:
    verdict = await clock.scripts.admit(
        TARGET, caps, call=call, prompt_tokens=1, output_tokens=1, places=places, patience_s=patience_s
    )
    return verdict.word


async def end(clock: Played, call: str, *, took_s: float | None = None, result: str = "ok") -> None:
    await clock.scripts.settle(TARGET, NO_QUOTA, call, Report(CallResult(result), 0.0, 1, took_s=took_s))


async def look(clock: Played, places: int = 1) -> Any:
    return await clock.scripts.peek(TARGET, NO_QUOTA, horizon_s=1.0, places=places)


# One step in Redis.


@pytest.mark.parametrize("places", [1, 3])
async def test_no_more_calls_are_under_way_than_there_are_places(redis: Redis, places: int) -> None:
    clock = await played(redis)
    words = [await admit(clock, str(number), places=places) for number in range(places + 2)]
    assert words == ["granted"] * places + ["busy"] * 2
    await end(clock, "0")
    await end(clock, "0")  # again changes nothing
    assert [await admit(clock, f"n{number}", places=places) for number in range(2)] == ["granted", "busy"]


@pytest.mark.parametrize("result", ["ok", "fault", "limited", "neutral"])
async def test_a_place_is_free_again_however_its_call_ends(redis: Redis, result: str) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    await end(clock, "a", result=result)
    await redis.delete(TARGET.keys[0])
    assert (await look(clock)).flying == 0


async def test_the_place_of_a_dead_worker_is_free_after_the_longest_call(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "dead")
    await clock.pass_s(LONGEST_S - 1)
    assert await admit(clock, "a") == "busy"
    await clock.pass_s(2)
    assert (await look(clock)).flying == 0
    assert await admit(clock, "b") == "granted"


async def test_a_call_without_a_place_takes_nothing_of_the_quota(redis: Redis) -> None:
    clock, caps = await played(redis), parse_quota("60/min")
    await admit(clock, "a", caps=caps)
    before = await clock.scripts.peek(TARGET, caps, horizon_s=1)
    await admit(clock, "b", caps=caps)
    assert (await clock.scripts.peek(TARGET, caps, horizon_s=1)).level == before.level


async def test_a_breaker_goes_before_a_place(redis: Redis) -> None:
    clock = await played(redis)
    for number in range(5):
        await admit(clock, str(number))
        await end(clock, str(number), result="fault")
    assert await admit(clock, "x") == "open"


async def test_as_many_jobs_may_be_sent_as_there_are_places_and_calls_about_to_end(redis: Redis) -> None:
    clock = await played(redis)
    assert (await look(clock)).may_be_sent == 1
    await admit(clock, "a")
    await clock.pass_s(10)
    await end(clock, "a", took_s=10)
    await admit(clock, "b")
    assert ((await look(clock)).may_be_sent, (await look(clock)).next_end_s) == (0, pytest.approx(10))
    await clock.pass_s(9.2)
    assert (await look(clock)).may_be_sent == 1  # it should end in a moment: the next one may wait in a slot
    assert await admit(clock, "c", patience_s=2) == "busy"
    assert ((await look(clock)).waiting, (await look(clock)).may_be_sent) == (1, 0)
    await clock.pass_s(20)  # it takes longer than most: nobody needs to wait beside it
    assert ((await look(clock)).waiting, (await look(clock)).may_be_sent) == (0, 0)


@pytest.mark.parametrize(("took_s", "wanted"), [(0.05, 3), (0.2, 2), (0.5, 1), (1.0, 1), (5.0, 0)])
async def test_of_short_calls_more_jobs_are_at_hand(redis: Redis, took_s: float, wanted: int) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    await end(clock, "a", took_s=took_s)
    await admit(clock, "b")
    assert (await look(clock)).may_be_sent == wanted


async def test_who_waits_is_counted_until_it_gives_up_or_is_admitted(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    for call in ("b", "c"):
        await admit(clock, call, patience_s=2)
    assert (await look(clock)).waiting == 2
    await admit(clock, "b", patience_s=0)
    assert (await look(clock)).waiting == 1
    await end(clock, "a")
    await admit(clock, "c", patience_s=2)
    assert ((await look(clock)).waiting, (await look(clock)).flying) == (0, 1)


async def test_an_end_wakes_one_that_waits_and_nobody_else(redis: Redis) -> None:
    clock = await played(redis)
    await admit(clock, "a")
    await end(clock, "a")
    assert await redis.llen(TARGET.keys[-1]) == 0  # nobody waits
    await admit(clock, "b")
    await admit(clock, "c", patience_s=2)
    await end(clock, "b")
    assert await redis.llen(TARGET.keys[-1]) == 1


# One process.


@pytest.fixture
def admission(redis: Redis, settings: Settings) -> Admission:
    return Admission(
        Scripts(redis, rules_of(settings)),
        workers=lambda: 1,
        is_closed=lambda _: False,
        on_transition=lambda _: None,
        random=Random(1),
    )


def wanted(attempt: str = "", *, places: int = 1, waits: bool = True) -> CallRequest:
    return CallRequest(TARGET, 1, 1, attempt=attempt, places=places, waits=waits)


async def give_back(admission: Admission, one: Admitted) -> None:
    await admission.settle(TARGET, NO_QUOTA, one.call, Report(CallResult.OK, 0.0, 1))


async def test_a_call_waits_in_its_slot_for_a_place_and_is_woken(
    admission: Admission, redis: Redis, settings: Settings
) -> None:
    first = await admission.admit(wanted(), NO_QUOTA)
    waiting = asyncio.create_task(admission.admit(wanted(), NO_QUOTA))
    scripts = Scripts(redis, rules_of(settings))

    async def waits() -> bool:
        return (await scripts.peek(TARGET, NO_QUOTA, horizon_s=1, places=1)).waiting == 1

    await eventually(waits, what="it waits")
    await give_back(admission, first)
    await asyncio.wait_for(waiting, 2)


async def test_a_job_is_given_back_that_finds_no_place(admission: Admission, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    await admission.admit(wanted(), NO_QUOTA)
    with pytest.raises(NotAdmitted) as refused:
        await admission.admit(wanted("job/1"), NO_QUOTA)
    assert (refused.value.kind, refused.value.provider) == ("model_busy", "p")
    assert 0.4 < refused.value.delay_s < 6
    assert refused.value.message == "The model p/m answers other jobs, as many as it takes at once."


async def test_one_that_does_not_wait_is_refused_at_once(admission: Admission) -> None:
    await admission.admit(wanted(), NO_QUOTA)
    with pytest.raises(NotAdmitted):
        await admission.admit(wanted("job/1", waits=False), NO_QUOTA)


async def test_an_attempt_that_has_made_a_call_waits_as_long_as_it_takes(
    admission: Admission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    await give_back(admission, await admission.admit(wanted("job/1"), NO_QUOTA))
    other = await admission.admit(wanted("other/1"), NO_QUOTA)
    waiting = asyncio.create_task(admission.admit(wanted("job/1"), NO_QUOTA))
    with pytest.raises(NotAdmitted):  # which waits longer than the other may
        await admission.admit(wanted("third/1"), NO_QUOTA)
    assert not waiting.done()
    await give_back(admission, other)
    await asyncio.wait_for(waiting, 2)


async def test_the_place_of_a_call_that_is_cancelled_while_it_is_granted_is_not_lost(
    admission: Admission, redis: Redis, settings: Settings
) -> None:
    for turns in range(12):  # at every moment of the way
        task = asyncio.create_task(admission.admit(wanted(), NO_QUOTA))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done = await asyncio.gather(task, return_exceptions=True)
        if isinstance(done[0], Admitted):
            await give_back(admission, done[0])

    async def is_free() -> bool:
        outlook = await Scripts(redis, rules_of(settings)).peek(TARGET, NO_QUOTA, horizon_s=1, places=1)
        return outlook.flying == 0

    await eventually(is_free, what="no place is taken")


class Away:
    async def admit(self, *_: Any, **__: Any) -> None:
        raise ConnectionError

    settle = admit


async def test_without_redis_a_process_keeps_to_its_share_of_the_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admissions, "MAX_SLEEP_S", 0.05)
    scripts: Any = Away()
    admission = Admission(
        scripts, workers=lambda: 2, is_closed=lambda _: False, on_transition=lambda _: None, random=Random(1)
    )
    first = await admission.admit(wanted(places=4), NO_QUOTA)
    await admission.admit(wanted(places=4), NO_QUOTA)
    with pytest.raises(NotAdmitted) as refused:
        await admission.admit(wanted(places=4), NO_QUOTA)
    assert refused.value.kind == "model_busy"
    await give_back(admission, first)
    await admission.admit(wanted(places=4), NO_QUOTA)


class Late:
    """Scripts whose first answer gets lost on its way."""

    def __init__(self, scripts: Scripts) -> None:
        self._scripts = scripts
        self.is_lost = False

    async def admit(self, *args: Any, **kwargs: Any) -> Any:
        found = await self._scripts.admit(*args, **kwargs)
        if not self.is_lost:
            self.is_lost = True
            raise TimeoutError
        return found


async def test_a_slow_moment_of_redis_is_no_outage_and_costs_no_place(redis: Redis, settings: Settings) -> None:
    scripts: Any = Late(Scripts(redis, rules_of(settings)))
    admission = Admission(
        scripts, workers=lambda: 1, is_closed=lambda _: True, on_transition=lambda _: None, random=Random(1)
    )
    await admission.admit(wanted(), NO_QUOTA)  # alone, it would find the provider closed
    outlook = await Scripts(redis, rules_of(settings)).peek(TARGET, NO_QUOTA, horizon_s=1, places=1)
    assert outlook.flying == 1
