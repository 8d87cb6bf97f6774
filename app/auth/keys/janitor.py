"""The janitor of API keys: those that ended or that nobody uses open nothing any more, and are deleted later."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from app.auth import audit
from app.auth.caller import NOBODY_ID, Actor, Caller
from app.auth.keys import repository
from app.auth.keys.repository import IdleKey
from app.auth.keys.schemas import KeysCleaned
from app.auth.revocations import Revocations
from app.core.database import Database
from app.core.settings import Settings

# The first time after as long, so that a stack that stood still for weeks hears of its callers before it judges them.
EVERY_S = 3600.0
MOST = 1000  # keys of each kind in one run; the next one goes on
MOST_TOLD = 100  # of their ids in the audit log
JANITOR = Actor(Caller(NOBODY_ID, "janitor", user_id=NOBODY_ID))


async def clean(
    database: Database, revocations: Revocations, settings: Settings, actor: Actor = JANITOR, *, dry_run: bool = False
) -> KeysCleaned:
    """Deactivate and delete keys, with one line in the audit log if there are any; several at once share the work."""
    unused = timedelta(days=settings.keys_unused_days) or None
    kept = timedelta(days=settings.keys_kept_days)
    async with database.begin() as connection:
        idle = await repository.find_idle(connection, unused=unused, limit=MOST)
        old = await repository.find_old(connection, kept=kept, limit=MOST) if kept else []
        cleaned = KeysCleaned(
            dry_run=dry_run,
            expired=_ids([one for one in idle if one.is_over]),
            unused=_ids([one for one in idle if not one.is_over]),
            deleted=_ids(old),
        )
        if dry_run or not (idle or old):
            return cleaned
        await repository.deactivate(connection, _ids(idle))
        await repository.remove(connection, _ids(old))
        told = {"expired": cleaned.expired, "unused": cleaned.unused, "deleted": cleaned.deleted}
        detail = {what: {"count": len(ids), "keys": ids[:MOST_TOLD]} for what, ids in told.items() if ids}
        await audit.record(connection, actor, "key.clean", "keys", detail=detail)
    await asyncio.gather(*(revocations.tell(user_id) for user_id in {one.user_id for one in idle}))
    return cleaned


def _ids(keys: Sequence[IdleKey]) -> list[str]:
    return [one.id for one in keys]
