"""When a failed attempt is tried again: a pure function of the error's class and the attempts that counted."""

from collections.abc import Callable
from dataclasses import dataclass

JITTER_RATIO = 0.2


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """How one kind of error is treated. Schedule entries are seconds; the last repeats.

    `refund`: the attempt does not count (a limit is waited for, a fault is counted).
    """

    schedule_s: tuple[int, ...] = (5, 15, 60, 300)
    retryable: bool = True
    refund: bool = False


OTHER = ErrorClass()
PERMANENT = ErrorClass(schedule_s=(0,), retryable=False)
ERROR_CLASSES = {
    "unavailable": ErrorClass((5, 10, 30, 60, 120)),
    "network": ErrorClass((2, 5, 10, 30, 60)),
    "timeout": ErrorClass((2, 5, 10, 30, 60)),
    "insufficient_credits": ErrorClass((300, 600, 1800)),
    "rate_limited": ErrorClass((120, 300, 600, 1200), refund=True),
    "bad_response": OTHER,
    "auth_failed": PERMANENT,
    "provider_rejected": PERMANENT,
    "model_not_found": PERMANENT,
    "context_too_long": PERMANENT,
    "content_refused": PERMANENT,
}


def delay_s(
    error_class: ErrorClass,
    *,
    counted: int,
    scale: float,
    retry_after_s: float | None,
    random: Callable[[], float],
) -> float:
    """Return the seconds to wait before the next attempt.

    `counted` is attempt - refunds, the running one included (1 for the first). `random` gives [0, 1).
    The provider's own Retry-After is a floor: neither jitter nor scale goes below it.
    """
    schedule = error_class.schedule_s
    base = schedule[min(max(counted, 1), len(schedule)) - 1]
    if retry_after_s is not None and error_class.refund:
        base = 0  # a provider that says when is believed
    jitter = 1 - JITTER_RATIO + 2 * JITTER_RATIO * random()
    spread = 1 + JITTER_RATIO * random()
    return max(base * jitter * scale, (retry_after_s or 0) * spread)
