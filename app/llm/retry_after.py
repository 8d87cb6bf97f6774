"""How long a provider asks to be left alone, read from the headers of its answer."""

import math
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT_S = 86_400.0

_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_RESET = "x-ratelimit-reset"
_EPOCH_S = 1e9
_EPOCH_MS = 1e12


def retry_after_s(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """Return the wait that the provider names, 0 to 86,400 seconds, or None when it names none.

    Retry-After (seconds or a date) goes before `retry-after-ms` and the `x-ratelimit-reset*` headers; of the latter
    the longest counts, and only those of a limit that is used up where the provider says which.
    Source: RFC 9110 section 10.2.3; https://platform.openai.com/docs/guides/rate-limits (headers).
    """
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    wait = _retry_after(lower.get("retry-after", ""), now)
    if wait is None:
        wait = _number(lower.get("retry-after-ms", ""), scale=0.001)
    if wait is None:
        wait = max(_resets(lower, now), default=None)
    return None if wait is None else min(max(wait, 0.0), MAX_WAIT_S)


def _retry_after(value: str, now: datetime) -> float | None:
    seconds = _number(value)
    if seconds is not None or not value:
        return seconds
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return None
    return ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds()


def _resets(headers: Mapping[str, str], now: datetime) -> Iterable[float]:
    names = [name for name in headers if name.startswith(_RESET)]
    used_up = [name for name in names if headers.get(name.replace("-reset", "-remaining")) == "0"]
    for name in used_up or names:
        wait = _reset(headers[name], now)
        if wait is not None:
            yield wait


def _reset(value: str, now: datetime) -> float | None:
    """Read `20ms`, `6m0s`, plain seconds, or a moment as epoch seconds or milliseconds."""
    number = _number(value)
    if number is not None:
        if number >= _EPOCH_MS:
            return number / 1000 - now.timestamp()
        return number - now.timestamp() if number >= _EPOCH_S else number
    parts = _DURATION.findall(value)
    if not parts or "".join(amount + unit for amount, unit in parts) != value:
        return None
    return sum(float(amount) * _SECONDS[unit] for amount, unit in parts)


def _number(value: str, *, scale: float = 1.0) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number * scale if math.isfinite(number) else None
