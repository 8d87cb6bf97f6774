"""Every call's way in and out: waits up to two seconds for its start, gives the job back for longer ones."""

import asyncio
import math
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from app.core import metrics
from app.core.logging import get_logger
from app.core.redis import REDIS_AWAY
from app.governor.bucket import LocalBucket
from app.governor.quota import Quota
from app.governor.scripts import Report, Scripts, Target, Transition, Verdict
from app.llm.base import NotAdmitted

MAX_SLEEP_S = 2.0
EARLY_S = 1.0  # before its booked start a job is back, and sleeps the rest: so it starts on time
CLOSED_RETRY_S = 5.0
_QUOTA = frozenset({"booked", "wait"})
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may start: its name, the tokens that were booked for it, and whether it decides a breaker."""

    call: str
    tokens: float
    is_probe: bool = False


class Admission:
    """Admits the calls of one process. Redis away: this worker's share of each quota, without breaker."""

    def __init__(
        self,
        scripts: Scripts,
        *,
        workers: Callable[[], int],
        is_closed: Callable[[str], bool],
        tell: Callable[[Transition], None],
        random: Random,
    ) -> None:
        """Ask `scripts`; `workers` is how many processes share the quotas, `tell` hears a breaker's changes.

        `is_closed` says whether an operator closed a provider: asked while Redis is away.
        """
        self._scripts = scripts
        self._workers = workers
        self._is_closed = is_closed
        self._tell = tell
        self._random = random
        self._local: dict[Target, LocalBucket] = {}

    async def admit(
        self, target: Target, caps: Quota, *, prompt_tokens: int, output_tokens: int, booking: str
    ) -> Admitted:
        """Return once a call may start. Raises: NotAdmitted."""
        call, left_s = uuid4().hex, MAX_SLEEP_S
        while True:
            try:
                verdict = await self._scripts.admit(
                    target,
                    caps,
                    call=call,
                    prompt_tokens=prompt_tokens,
                    output_tokens=output_tokens,
                    booking=booking,
                    longest_wait_s=left_s,
                )
            except REDIS_AWAY as error:
                return Admitted(call, await self._admit_alone(target, caps, prompt_tokens + output_tokens, error))
            if verdict.is_granted:
                for scope in sorted(verdict.probes):
                    model = target.model if scope == "model" else None
                    self._tell(Transition(target.provider, "probed", 0.0, model=model))
                await self._sleep(target, caps, call, verdict)
                return Admitted(call, verdict.tokens, is_probe=bool(verdict.probes))
            if verdict.word in _QUOTA or verdict.wait_s > left_s:
                metrics.NOT_ADMITTED.labels(target.provider, target.model, _reason(verdict.word)).inc()
                raise self._refusal(target, verdict)
            await asyncio.sleep(verdict.wait_s)  # a breaker in doubt: who tries it now will know soon
            left_s -= verdict.wait_s

    async def settle(self, target: Target, caps: Quota, call: str, report: Report) -> tuple[Transition, ...]:
        """Say what became of an admitted call and return what it changed; never fails, whatever Redis does."""
        with suppress(*REDIS_AWAY):
            changes = await self._scripts.settle(target, caps, call, report)
            for one in changes:
                self._tell(one)
            return changes
        return ()

    async def _sleep(self, target: Target, caps: Quota, call: str, verdict: Verdict) -> None:
        try:
            await asyncio.sleep(verdict.wait_s)
        except asyncio.CancelledError:
            await self.settle(target, caps, call, Report("neutral", verdict.tokens))
            raise

    def _refusal(self, target: Target, verdict: Verdict) -> NotAdmitted:
        name, wait_s = f"{target.provider}/{target.model}", verdict.wait_s
        match verdict.word:
            case "booked":
                text = f"The quota of {name} is used up; a start is booked in {wait_s:.1f} s."
                return NotAdmitted("rate_limited", text, delay_s=max(0.05, wait_s - EARLY_S), provider=target.provider)
            case "wait":
                text = f"The quota of {name} is used up for {math.ceil(wait_s)} s."
                delay_s = wait_s - MAX_SLEEP_S + self._random.random()
                return NotAdmitted("rate_limited", text, delay_s=delay_s, provider=target.provider)
            case "forced":
                return _closed(target, wait_s)
        whole = verdict.scope == "provider"
        return failing(target, None if whole else target.model, why="", delay_s=max(1.0, wait_s))

    async def _admit_alone(self, target: Target, caps: Quota, tokens: int, error: BaseException) -> float:
        if self._is_closed(target.provider):
            raise _closed(target, CLOSED_RETRY_S)
        share = caps.share(self._workers())
        local = self._local.get(target)
        if local is None or local.share != share:
            local = self._local[target] = LocalBucket(share)
        wait_s = local.wait_s(tokens=tokens, longest_s=MAX_SLEEP_S)
        metrics.ADMITTED_ALONE.labels(target.provider, target.model).inc()
        _log.debug("admitted_alone", error=type(error).__name__)
        if wait_s > MAX_SLEEP_S:
            text = f"This worker's share of the quota of {target.provider}/{target.model} is used up; Redis is away."
            raise NotAdmitted("rate_limited", text, delay_s=wait_s, provider=target.provider)
        await asyncio.sleep(wait_s)
        return float(tokens)


def failing(target: Target, model: str | None, *, why: str, delay_s: float) -> NotAdmitted:
    """Return the refusal of a breaker; `model` of None: it is the whole provider that fails."""
    what = f"provider {target.provider}" if model is None else f"model {target.provider}/{model}"
    because = f" ({why})" if why else ""
    text = f"The {what} is failing{because}; it is tried again in {math.ceil(delay_s)} s."
    return NotAdmitted("provider_down", text, delay_s=delay_s, provider=target.provider)


def _closed(target: Target, wait_s: float) -> NotAdmitted:
    text = f"The provider {target.provider} was closed by an operator."
    return NotAdmitted("provider_closed", text, delay_s=wait_s, provider=target.provider)


def _reason(word: str) -> str:
    return "quota" if word in _QUOTA else "breaker"
