"""The time limit of one attempt, which stands still while the attempt waits for a place at a model."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class AttemptClock:
    """The time limit of one attempt. It stands still while all its calls wait for a place; the job's deadline does not.

    Raises TimeoutError in the attempt's task through the `timeout` that it moves.
    """

    def __init__(self, timeout: asyncio.Timeout, *, limit_s: float, deadline_s: float) -> None:
        """Bound an entered `timeout` by `limit_s`; `deadline_s` is how far the job's deadline lies ahead."""
        self._timeout = timeout
        self._left_s = limit_s
        self._deadline_at_s = _now_s() + deadline_s
        self._ends_at_s = 0.0
        self._waited_s = 0.0
        self._stands_since_s = _now_s()
        self._calls = self._waiting = 0
        self._stands = True
        self._update()

    @property
    def left_s(self) -> float:
        """The seconds that a call may take which begins when the clock runs."""
        return self._left_s if self._stands else max(0.001, self._ends_at_s - _now_s())

    @property
    def waited_s(self) -> float:
        """The seconds that the attempt has only waited so far: for a place at a model, with nothing else under way."""
        return self._waited_s + (_now_s() - self._stands_since_s if self._stands and self._calls else 0.0)

    @contextmanager
    def call(self) -> Iterator[Callable[[], None]]:
        """Count one call in; it waits for a place until what is yielded is called."""
        waits = True
        self._calls += 1
        self._waiting += 1
        self._update()

        def admitted() -> None:
            nonlocal waits
            if waits:
                waits = False
                self._waiting -= 1
                self._update()

        try:
            yield admitted
        finally:
            admitted()
            self._calls -= 1
            self._update()

    def _update(self) -> None:
        stands = 0 < self._calls == self._waiting
        if stands == self._stands or self._timeout.expired():
            return
        if stands:
            self._left_s = self.left_s
            self._stands_since_s = _now_s()
            self._timeout.reschedule(self._deadline_at_s)
        else:
            if self._calls:
                self._waited_s += _now_s() - self._stands_since_s
            self._ends_at_s = min(_now_s() + self._left_s, self._deadline_at_s)
            self._timeout.reschedule(self._ends_at_s)
        self._stands = stands


def _now_s() -> float:
    return asyncio.get_running_loop().time()
