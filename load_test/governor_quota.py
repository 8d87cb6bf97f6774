"""The scenarios of a provider that limits: how much of it is used, what it refuses, and who goes first."""

import asyncio
from dataclasses import dataclass
from typing import Any

from app.core.clock import utc_now
from load_test.governed import Figure, Governed, large, small, stack, until
from load_test.rig import Rig
from tests.scripted_model.figures import Phase, displacement, most_in_any, refused_ratio, used_ratio

MINUTE_S = 60.0
REQUESTS, TOKENS = 600, 200_000
AFTER_CHANGE_S = 5.0
USED_GOAL = 0.9
SLOTS = 50
PATIENCE_S = 90.0


@dataclass(frozen=True, slots=True)
class Halving:
    """A run with both limits, halved in the middle. `advertised`: by headers; else LLM_QUOTA alone says the first.

    `burst_ratio`: what the provider's full bucket holds. With a whole minute's worth (OpenAI) a run of 90 s may start
    more calls than the limit, and feels the halving late; with less there is nothing to live on but the limit.
    """

    run_s: float
    advertised: bool
    burst_ratio: float = 1.0
    larges: int = 0  # jobs of 3,000 tokens, behind the first `smalls`: 67 of them use up a minute's tokens
    smalls: int = 0

    @property
    def refused_goal(self) -> float:
        """The part of the calls that may be refused."""
        return 0.01 if self.advertised else 0.05


