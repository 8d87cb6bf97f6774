"""How a model stands, read from what the scripts return."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from app.governor.quota import Quota, Rate


@dataclass(frozen=True, slots=True)
class View:
    """How a model stands. `free`: calls that may start within the horizon, None is any number; rates per second.

    `told` is what the provider's headers said, `refused` how many calls it refused for its limit. `shut_s`: for how
    long no call is made after a refusal; `shut_why`: asked (the provider said so), capped (it asked for longer), or
    untold.
    """

    free: int | None
    wait_s: float
    breaker: str
    limit: Quota
    factor: float
    level: float
    token_level: float
    shut_s: float
    booked: int
    rate: float
    token_rate: float
    refused: int
    told: Quota
    shut_why: str

    @classmethod
    def read(cls, found: Sequence[str]) -> Self:
        """Return the view of peek's answer."""
        free, wait, amount, per_s, tokens, tokens_s, factor = (float(found[at]) for at in (0, 1, 3, 4, 5, 6, 7))
        return cls(
            free=None if free < 0 else int(free),
            wait_s=wait,
            breaker=found[2],
            limit=Quota(Rate(amount, per_s) if amount > 0 else None, Rate(tokens, tokens_s) if tokens > 0 else None),
            factor=factor,
            level=float(found[8]),
            token_level=float(found[9]),
            shut_s=float(found[10]),
            booked=int(found[11]),
            rate=float(found[12]),
            token_rate=float(found[13]),
            refused=int(found[14]),
            told=Quota(*(Rate(each, 60.0) if each > 0 else None for each in map(float, found[16:18]))),
            shut_why=found[18],
        )

    @property
    def is_limited(self) -> bool:
        """Whether a limit is known, of whichever kind."""
        return self.limit != Quota()

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
