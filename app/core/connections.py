"""The connections of one server, by what each waits for: which are closed for their age, and which to make room."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

from app.core.logging import get_logger

GRACE_S = 5  # for requests that run when their server is stopped
SAY_AGAIN_S = 60.0
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server allows to clients that it does not know."""

    # Over these the one that has waited longest for a request is closed.
    max_connections: int = 4096
    # Beyond them when none waits: for requests of `probes` alone, and to say "later" to all others.
    spare_connections: int = 64
    probes: frozenset[str] = frozenset()
    head_bytes: int = 65_536  # the first line and all headers
    head_count: int = 200  # headers
    # From the first byte of a head to its last.
    head_s: float = 20.0
    # Between two requests. Whoever keeps connections must be the first to give one up, else he sends a request on one
    # that just closes and never learns whether it was heard. httpx keeps 5 s, aiohttp 15 s, Java 30 s, nginx and AWS's
    # load balancers 60 s, Go 90 s, Google's load balancers 600 s, which is the most.
    # Source: https://docs.cloud.google.com/load-balancing/docs/https#timeout-keepalive-backends
    idle_s: float = 620.0
    # The longest pause of a client that sends a body; however slow, it may go on as long as it does.
    pause_s: float = 60.0
    # The longest time in which nothing of an answer is taken; nginx's `send_timeout` is as long.
    taken_s: float = 60.0
    # Requests that came before the answers to those before them; more are not read.
    pipelined: int = 64
    # How long and how much is read of a body that nobody wants, so that the answer to it is not lost with a reset.
    linger_s: float = 10.0
    linger_bytes: int = 128 << 20


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()  # a request
    HEAD = auto()  # the rest of one's head
    BODY = auto()  # the rest of one's body
    BUSY = auto()  # our answer
    HALF_CLOSED = auto()  # our answer, the last: it sends no more, or is gone
    LINGER = auto()  # the rest of a body that was answered
    SENDING = auto()  # its client, who takes too little of the answer


class Connection(Protocol):
    """What is known here of a connection."""

    def expire(self, phase: Phase) -> None:
        """End it, or move it, since it waited too long."""
        ...

    def evict(self) -> None:
        """End it to make room."""
        ...


class Connections:
    """Each connection under its phase, the longest waiting first. Every operation takes the same short time."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._waiting: dict[Phase, dict[Connection, float]] = {phase: {} for phase in Phase}
        self._said_at_s = float("-inf")
        self._longest_s = {
            Phase.IDLE: limits.idle_s,
            Phase.HEAD: limits.head_s,
            Phase.BODY: limits.pause_s,
            Phase.LINGER: limits.linger_s,
            Phase.SENDING: limits.taken_s,
        }

    def __len__(self) -> int:
        """Return how many there are."""
        return sum(map(len, self._waiting.values()))

    def add(self, connection: Connection, now_s: float) -> bool:
        """Take a new one, in the place of another where there are too many; False when it has but a spare place."""
        has_room = len(self) < self.limits.max_connections or self._make_room(now_s)
        self._waiting[Phase.IDLE][connection] = now_s
        return has_room

    def is_crowded(self) -> bool:
        """Say whether there are more than the limit allows."""
        return len(self) > self.limits.max_connections

    def is_over(self) -> bool:
        """Say whether even the spare places do not suffice."""
        return len(self) > self.limits.max_connections + self.limits.spare_connections

    def move(self, connection: Connection, before: Phase, after: Phase, now_s: float) -> None:
        """Note that a connection waits for something else from now on, or, with the same phase, anew."""
        if self._waiting[before].pop(connection, None) is not None:
            self._waiting[after][connection] = now_s

    def remove(self, connection: Connection, phase: Phase) -> None:
        """Forget one that has ended."""
        self._waiting[phase].pop(connection, None)

    def expire(self, now_s: float) -> None:
        """End all that have waited too long."""
        for phase, longest_s in self._longest_s.items():
            late = []
            for connection, since_s in self._waiting[phase].items():
                if now_s - since_s < longest_s:
                    break
                late.append(connection)
            for connection in late:
                connection.expire(phase)

    def _make_room(self, now_s: float) -> bool:
        """End the one that has waited longest, and for which nobody works, or who may be gone or takes no answer."""
        if now_s - self._said_at_s >= SAY_AGAIN_S:
            self._said_at_s = now_s
            _log.warning("connections_full", max_connections=self.limits.max_connections)
        for phase in (Phase.IDLE, Phase.HEAD, Phase.LINGER, Phase.HALF_CLOSED, Phase.SENDING):
            if waiting := self._waiting[phase]:
                evicted = next(iter(waiting))
                self.remove(evicted, phase)
                evicted.evict()
                return True
        return False
