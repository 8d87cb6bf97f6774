"""How long a provider asks to be left alone, read from the headers and the body of its answer."""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MAX_WAIT_S = 86_400.0

_EPOCH_S = 1e9
_EPOCH_MS = 1e12
_MAX_CHARS = 100
_MAX_SENTENCE_CHARS = 2_000
_GATEWAY = "llm_provider-"  # LiteLLM passes a provider's own headers on behind this

_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_UNIT = r"milliseconds?|msecs?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d"
_AMOUNT = r"\d{1,15}(?:\.\d{1,15})?"
_PART = re.compile(rf"({_AMOUNT})\s?({_UNIT})(?![a-z])", re.IGNORECASE)
_DURATION = rf"{_AMOUNT}\s?(?:{_UNIT})(?![a-z])(?:(?:,? and |,? )?{_AMOUNT}\s?(?:{_UNIT})(?![a-z]))*"
_CLOCK = r"(?:\d{1,3}\.)?\d{1,2}:\d\d:\d\d(?:\.\d{1,9})?"
_MOMENT = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?: ?Z| ?UTC|[+-]\d\d:?\d\d)?"

# A wait inside a sentence: `try again in 7.2s`, `retry after 30 seconds`, `will be replenished in 02:12:03`.
_IN = re.compile(
    r"\b(?:again|retry|retrying|retried|wait|waiting|resets?|replenished|available|refreshes)\b[^.\d\n]{0,40}?"
    rf"(?:({_CLOCK}|{_DURATION})|(?<=in |or |er )({_AMOUNT})(?![\w.:%-]))",
    re.IGNORECASE,
)
_AT = re.compile(rf"\b(?:at|until|after|on|reset_at)\b[: ]{{1,3}}({_MOMENT})", re.IGNORECASE)


def _number(text: str, now: datetime) -> float | None:
    """Read seconds, or a moment as seconds or milliseconds since 1970."""
    try:
        number = float(text)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    if number >= _EPOCH_MS:
        return number / 1000 - now.timestamp()
    return number - now.timestamp() if number >= _EPOCH_S else number


def _duration(text: str, _now: datetime) -> float | None:
    """Read `20ms`, `6m0s`, `1h2m3.5s`, `12 minutes`, `1 minute and 5 seconds`."""
    if not re.fullmatch(_DURATION, text, re.IGNORECASE):
        return None
    total = 0.0
    for amount, unit in _PART.findall(text):
        short = unit.lower()
        total += float(amount) * _SECONDS["ms" if short.startswith(("ms", "milli")) else short[0]]
    return total


def _clock(text: str, _now: datetime) -> float | None:
    """Read `02:12:03` and `7.12:30:00`, a duration as .NET writes it."""
    if not re.fullmatch(_CLOCK, text):
        return None
    hours, minutes, seconds = text.rsplit(":", 2)
    days, _dot, hours = hours.rpartition(".")
    return float(days or 0) * 86_400 + float(hours) * 3600 + float(minutes) * 60 + float(seconds)


def _moment(text: str, now: datetime) -> float | None:
    """Read RFC 3339, with a blank for the T, and UTC where no zone stands."""
    if not re.fullmatch(_MOMENT, text):
        return None
    try:
        found = datetime.fromisoformat(re.sub(r" ?(?:Z|UTC)$", "+00:00", text))
        return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError):
        return None


def _http_date(text: str, now: datetime) -> float | None:
    """Read RFC 9110's dates. Source: section 5.6.7."""
    if "," not in text and " " not in text:
        return None
    try:
        found = parsedate_to_datetime(text)
        return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - now).total_seconds()
    except (ValueError, OverflowError, IndexError):
        return None


_FORMATS: tuple[Callable[[str, datetime], float | None], ...] = (_number, _duration, _clock, _moment, _http_date)


def wait_s(text: str, *, now: datetime) -> float | None:
    """Return the seconds until what a text names, in any of the formats, negative for the past; None if in none."""
    plain = text.strip().strip("\"'").strip()
    if not plain or len(plain) > _MAX_CHARS:
        return None
    found = (read(plain, now) for read in _FORMATS)
    return next((seconds for seconds in found if seconds is not None), None)


