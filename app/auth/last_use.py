"""When keys and users were last there, written beside the requests: to the minute, many at once."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from app.auth.caller import Caller
from app.auth.keys import repository as keys
from app.auth.users import repository as users
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import still_wanted

GATHERED_S = 2.0
MOST_KNOWN = 10_000
_log = get_logger(__name__)


class LastUse:
    """Notes who is there, for one API process."""

    def __init__(self, database: Database, clock: Callable[[], float] = monotonic_s) -> None:
        """Note nobody yet."""
        self._database = database
        self._clock = clock
        self._noted_at_s: dict[str | UUID, float] = {}
        self._fresh: set[str | UUID] = set()
        self._is_there = asyncio.Event()

    def note(self, caller: Caller) -> None:
        """Note that a caller is there; waits for nothing."""
        for one in (caller.key_id, caller.user_id):
            if one is not None and self._clock() - self._noted_at_s.get(one, float("-inf")) >= keys.USED_AGAIN_S:
                if len(self._noted_at_s) >= MOST_KNOWN:
                    self._noted_at_s.clear()
                self._noted_at_s[one] = self._clock()
                self._fresh.add(one)
                self._is_there.set()

    async def write(self) -> None:
        """Write what was noted."""
        fresh, self._fresh = self._fresh, set()
        self._is_there.clear()
        if key_ids := [one for one in fresh if isinstance(one, str)]:
            await keys.note_used(self._database, key_ids)
        if user_ids := [one for one in fresh if isinstance(one, UUID)]:
            await users.note_seen(self._database, user_ids)

    async def keep_writing(self) -> None:
        """Write for ever; what cannot be written is lost, since it is worth little."""
        while still_wanted():
            await self._is_there.wait()
            await asyncio.sleep(GATHERED_S)
            try:
                await self.write()
            except Exception as error:  # noqa: BLE001 - PostgreSQL is away
                _log.warning("last_use_not_written", error=type(error).__name__)
