"""Admission while Redis is away: this worker's share of each quota and of the places, without breakers."""

import asyncio
from collections.abc import Callable

from app.core import metrics
from app.core.clock import monotonic_s
from app.governor.limiter import refusals
from app.governor.limiter.bucket import LocalBucket
from app.governor.limiter.call_request import CallRequest
from app.governor.limiter.in_flight import Flights
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Target

POLL_S = 0.05


class Alone:
    """Admits the calls of one process by its own counts alone."""

    def __init__(self, flights: Flights, *, workers: Callable[[], int], is_closed: Callable[[str], bool]) -> None:
        """Count in `flights`; `workers` is how many share the quotas, `is_closed` says what an operator closed."""
        self._flights = flights
        self._workers = workers
        self._is_closed = is_closed
        self._buckets: dict[Target, LocalBucket] = {}

    async def admit(self, request: CallRequest, caps: Quota, *, longest_s: float) -> None:
        """Return when a call may start. Raises: NotAdmitted."""
        target = request.target
        if self._is_closed(target.provider):
            raise refusals.closed(target)
        await self._wait_for_place(request, longest_s)
        share = caps.share(self._workers())
        local = self._buckets.get(target)
        if local is None or local.share != share:
            local = self._buckets[target] = LocalBucket(share)
        wait_s = local.wait_s(tokens=request.prompt_tokens + request.output_tokens, longest_s=longest_s)
        metrics.ADMITTED_ALONE.labels(target.provider, target.model).inc()
        if wait_s > longest_s:
            raise refusals.share_used_up(target, wait_s)
        await asyncio.sleep(wait_s)

    async def _wait_for_place(self, request: CallRequest, longest_s: float) -> None:
        if request.places is None:
            return
        share, until_s = max(1, request.places // self._workers()), monotonic_s() + longest_s
        while self._flights.count(request.target) >= share:
            may_wait = self._flights.has_begun(request.attempt) or monotonic_s() < until_s
            if not request.waits or not may_wait:
                raise refusals.busy(request.target, delay_s=longest_s)
            await asyncio.sleep(POLL_S)
