"""One process's own budget, used while Redis is away: the same two leaky buckets, for this worker's share alone."""

from app.core.clock import monotonic_s
from app.governor.limiter.quota import Quota, Rate

BURST_RATIO = 0.03


class LocalBucket:
    """A worker's share of a model's quota. Not shared, so careful: it begins with nothing to spare."""

    def __init__(self, share: Quota) -> None:
        """Begin empty; `share` is this worker's part of the whole."""
        self.share = share
        self._levels = {"requests": 0.0, "tokens": 0.0}
        self._at_s = monotonic_s()

    def wait_s(self, *, tokens: float, longest_s: float) -> float:
        """Take one call's share and return the seconds until it may start; more than `longest_s`: nothing was taken."""
        now_s = monotonic_s()
        limits = {"requests": (self.share.requests, 1.0), "tokens": (self.share.tokens, tokens)}
        waits = [0.0]
        for name, (rate, _) in limits.items():
            if rate is not None:
                self._levels[name] = max(0.0, self._levels[name] - (now_s - self._at_s) * _per_s(rate))
                waits.append((self._levels[name] - BURST_RATIO * rate.amount) / _per_s(rate))
        self._at_s = now_s
        wait = max(waits)
        if wait <= longest_s:
            for name, (_, amount) in limits.items():
                self._levels[name] += amount
        return wait


def _per_s(rate: Rate) -> float:
    return rate.amount / rate.per_s
