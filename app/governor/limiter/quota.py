"""How much a provider allows: requests and tokens, each in an interval, as people write it: "60/min,20000tok/min"."""

import re
from dataclasses import dataclass
from decimal import Decimal

MOST = 1e12
_UNITS = {"s": 1.0, "sec": 1.0, "second": 1.0, "m": 60.0, "min": 60.0, "minute": 60.0}
_UNITS |= {"h": 3600.0, "hour": 3600.0, "d": 86_400.0, "day": 86_400.0}
_PART = re.compile(
    r"(?P<amount>\d[\d_]*(?:\.\d+)?)\s*(?P<what>req(?:uests?)?|tok(?:ens?)?)?\s*"
    r"(?:/|per)\s*(?P<many>\d+(?:\.\d+)?)?\s*(?P<unit>[a-z]+)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` in any `per_s` seconds; both above 0."""

    amount: float
    per_s: float


@dataclass(frozen=True, slots=True)
class Quota:
    """What one model of a provider allows; None: nothing is known, so nothing is held back."""

    requests: Rate | None = None
    tokens: Rate | None = None

    def share(self, workers: int) -> "Quota":
        """Return one worker's part, for a time when they cannot agree with each other."""
        return Quota(
            *(rate and Rate(rate.amount / max(1, workers), rate.per_s) for rate in (self.requests, self.tokens))
        )

    def __str__(self) -> str:
        parts = [_text(rate, word) for rate, word in ((self.requests, ""), (self.tokens, "tok")) if rate]
        return ",".join(parts)


def parse_quota(text: str) -> Quota:
    """Read a quota: parts with commas between, such as `60/min`, `5/10s`, `230 per 10 s`, `20000tok/min`.

    Empty text is no quota. Raises: ValueError with a sentence that says what is wrong.
    """
    found: dict[str, Rate] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        match = _PART.fullmatch(part)
        unit = _UNITS.get(match["unit"].lower().removesuffix("s") or "s") if match else None
        if match is None or unit is None:
            msg = f"{part[:60]!r} is no quota; write 60/min, 5/10s or 20000tok/min, with commas between"
            raise ValueError(msg)
        what = "tokens" if (match["what"] or "").lower().startswith("tok") else "requests"
        rate = Rate(float(match["amount"].replace("_", "")), float(match["many"] or 1) * unit)
        if what in found or not (0 < rate.amount <= MOST and 0 < rate.per_s <= MOST):
            msg = f"{part[:60]!r}: one limit above 0 for {what}, and below 1e12"
            raise ValueError(msg)
        found[what] = rate
    return Quota(**found)


def _text(rate: Rate, word: str) -> str:
    names = {1.0: "s", 60.0: "min", 3600.0: "h", 86_400.0: "day"}
    return f"{_plain(rate.amount)}{word}/{names.get(rate.per_s) or f'{_plain(rate.per_s)}s'}"


def _plain(number: float) -> str:
    """Write a number so that it can be read back: no exponent, all of its digits."""
    return format(Decimal(repr(number)).normalize(), "f")
