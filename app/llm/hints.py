"""What a provider says about its limits, in the headers of any answer; whatever its dialect, by OpenAI's names."""

import re
from collections.abc import Mapping

from app.core.clock import utc_now
from app.llm.retry_after import unwrapped, wait_s

MAX_HINTS = 32
MAX_CHARS = 100

_KEPT = ("x-ratelimit-", "retry-after")
_NAME = re.compile(r"(?:[a-z]{1,20}-)?rate-?limit-([a-z0-9-]{1,60})")
_ASPECTS = frozenset({"limit", "remaining", "reset"})
_WHAT = {"requests": "requests", "request": "requests", "req": "requests", "tokens": "tokens", "token": "tokens"}
_WINDOWS = {
    **dict.fromkeys(("minute", "min", "1m"), "minute"),
    **dict.fromkeys(("day", "daily", "1d"), "day"),
    **dict.fromkeys(("hour", "1h"), "hour"),
    "second": "second",
    "week": "week",
    "month": "month",
}
_MINUTE_S = 60
_DAY_S = 86_400.0
_LONGEST_MINUTE_S = 90.0  # a reset that is further away is of no minute's limit
_POLICY = re.compile(r"(\d{1,12})\s*;\s*(?:w|window)=(\d{1,9})|;q=(\d{1,12});w=(\d{1,9})")
_MEMBER = re.compile(r";\s*([rt])=(\d{1,12})")


def read(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers about limits, their names in lower case; a server's excess in number or length is dropped.

    `x-ratelimit-{limit,remaining,reset}-{requests,tokens}` are of a minute: other dialects' (Anthropic, Mistral,
    Cerebras, the IETF's, those that LiteLLM passes on) get these names where they say so, and what is of a day or a
    second gets its window behind the name. Groq's requests are a day's, its tokens a minute's.
    Source: https://console.groq.com/docs/rate-limits, https://inference-docs.cerebras.ai/support/rate-limits,
    https://docs.anthropic.com/en/api/rate-limits, draft-ietf-httpapi-ratelimit-headers.
    """
    short = {
        name: value
        for name, value in unwrapped(headers).items()
        if len(name) <= MAX_CHARS and len(value) <= MAX_CHARS and ("limit" in name or name.startswith(_KEPT))
    }
    found = {name: value for name, value in short.items() if name.startswith(_KEPT)}
    named = {name: _normal(name) for name in short}
    for name, normal in named.items():
        if normal is not None:
            found.pop(name, None)
    found |= {normal: short[name] for name, normal in named.items() if normal is not None}
    found |= {name: value for name, value in _of_policy(short).items() if name not in found}
    return dict(list(_days_apart(found, is_groq=_is_groq(headers)).items())[:MAX_HINTS])


def _normal(name: str) -> str | None:
    """Return OpenAI's name for a header, None when it is not clear what it says."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    parts = match[1].split("-")
    aspects = [part for part in parts if part in _ASPECTS]
    whats = [_WHAT[part] for part in parts if part in _WHAT]
    windows = [_WINDOWS[part] for part in parts if part in _WINDOWS]
    if len(aspects) != 1 or len(whats) + len(windows) == 0 or len(aspects) + len(whats) + len(windows) != len(parts):
        return None
    what, window = (whats or ["requests"])[0], (windows or ["minute"])[0]
    return f"x-ratelimit-{aspects[0]}-{what}" + ("" if window == "minute" else f"-{window}")


def _of_policy(headers: Mapping[str, str]) -> dict[str, str]:
    """Read the IETF's headers, where a policy says that the window is a minute."""
    limit = headers.get("ratelimit-limit") or headers.get("x-ratelimit-limit") or ""
    text = ", ".join((limit, headers.get("ratelimit-policy", "")))
    policies = {int(one[0] or one[2]): int(one[1] or one[3]) for one in _POLICY.findall(text)}
    minutes = [most for most, window_s in policies.items() if window_s == _MINUTE_S]
    if len(minutes) != 1:
        return {}
    found = {"x-ratelimit-limit-requests": str(minutes[0])}
    if len(policies) > 1:  # of which of them the rest is said?
        return found
    said = dict(_MEMBER.findall(headers.get("ratelimit", "")))
    for aspect, key in (("remaining", "r"), ("reset", "t")):
        value = said.get(key) or headers.get(f"ratelimit-{aspect}") or headers.get(f"x-ratelimit-{aspect}")
        if value:
            found[f"x-ratelimit-{aspect}-requests"] = value
    return found


def _is_groq(headers: Mapping[str, str]) -> bool:
    return any(name.lower().removeprefix("llm_provider-").startswith("x-groq-") for name in headers)


def _days_apart(found: Mapping[str, str], *, is_groq: bool) -> dict[str, str]:
    """Return the hints with those of a day under their own names."""
    days = [what for what in ("requests", "tokens") if not _can_be_a_minute_s(found, what)]
    days += ["requests"] if is_groq else []
    names = {f"x-ratelimit-{aspect}-{what}" for aspect in _ASPECTS for what in days}
    return {f"{name}-day" if name in names else name: value for name, value in found.items()}


def _can_be_a_minute_s(found: Mapping[str, str], what: str) -> bool:
    reset_s = wait_s(found.get(f"x-ratelimit-reset-{what}", ""), now=utc_now())
    if reset_s is None or f"x-ratelimit-limit-{what}" not in found:
        return True
    limit, remaining = (found.get(f"x-ratelimit-{aspect}-{what}", "") for aspect in ("limit", "remaining"))
    is_known = all(text.isascii() and text.isdecimal() for text in (limit, remaining))
    used = int(limit) - int(remaining) if is_known else 0
    # A bucket that fills evenly says its window: the share that is used times the window is the time until it is full.
    window_s = reset_s * int(limit) / used if used > 0 else 0.0
    return reset_s <= _LONGEST_MINUTE_S and abs(window_s - _DAY_S) > _DAY_S / 50
