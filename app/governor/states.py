"""The closed words of the governor, each in one place: Lua scripts, tables, events and the API use the same."""

from enum import StrEnum


class BreakerState(StrEnum):
    """What a breaker is; `forced_open`: by an operator, until one closes it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"
    FORCED_OPEN = "forced_open"


class BreakerChange(StrEnum):
    """What a breaker does by itself, as events, metrics and the audit log name it."""

    OPENED = "opened"
    PROBED = "probed"
    REOPENED = "reopened"
    CLOSED = "closed"

    @property
    def state(self) -> BreakerState:
        """What the breaker is afterwards."""
        return _AFTER[self]


_AFTER = {
    BreakerChange.OPENED: BreakerState.OPEN,
    BreakerChange.PROBED: BreakerState.HALF_OPEN,
    BreakerChange.REOPENED: BreakerState.OPEN,
    BreakerChange.CLOSED: BreakerState.CLOSED,
}


class Admittance(StrEnum):
    """What the limiter says to a call; the last four are what the breaker says that keeps it back."""

    GRANTED = "granted"
    RESERVED = "reserved"  # a start is kept for its job, further ahead than a call waits
    WAIT = "wait"  # for the quota
    BUSY = "busy"  # every place is taken
    DOUBTED = "doubted"  # calls failed, and as many are under way as may fail before it opens
    HALF_OPEN = "half_open"
    OPEN = "open"
    FORCED_OPEN = "forced_open"


class CallResult(StrEnum):
    """What a call says of its provider; `neutral`: nothing."""

    OK = "ok"
    FAULT = "fault"
    LIMITED = "limited"
    NEUTRAL = "neutral"
