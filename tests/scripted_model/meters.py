"""The two rules by which providers count what they allow in an interval; the time is given, so nothing here waits."""

import math
from collections import deque
from typing import Protocol


class Meter(Protocol):
    """One limited amount; every time is in seconds of one clock and never goes back."""

    limit: float

    def wait_s(self, amount: float, now_s: float) -> float:
        """Return how long until so much is allowed: 0 is now, infinity never."""
        ...

    def take(self, amount: float, now_s: float) -> None:
        """Count what was allowed."""
        ...

    def left(self, now_s: float) -> float:
        """Return how much is allowed now."""
        ...

    def reset_s(self, now_s: float) -> float:
        """Return how long until as much is left as if nothing had been taken."""
        ...

    def change(self, limit: float, now_s: float) -> None:
        """Allow another amount from now on."""
        ...


class Bucket:
    """A token bucket: full at first, refilled evenly by its limit an interval. It holds a part of the limit, or all.

    Source: https://platform.openai.com/docs/guides/rate-limits
    """

    def __init__(self, limit: float, interval_s: float, now_s: float, *, burst_ratio: float = 1.0) -> None:
        self.limit = limit
        self._interval_s = interval_s
        self._burst_ratio = burst_ratio
        self._level = self._capacity
        self._at_s = now_s

    def wait_s(self, amount: float, now_s: float) -> float:
        """Return how long until so much is allowed."""
        if amount > self._capacity:
            return math.inf
        return max(0.0, amount - self.left(now_s)) / self._rate

    def take(self, amount: float, now_s: float) -> None:
        """Count what was allowed."""
        self._level, self._at_s = self.left(now_s) - amount, now_s

    def left(self, now_s: float) -> float:
        """Return how much is allowed now."""
        return min(self._capacity, self._level + (now_s - self._at_s) * self._rate)

    def reset_s(self, now_s: float) -> float:
        """Return how long until it is full."""
        return (self._capacity - self.left(now_s)) / self._rate

    def change(self, limit: float, now_s: float) -> None:
        """Give it another limit; what is in it stays, as far as there is room."""
        self._level, self._at_s = self.left(now_s), now_s
        self.limit = limit

    @property
    def _capacity(self) -> float:
        return max(1.0, self.limit * self._burst_ratio)

    @property
    def _rate(self) -> float:
        return self.limit / self._interval_s


class Window:
    """A sliding window: never more than the limit in any interval, whose later end is not part of it."""

    def __init__(self, limit: float, interval_s: float) -> None:
        self.limit = limit
        self._interval_s = interval_s
        self._taken: deque[tuple[float, float]] = deque()  # when it counts no more, and how much it was
        self._sum = 0.0

    def wait_s(self, amount: float, now_s: float) -> float:
        """Return how long until so much is allowed."""
        if amount > self.limit:
            return math.inf
        missing = amount - self.left(now_s)
        until_s = now_s
        for over_s, taken in self._taken:
            if missing <= 0:
                break
            missing, until_s = missing - taken, over_s
        return until_s - now_s

    def take(self, amount: float, now_s: float) -> None:
        """Count what was allowed."""
        self._taken.append((now_s + self._interval_s, amount))
        self._sum += amount

    def left(self, now_s: float) -> float:
        """Return how much is allowed now; below 0 after the limit was lowered."""
        while self._taken and self._taken[0][0] <= now_s:
            self._sum -= self._taken.popleft()[1]
        return self.limit - self._sum

    def reset_s(self, now_s: float) -> float:
        """Return how long until nothing of what was taken counts any more."""
        return max(0.0, self._taken[-1][0] - now_s) if self._taken else 0.0

    def change(self, limit: float, now_s: float) -> None:
        """Give it another limit; what was taken still counts."""
        del now_s
        self.limit = limit
