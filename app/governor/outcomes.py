"""Outcomes of calls: pure functions from an answer or an error to a report for breaker and limiter."""

from collections.abc import Mapping

from app.governor.limiter.quota import Quota, Rate
from app.governor.limiter.scripts import Report
from app.governor.states import CallResult
from app.llm.base import Completion, ErrorKind, ModelError

# What only the provider can mend. A timeout counts when the call had the provider's whole time; see `after_error`.
FAULTS: frozenset[ErrorKind] = frozenset({"unavailable", "network", "timeout", "auth_failed", "insufficient_credits"})
# Those that every model of the provider has: it cannot be reached, or its account is of no use.
OF_PROVIDER: frozenset[ErrorKind] = frozenset({"network", "auth_failed", "insufficient_credits"})
UNCLEAR: frozenset[ErrorKind] = frozenset({"bad_response"})
_MINUTE_S = 60.0


def after_answer(completion: Completion, *, tokens_reserved: float) -> Report:
    """Return the report of a call that was answered."""
    used = completion.usage.prompt_tokens + completion.usage.completion_tokens
    return Report(
        CallResult.OK, tokens_reserved, used or round(tokens_reserved), advertised=advertised(completion.hints)
    )


def after_error(error: ModelError, *, tokens_reserved: float, had_full_time: bool) -> Report:
    """Return the report of a call that failed; a job's own short limit says nothing about the provider."""
    result = CallResult.OK  # it answered: with a no
    if error.kind == "rate_limited":
        result = CallResult.LIMITED
    elif error.kind in UNCLEAR or (error.kind == "timeout" and not had_full_time):
        result = CallResult.NEUTRAL
    elif error.kind in FAULTS:
        result = CallResult.FAULT
    return Report(
        result,
        tokens_reserved,
        0 if result is CallResult.LIMITED else round(tokens_reserved),
        error=error.kind,
        retry_after_s=error.retry_after_s if result is CallResult.LIMITED else None,
        advertised=advertised(error.hints),
        scope="provider" if error.kind in OF_PROVIDER else "model",
    )


def advertised(hints: Mapping[str, str]) -> Quota:
    """Return the limits that a provider's headers name, taken as a minute's.

    Source: https://platform.openai.com/docs/guides/rate-limits (headers).
    """
    return Quota(_limit(hints, "requests"), _limit(hints, "tokens"))


def _limit(hints: Mapping[str, str], what: str) -> Rate | None:
    text = hints.get(f"x-ratelimit-limit-{what}", "").split(",")[0].strip()
    return Rate(float(text), _MINUTE_S) if text.isdecimal() and 0 < int(text) < 10**12 else None
