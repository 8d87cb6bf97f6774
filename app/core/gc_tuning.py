"""Python's garbage collector, told that what a process has loaded at its start will stay."""

import gc
from functools import cache

# Young objects before a collection, then young collections before an older one: requests make many short-lived objects
# in reference cycles, and with the defaults (2000, 10, 0 or 700, 10, 10) full collections cost most of the time.
THRESHOLDS = (50_000, 20, 50)
# With two thousand calls under way, each wave of them was looked through several times: a sixth of a worker's time.
MANY_AT_ONCE = (200_000, 10, 20)


@cache
def settle(thresholds: tuple[int, int, int] = THRESHOLDS) -> None:
    """Take all that is loaded out of the collector's sight, and collect less often. Only the first call counts."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*thresholds)
