"""When a process that should hear something hears nothing: its connection is dead and it does not know."""

LOOK_EVERY_S = 2.0
DEAF_EXIT_CODE = 75  # EX_TEMPFAIL of sysexits.h: start me again


class Silence:
    """How long nothing came although something should have, told by looks LOOK_EVERY_S apart.

    Looks are counted, not the time between them: a process that was frozen for an hour did not listen for an hour.
    """

    def __init__(self, limit_s: float) -> None:
        """Begin with nothing heard. `limit_s`: how long a silence, in seconds, means deaf."""
        self._limit_s = limit_s
        self._count = 0
        self.lasted_s = 0.0

    def look(self, count: int, *, expected: bool) -> bool:
        """Take one look, and return whether the silence has lasted for too long.

        `count`: all that ever came. `expected`: whether something should have come; False when nobody can tell.
        """
        came = count != self._count
        self._count = count
        self.lasted_s = self.lasted_s + LOOK_EVERY_S if expected and not came else 0.0
        return self.lasted_s >= self._limit_s
