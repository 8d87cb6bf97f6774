"""Cleaning up by hand: send again what the broker should have, and prune old jobs before their time."""

from app.auth import audit
from app.auth.caller import Actor, Caller
from app.core.database import Database
from app.jobs.repository import bulk, dispatch
from app.ops.bulk_actions.service import within_of
from app.ops.cleanup.schemas import PruneOut, ResendOut


async def resend(database: Database, actor: Actor, *, dry_run: bool) -> ResendOut:
    """Make those jobs due for the dispatcher at once that should be with the broker, with an audit line."""
    async with database.begin() as connection:
        ids = await dispatch.find_sent(connection, actor.caller.sees)
        if dry_run:
            return ResendOut(found=len(ids), resent=0)
        done = ResendOut(found=len(ids), resent=await dispatch.resend(connection, ids))
        await audit.record(connection, actor, "jobs.resend", "jobs", detail=done.model_dump())
    return done


async def preview(database: Database, caller: Caller, kept_days: float) -> PruneOut:
    """Return what a pruning would delete now."""
    rows = await bulk.count_ended(database, caller.sees, bulk.Retention(kept_days, within_of(caller)))
    return PruneOut(
        matched=sum(row.count for row in rows),
        by_status={row.status: row.count for row in rows},
        oldest_finished_at=min((row.oldest_finished_at for row in rows), default=None),
        kept_days=kept_days,
    )
