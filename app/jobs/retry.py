"""When a failed attempt is tried again: a pure function of the error's class and the attempts that counted."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from app.core.settings import Settings, SettingsError

JITTER_RATIO = 0.2
MAX_DELAY_S = 86_400
MAX_ENTRIES = 20
BELIEVED_REFUSALS = 3
MAX_REFUSED_PAUSE_S = 900.0
_NUMBER = re.compile(r"[0-9]{1,5}(\.[0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """How one kind of error is treated. Schedule entries are seconds; the last repeats.

    `refund`: the attempt does not count (a limit is waited for, a fault is counted).
    """

    schedule_s: tuple[float, ...] = (5, 15, 60, 300)
    retryable: bool = True
    refund: bool = False


OTHER = "other"  # a fault of a job type's own
_USUAL = ErrorClass()
_PERMANENT = ErrorClass(schedule_s=(0,), retryable=False)
ERROR_CLASSES: Mapping[str, ErrorClass] = {
    "unavailable": ErrorClass((5, 10, 30, 60, 120)),
    "network": ErrorClass((2, 5, 10, 30, 60)),
    "timeout": ErrorClass((2, 5, 10, 30, 60)),
    "insufficient_credits": ErrorClass((300, 600, 1800)),
    "rate_limited": ErrorClass((120, 300, 600, 1200), refund=True),
    "bad_response": _USUAL,
    OTHER: _USUAL,
    "auth_failed": _PERMANENT,
    "provider_rejected": _PERMANENT,
    "model_not_found": _PERMANENT,
    "context_too_long": _PERMANENT,
    "request_too_large": _PERMANENT,
    "content_refused": _PERMANENT,
    "output_truncated": _PERMANENT,
}


def with_schedules(text: str) -> Mapping[str, ErrorClass]:
    """Return the classes with the schedules of RETRY_SCHEDULES: `unavailable=5/10/30;network=2/5`, in seconds.

    Raises: SettingsError with a line for each fault.
    """
    classes = dict(ERROR_CLASSES)
    changed: set[str] = set()
    lines: list[str] = []
    for part in text.split(";") if text.strip() else ():
        name, _, schedule = (piece.strip() for piece in part.partition("="))
        if name in changed:
            lines.append(f"RETRY_SCHEDULES: {name} is given twice")
        try:
            classes[name] = replace(_changeable(name), schedule_s=_schedule(name, schedule))
        except SettingsError as error:
            lines.extend(error.lines)
        changed.add(name)
    if lines:
        raise SettingsError(*lines)
    return classes


def _changeable(name: str) -> ErrorClass:
    found = ERROR_CLASSES.get(name)
    if found is None or not found.retryable:
        why = f"no error class {name!r}" if found is None else f"{name} is never retried"
        known = ", ".join(name for name, one in ERROR_CLASSES.items() if one.retryable)
        raise SettingsError(f"RETRY_SCHEDULES: {why}; there are: {known}")
    return found


def _schedule(name: str, text: str) -> tuple[float, ...]:
    entries = [entry.strip() for entry in text.split("/")]
    if len(entries) > MAX_ENTRIES or not all(
        _NUMBER.fullmatch(entry) and float(entry) <= MAX_DELAY_S for entry in entries
    ):
        rule = f"1 to {MAX_ENTRIES} numbers of seconds with / between them, each at most {MAX_DELAY_S}"
        raise SettingsError(f"RETRY_SCHEDULES: {name}: {rule} (got {text[:80]!r})")
    return tuple(float(entry) for entry in entries)


@dataclass(frozen=True, slots=True)
class Policy:
    """How faults are retried in this process; `scale` is RETRY_SCALE, `random` gives [0, 1)."""

    classes: Mapping[str, ErrorClass]
    scale: float
    random: Callable[[], float]

    def delay_s(self, error_class: ErrorClass, *, counted: int, retry_after_s: float | None) -> float:
        """Return the seconds to wait before the next attempt.

        `counted` is attempt - refunds, the running one included (1 for the first). The provider's own Retry-After is
        a floor: neither jitter nor scale goes below it.
        """
        schedule = error_class.schedule_s
        return self._jittered(schedule[min(max(counted, 1), len(schedule)) - 1], retry_after_s)

    def refused_delay_s(self, error_class: ErrorClass, *, refusals: int, retry_after_s: float | None) -> float:
        """Return the seconds to wait after the provider refused this job for its limit, `refusals` times by now.

        A provider that says when is believed at first; who is refused again and again all the same waits ever longer.
        """
        if retry_after_s is None:
            return self.delay_s(error_class, counted=refusals, retry_after_s=None)
        doubt = max(0, refusals - BELIEVED_REFUSALS)
        return self._jittered(min(2.0**doubt, MAX_REFUSED_PAUSE_S) if doubt else 0.0, retry_after_s)

    def _jittered(self, base_s: float, retry_after_s: float | None) -> float:
        jitter = 1 - JITTER_RATIO + 2 * JITTER_RATIO * self.random()
        spread = 1 + JITTER_RATIO * self.random()
        return max(base_s * jitter * self.scale, (retry_after_s or 0) * spread)


def policy(settings: Settings, random: Callable[[], float]) -> Policy:
    """Return the policy of the settings. Raises: SettingsError for a bad RETRY_SCHEDULES."""
    return Policy(with_schedules(settings.retry_schedules), settings.retry_scale, random)
