"""Durations counted by bucket, so that the percentiles of a day are a few numbers; how fine, is decided here alone."""

import math
from collections.abc import Mapping

BUCKET_BASE = 1.25  # each bucket's upper end is 25 % above the one before: percentiles are exact to that
BUCKETS = 100  # 1.25^100 ms is over 50 days


def bucket_of(seconds: float) -> int:
    """Return the bucket that counts a duration: the first whose upper end, 1.25^b milliseconds, is not below it."""
    return min(BUCKETS, math.ceil(round(math.log(max(seconds * 1000, 1.0), BUCKET_BASE), 9)))


def percentile_s(histogram: Mapping[int, float], ratio: float) -> float | None:
    """Return a percentile in seconds from counts by bucket: the upper end of the bucket that holds it."""
    wanted = ratio * sum(histogram.values())
    seen = 0.0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= wanted:
            return round(BUCKET_BASE**bucket / 1000, 4)
    return None