def retry_after_s(
    headers: Mapping[str, str],
    *,
    now: datetime,
    waits: Iterable[str] = (),
    sentences: Iterable[str] = (),
    longest_s: float = MAX_WAIT_S,
) -> float | None:
    """Return the wait that the provider names, 0 to `longest_s`, or None when it names none.

    Retry-After goes before `retry-after-ms`, these before `waits` (members of the body such as Google's retryDelay),
    before its `sentences`, before the resets of its limits: of these the longest counts, and only those of a limit
    that is used up where the provider says which. A wait of nothing is what counts least.
    Source: RFC 9110 section 10.2.3; the rate limit pages of OpenAI, Anthropic, Azure, LiteLLM and the draft
    draft-ietf-httpapi-ratelimit-headers.
    """
    lower = unwrapped(headers)
    found = [
        *_retry_afters(lower, now),
        max((wait for text in waits if (wait := wait_s(text, now=now)) is not None), default=None),
        max((wait for text in sentences if (wait := _said(text, now)) is not None), default=None),
        max(_resets(lower, now), default=None),
    ]
    known = [wait for wait in found if wait is not None]
    if not known:
        return None
    return min(next((wait for wait in known if wait > 0), 0.0), longest_s)


def unwrapped(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers by names in lower case; those that a gateway passes on are there, too, unless it has own."""
    lower = {name.lower(): value.strip() for name, value in headers.items()}
    passed = {name.removeprefix(_GATEWAY): one for name, one in lower.items() if name.startswith(_GATEWAY)}
    return {**passed, **lower}


def _retry_afters(headers: Mapping[str, str], now: datetime) -> Iterable[float | None]:
    """Yield what Retry-After says, in seconds and in milliseconds, and what proxies and Azure call so."""
    for name in ("retry-after", "retry-after-ms"):
        others = sorted(one for one in headers if one.endswith(f"-{name}"))
        for one in (name, *others):
            wait = _first(headers.get(one, ""), now)
            yield wait / 1000 if wait is not None and name.endswith("-ms") else wait


def _first(value: str, now: datetime) -> float | None:
    """Read a value, or the first of a list where a header came twice."""
    whole = wait_s(value, now=now)
    return whole if whole is not None else wait_s(value.partition(",")[0], now=now)


def _said(sentence: str, now: datetime) -> float | None:
    text = sentence[:_MAX_SENTENCE_CHARS]
    found = [found[1] or found[2] for found in _IN.finditer(text)] + _AT.findall(text)
    return max((wait for one in found if (wait := wait_s(one, now=now)) is not None), default=None)


_RESET = re.compile(r"(?:.*-)?rate-?limit(?:-[\w-]+)?-reset(?:-[\w-]+)?")
_POLICY = re.compile(r"(?:^|[;,]\s*)(r|remaining|t|reset)=(\d{1,12})", re.IGNORECASE)


def _resets(headers: Mapping[str, str], now: datetime) -> Iterable[float]:
    """Yield the time until each limit begins anew: of the used up ones, else of those nobody says anything about."""
    resets: list[tuple[str, str]] = []
    for name, value in headers.items():
        if len(name) <= _MAX_CHARS and _RESET.fullmatch(name):
            resets.append((value, headers.get(name.replace("-reset", "-remaining").removesuffix("-after"), "")))
        elif name in {"ratelimit", "x-ratelimit"}:  # RateLimit: "default";r=0;t=30
            said = {key[0].lower() if len(key) == 1 else key.lower()[:3]: one for key, one in _POLICY.findall(value)}
            resets.append((said.get("t", said.get("res", "")), said.get("r", said.get("rem", ""))))
    used_up = [reset for reset, remaining in resets if _is_zero(remaining)]
    unknown = [reset for reset, remaining in resets if not remaining]
    for value in used_up or unknown:
        wait = _first(value, now)
        if wait is not None:
            yield wait


def _is_zero(remaining: str) -> bool:
    try:
        return float(remaining) <= 0
    except ValueError:
        return False
