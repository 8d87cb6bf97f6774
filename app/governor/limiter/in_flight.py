"""The calls that this process has under way, and the attempts that have made a call."""

from collections import OrderedDict, defaultdict

from app.governor.limiter.scripts import Target

MOST_ATTEMPTS = 4096  # several times the slots of a worker


class Flights:
    """Counts on one event loop; nothing here waits."""

    def __init__(self) -> None:
        self._calls: defaultdict[Target, set[str]] = defaultdict(set)
        self._attempts: OrderedDict[str, None] = OrderedDict()

    def begin(self, target: Target, call: str, attempt: str) -> None:
        """Note a call that was admitted."""
        self._calls[target].add(call)
        if attempt:
            self._attempts[attempt] = None
            self._attempts.move_to_end(attempt)
            if len(self._attempts) > MOST_ATTEMPTS:
                self._attempts.popitem(last=False)

    def end(self, target: Target, call: str) -> None:
        """Note its end; may be repeated."""
        self._calls[target].discard(call)

    def count(self, target: Target) -> int:
        """Return how many calls of a model this process has under way."""
        return len(self._calls[target])

    def has_begun(self, attempt: str) -> bool:
        """Say whether an attempt has made a call: what it did would be lost, so it waits in its slot for the next."""
        return attempt in self._attempts