async def halving(servers: Rig, plan: Halving) -> list[Figure]:
    """Let more jobs wait than the provider takes; its time is counted from its first call, start-up left out."""
    says = {"headers": plan.advertised, "retry_after": plan.advertised}
    wanted = {"requests": REQUESTS, "tokens": TOKENS, "burst_ratio": plan.burst_ratio, **says}
    quota = {} if plan.advertised else {"LLM_QUOTA": f"{REQUESTS}/min,{TOKENS}tok/min"}
    async with stack(servers, wanted, **quota) as governed:
        count = round(REQUESTS * (1 + plan.run_s / MINUTE_S))  # a full bucket's worth more than the time allows
        bodies = [small(number) for number in range(count)]
        bodies[plan.smalls : plan.smalls] = [large(number) for number in range(plan.larges)]
        begun_s = await _begin(governed, bodies, first_alone=plan.advertised and plan.burst_ratio < 1)
        await _sleep_until(begun_s + plan.run_s / 2)
        governed.model.control(requests=REQUESTS // 2, tokens=TOKENS // 2)
        changed_s, ended_s = utc_now().timestamp(), begun_s + plan.run_s
        await _sleep_until(ended_s)
        calls = [call for call in governed.calls() if begun_s <= call["t0"] < ended_s]
        phases = [
            Phase(begun_s, changed_s, REQUESTS, TOKENS),
            Phase(changed_s, ended_s, REQUESTS / 2, TOKENS / 2),
        ]
        refused = refused_ratio(calls, without=(changed_s, changed_s + AFTER_CHANGE_S))
        used = used_ratio(calls, phases)
        return [
            Figure("calls", len(calls)),
            Figure("refused, all", refused_ratio(calls)),
            Figure("refused, but for 5 s", refused, f"≤ {plan.refused_goal:.0%}", refused <= plan.refused_goal),
            *(
                Figure(f"used, {when} the halving", used_ratio(calls, [phase]))
                for when, phase in zip(("before", "after"), phases, strict=True)
            ),
            Figure("used", used, f"≥ {USED_GOAL}", used >= USED_GOAL),
            *await _untouched(governed),
        ]


async def _begin(governed: Governed, bodies: list[dict[str, Any]], *, first_alone: bool) -> float:
    """Start the jobs and return the time of their first call, in seconds since the epoch.

    `first_alone`: one call is made before all others, to be told the limits; else all slots begin before that.
    """
    ahead = 1 if first_alone else 0
    await governed.submit(bodies[: ahead or len(bodies)])
    governed.start_workers(SLOTS)
    if first_alone:
        await governed.ended(within_s=PATIENCE_S)
        await governed.submit(bodies[ahead:])
    return float((await governed.seen(ahead + 1, within_s=PATIENCE_S))[ahead]["t0"])


async def few(servers: Rig, *, jobs: int, requests: int, interval_s: float) -> list[Figure]:
    """Let a strict window, of which nothing is told but by LLM_QUOTA, meet some more jobs than it takes."""
    return await _window(servers, jobs, requests, interval_s, slots=SLOTS)


async def many(servers: Rig, *, jobs: int, requests: int, interval_s: float) -> list[Figure]:
    """Do the same with a slot for every job, so that all of them want to call at once."""
    return await _window(servers, jobs, requests, interval_s, slots=-(-jobs // 3))


async def _window(servers: Rig, jobs: int, requests: int, interval_s: float, *, slots: int) -> list[Figure]:
    wanted = {"requests": requests, "interval_s": interval_s, "mode": "window", "headers": False, "retry_after": False}
    async with stack(servers, wanted, LLM_QUOTA=f"{requests}/{interval_s:g}s") as governed:
        await governed.submit([small(number) for number in range(jobs)])
        governed.start_workers(slots)
        await governed.seen(1, within_s=PATIENCE_S)
        await governed.ended(within_s=PATIENCE_S + 2 * interval_s * jobs / requests)
        calls = governed.calls()
        most = most_in_any([call["t0"] for call in calls], interval_s)
        refused = len([call for call in calls if call["status"] != 200])  # noqa: PLR2004 - HTTP's OK
        took_s = calls[-1]["t0"] - calls[0]["t0"]
        ideal_s = (-(-jobs // requests) - 1) * interval_s
        return [
            Figure("calls", len(calls), f"= {jobs}", len(calls) == jobs),
            Figure(f"most in any {interval_s:g} s", most, f"≤ {requests}", most <= requests),
            Figure("refused", refused, "= 0", refused == 0),
            Figure("first call to last, s", took_s),
            Figure("the same at best, s", ideal_s),
            *await _untouched(governed, completed=jobs),
        ]


async def order(servers: Rig, *, lows: int, requests: int, interval_s: float, watched: int) -> list[Figure]:
    """Submit a `high` job behind many `low` ones under a tight quota, and see who starts when."""
    wanted = {"requests": requests, "interval_s": interval_s, "mode": "window", "headers": False}
    async with stack(servers, wanted, LLM_QUOTA=f"{requests}/{interval_s:g}s") as governed:
        ids = await governed.submit([{**small(number), "priority": "low"} for number in range(lows)])
        governed.start_workers(SLOTS)
        await governed.seen(watched // 2, within_s=PATIENCE_S + interval_s * watched / requests)
        [high] = await governed.submit([{**small(lows), "priority": "high"}])
        since_s = utc_now().timestamp()
        await until(lambda: governed.model.calls(high), within_s=PATIENCE_S, what="the high job starts")
        before = len([call for call in governed.calls() if since_s <= call["t0"] < governed.model.calls(high)[0]["t0"]])
        calls = await governed.seen(watched, within_s=PATIENCE_S + interval_s * watched / requests)
        may_pass = round(2 * requests / interval_s) + 3  # starts that were given within the 2 s which calls may wait
        return [
            Figure("low calls before the high one", before, f"≤ {may_pass}", before <= may_pass),
            Figure("waited, s", governed.model.calls(high)[0]["t0"] - since_s),
            Figure("low calls in all", len(calls) - 1),
            Figure("furthest from its turn, places", displacement(ids, calls)),
            *await _untouched(governed),
        ]


async def _untouched(governed: Governed, *, completed: int | None = None) -> list[Figure]:
    """Return that no job failed or needed more than one attempt."""
    jobs = await governed.jobs()
    done = [job for job in jobs if job.status == "completed"]
    failed = len([job for job in jobs if job.status == "failed"])
    spent = len([job for job in jobs if job.used > 1])
    releases = max((job.refunds for job in jobs), default=0)
    return [
        Figure("completed", len(done), *(() if completed is None else (f"= {completed}", len(done) == completed))),
        Figure("failed", failed, "= 0", failed == 0),
        Figure("attempts spent on waiting", spent, "= 0", spent == 0),
        Figure("releases of a job, at most", releases),
    ]


async def _sleep_until(moment_s: float) -> None:
    await asyncio.sleep(max(0.0, moment_s - utc_now().timestamp()))
