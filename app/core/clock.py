"""The only place that reads this machine's clocks; times that decide anything come from PostgreSQL instead."""

import time
from datetime import UTC, datetime


def utc_now() -> datetime:
    """Return the wall clock, aware UTC. For display and file names; never for leases or due times."""
    return datetime.now(UTC)


def to_second(moment: datetime) -> str:
    """Return a time as a sentence has it: ISO 8601 with its offset, to the second."""
    return moment.isoformat(timespec="seconds")


def monotonic_s() -> float:
    """Return seconds of a clock that never goes back; only differences mean anything."""
    return time.monotonic()


def thread_s() -> float:
    """Return the processor time of this thread, in seconds: what bounds work however busy the machine is."""
    return time.thread_time()
