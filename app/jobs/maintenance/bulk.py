"""Carries out actions over many jobs, a batch at a time; for the scheduler process.

A batch, its progress and its resume point are one transaction: a scheduler that is killed in the middle of one leaves
nothing of it, and another goes on where the last commit was.
"""

import asyncio
from uuid import UUID

from app.core.database import Database
from app.core.database_errors import is_away, sqlstate
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.jobs.repository import bulk

BULK_EVERY_S = 2.0
PAUSE_S = 0.02  # between batches, so that jobs that run go first
# Serialization failure, deadlock, lock timeout, cancelled by an operator. Source: PostgreSQL, appendix A.
PASSING_SQLSTATES = frozenset({"40001", "40P01", "55P03", "57014"})
_log = get_logger(__name__)


class BulkActions:
    """One of possibly several; a row's lock keeps two from working at one action at once."""

    def __init__(self, database: Database) -> None:
        """Take what is there; nothing is remembered between batches."""
        self._database = database

    async def run(self) -> None:
        """Work until no action has anything left; an outage of PostgreSQL ends this with an error."""
        while still_wanted():
            if not await self.step():
                return
            await asyncio.sleep(PAUSE_S)

    async def step(self) -> bool:
        """Do one batch of the oldest action. Returns whether there was one."""
        action_id: UUID | None = None
        try:
            async with self._database.begin() as connection:
                action = await bulk.take(connection)
                if action is None:
                    return False
                action_id = action.id
                ids = await bulk.next_ids(connection, action)
                done = await bulk.apply(connection, action, ids) if ids else 0
                after = await bulk.advance(connection, action, ids, done=done)
        except Exception as error:
            if action_id is None or is_away(error) or sqlstate(error) in PASSING_SQLSTATES:
                raise
            _log.exception("bulk_action_failed", action_id=str(action_id))
            reason = " ".join(filter(None, (type(error).__name__, sqlstate(error))))
            await bulk.fail(self._database, action_id, f"A batch failed ({reason}); the scheduler's log says why.")
            return True
        if after.finished_at is not None:
            _log.info(
                "bulk_action", action_id=str(action_id), action=after.action, done=after.done, skipped=after.skipped
            )
        return True
