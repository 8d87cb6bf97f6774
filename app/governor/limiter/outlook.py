"""The outlook of a model: calls that may start, waits and rates, read from what the scripts return."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from app.governor.limiter.quota import Quota, Rate

FAST_S = 5.0  # a call that is shorter ends before a dispatcher that ticks slowly has sent the next job


@dataclass(frozen=True, slots=True)
class ModelOutlook:
    """How a model stands. `startable`: calls that may start within the horizon, None is any number; rates per second.

    `advertised` is what the provider's headers said, `rejected` how many calls it answered with 429. `retry_in_s`: for
    how long no call is made after that; `retry_reason`: asked (the provider said so), capped (it asked for longer), or
    unstated. Of the `places` (None: any number) `flying` are taken; `ending` of them should be free again within the
    horizon, the first in `next_end_s`, by how long calls took lately (`mean_call_s`). `waiting` calls wait in a slot.
    """

    startable: int | None
    wait_s: float
    breaker: str
    limit: Quota
    factor: float
    level: float
    token_level: float
    retry_in_s: float
    reserved: int
    rate: float
    token_rate: float
    rejected: int
    advertised: Quota
    retry_reason: str
    places: int | None
    flying: int
    waiting: int
    ending: int
    next_end_s: float
    mean_call_s: float

    @classmethod
    def read(cls, found: Sequence[str]) -> Self:
        """Return the view of peek's answer."""
        startable, wait, amount, per_s, tokens, tokens_s, factor = (float(found[at]) for at in (0, 1, 3, 4, 5, 6, 7))
        return cls(
            startable=None if startable < 0 else int(startable),
            wait_s=wait,
            breaker=found[2],
            limit=Quota(Rate(amount, per_s) if amount > 0 else None, Rate(tokens, tokens_s) if tokens > 0 else None),
            factor=factor,
            level=float(found[8]),
            token_level=float(found[9]),
            retry_in_s=float(found[10]),
            reserved=int(found[11]),
            rate=float(found[12]),
            token_rate=float(found[13]),
            rejected=int(found[14]),
            advertised=Quota(*(Rate(each, 60.0) if each > 0 else None for each in map(float, found[16:18]))),
            retry_reason=found[18],
            places=int(found[19]) or None,
            flying=int(found[20]),
            waiting=int(found[21]),
            ending=int(found[22]),
            next_end_s=float(found[23]),
            mean_call_s=float(found[24]),
        )

    @property
    def is_limited(self) -> bool:
        """Whether a limit is known, of whichever kind."""
        return self.limit != Quota()

    @property
    def is_busy(self) -> bool:
        """Whether every place is taken."""
        return self.places is not None and self.flying >= self.places

    @property
    def may_be_sent(self) -> int | None:
        """How many jobs may be sent: as many as may start within the horizon; None is any number."""
        if self.places is None:
            return self.startable
        places = max(0, self.places - self.flying + self.ending - self.waiting)
        return places if self.startable is None else min(self.startable, places)

    @property
    def turns_fast(self) -> bool:
        """Whether its places are taken and come free so fast that jobs must be at hand."""
        return self.is_busy and self.mean_call_s < FAST_S

    @property
    def requests_left(self) -> float | None:
        """How many requests are left of the interval; None without a limit."""
        return _left(self.limit.requests, self.factor, self.level)

    @property
    def tokens_left(self) -> float | None:
        """As `requests_left`, for tokens."""
        return _left(self.limit.tokens, self.factor, self.token_level)


def _left(rate: Rate | None, factor: float, level: float) -> float | None:
    return None if rate is None else round(max(0.0, rate.amount * factor - level), 1)
