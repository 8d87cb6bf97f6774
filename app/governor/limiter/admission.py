"""Admits and settles every call: waits up to two seconds for a start, and gives the job back for longer waits."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from uuid import uuid4

from redis.exceptions import TimeoutError as RedisTimeoutError

from app.core import metrics
from app.core.clock import monotonic_s
from app.core.logging import get_logger
from app.core.redis import REDIS_AWAY
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.in_flight import Flights
from app.governor.limiter.quota import Quota
from app.governor.limiter.refusals import refusal
from app.governor.limiter.scripts import Report, Scripts, Target, Transition, Verdict
from app.governor.limiter.without_redis import Alone
from app.governor.states import Admittance, BreakerChange, CallResult
from app.llm.base import NotAdmitted

MAX_SLEEP_S = 2.0
FOR_EVER_S = 3600.0
WOKEN_WITHIN_S = (
    0.2  # a waiting call asks again at the latest: far below the time after which its place in line is lost
)
AGAIN_S = 0.05
TIMED_OUT = (RedisTimeoutError, TimeoutError)
_QUOTA = frozenset({Admittance.RESERVED, Admittance.WAIT})
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that may start: its name, the tokens that were reserved for it, and whether it decides a breaker."""

    call: str
    tokens: float
    is_probe: bool = False


REASONS = ("places", "quota", "breaker")  # why a call is not admitted


class Admission:
    """Admits the calls of one process. Redis away: this worker's share of each quota, without breaker."""

    def __init__(
        self,
        scripts: Scripts,
        *,
        workers: Callable[[], int],
        is_closed: Callable[[str], bool],
        on_transition: Callable[[Transition], None],
        random: Random,
    ) -> None:
        """Ask `scripts`; `workers` is how many processes share the quotas, `on_transition` hears a breaker's changes.

        `is_closed` says whether an operator closed a provider: asked while Redis is away.
        """
        self._scripts = scripts
        self._on_transition = on_transition
        self._random = random
        self._flights = Flights()
        self._alone = Alone(self._flights, workers=workers, is_closed=is_closed)

    async def admit(self, request: CallRequest, caps: Quota) -> Admitted:
        """Return once a call may start. Raises: NotAdmitted."""
        call = uuid4().hex
        try:
            verdict = await self._verdict(request, caps, call)
        except asyncio.CancelledError:
            # It may have been granted a moment ago: its place must not be lost. What was reserved of the quota stays.
            await asyncio.shield(self.settle(request.target, caps, call, Report(CallResult.NEUTRAL, 0.0, 0)))
            raise
        except REDIS_AWAY as error:
            _log.debug("admitted_alone", error=type(error).__name__)
            await self._admit_alone(request, caps, call)
            self._flights.begin(request.target, call, request.attempt)
            return Admitted(call, float(request.prompt_tokens + request.output_tokens))
        self._flights.begin(request.target, call, request.attempt)
        for scope in sorted(verdict.probes):
            model = request.target.model if scope == "model" else None
            self._on_transition(Transition(request.target.provider, BreakerChange.PROBED, 0.0, model=model))
        await self._sleep(request.target, caps, call, verdict)
        return Admitted(call, verdict.tokens, is_probe=bool(verdict.probes))

    async def _admit_alone(self, request: CallRequest, caps: Quota, call: str) -> None:
        try:
            await self._alone.admit(request, caps, longest_s=MAX_SLEEP_S)
        except BaseException:
            # What Redis answered may only have been lost: a place that it gave must come free.
            await asyncio.shield(self.settle(request.target, caps, call, Report(CallResult.NEUTRAL, 0.0, 0)))
            raise

    async def settle(self, target: Target, caps: Quota, call: str, report: Report) -> tuple[Transition, ...]:
        """Say what became of an admitted call and return what it changed; never fails, whatever Redis does."""
        self._flights.end(target, call)
        with suppress(*REDIS_AWAY):
            changes = await self._scripts.settle(target, caps, call, report)
            for one in changes:
                self._on_transition(one)
            return changes
        return ()

    async def _verdict(self, request: CallRequest, caps: Quota, call: str) -> Verdict:
        """Return the verdict that grants a start. Raises: NotAdmitted; one of REDIS_AWAY."""
        begun_s, left_s = monotonic_s(), MAX_SLEEP_S
        while True:
            patience_s = self._patience_s(request, begun_s)
            try:
                verdict = await self._ask(request, caps, call, longest_wait_s=left_s, patience_s=patience_s)
            except TIMED_OUT:
                if request.places is None:
                    raise
                # A slow moment is no outage: alone, each process would give a place of its own away.
                verdict = await self._ask(request, caps, call, longest_wait_s=left_s, patience_s=patience_s)
            if verdict.is_granted:
                return verdict
            if verdict.word is Admittance.BUSY and patience_s > 0:
                await self._until_freed(request.target)
                continue
            if verdict.word is Admittance.BUSY or verdict.word in _QUOTA or verdict.wait_s > left_s:
                raise self._refusal(request.target, verdict)
            await asyncio.sleep(verdict.wait_s)  # a breaker in doubt: who tries it now will know soon
            left_s -= verdict.wait_s

    async def _ask(
        self, request: CallRequest, caps: Quota, call: str, *, longest_wait_s: float, patience_s: float
    ) -> Verdict:
        return await self._scripts.admit(
            request.target,
            caps,
            call=call,
            prompt_tokens=request.prompt_tokens,
            output_tokens=request.output_tokens,
            reservation=request.reservation,
            longest_wait_s=longest_wait_s,
            places=request.places,
            patience_s=patience_s,
        )

    def _patience_s(self, request: CallRequest, begun_s: float) -> float:
        """Return for how long a call still waits in its slot for a place: for ever once its attempt has made one."""
        if not request.waits:
            return 0.0
        if self._flights.has_begun(request.attempt):
            return FOR_EVER_S
        return max(0.0, begun_s + MAX_SLEEP_S - monotonic_s())

    async def _until_freed(self, target: Target) -> None:
        try:
            await self._scripts.until_freed(target, WOKEN_WITHIN_S)
        except REDIS_AWAY:  # the next question finds out; who may not wait for keys asks again all the same
            await asyncio.sleep(AGAIN_S)

    async def _sleep(self, target: Target, caps: Quota, call: str, verdict: Verdict) -> None:
        try:
            await asyncio.sleep(verdict.wait_s)
        except asyncio.CancelledError:
            await self.settle(target, caps, call, Report(CallResult.NEUTRAL, verdict.tokens))
            raise

    def _refusal(self, target: Target, verdict: Verdict) -> NotAdmitted:
        reason = "places" if verdict.word is Admittance.BUSY else "quota" if verdict.word in _QUOTA else "breaker"
        metrics.NOT_ADMITTED.labels(target.provider, target.model, reason).inc()
        return refusal(target, verdict, longest_sleep_s=MAX_SLEEP_S, jitter_s=self._random.random())
