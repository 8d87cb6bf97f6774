"""Actions over many jobs as operators see them: made with their audit line, listed, stopped. The scheduler acts."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from app.auth import audit
from app.auth.asking import HIDDEN
from app.auth.caller import Actor, Caller
from app.auth.key_limits import TypeNotAllowedError
from app.core.database import Database
from app.core.errors import ConflictError, NotFoundError
from app.jobs.repository import bulk
from app.jobs.repository.dead_letters import Selection, Within
from app.jobs.states import ActionStatus, BulkVerb
from app.ops.bulk_actions.schemas import BulkActionOut, BulkActionPage

# What each action is called in the audit log.
AUDITED = {
    BulkVerb.RETRY: "dead_letters.retry",
    BulkVerb.DISCARD: "dead_letters.discard",
    BulkVerb.PRUNE: "jobs.prune",
}


def within_of(caller: Caller) -> Within:
    """Return the jobs that a caller may do anything with, of those that he sees."""
    job_types, models = (None if names is None else sorted(names) for names in (caller.job_types, caller.models))
    return Within(job_types, models)


def _refuse_wider(caller: Caller, action: bulk.ActionRow) -> None:
    """Raise TypeNotAllowedError for an action that may meet other jobs than those that the caller's key is for."""
    meant = bulk.wanted_by(action).within
    for own, names in ((caller.job_types, meant.job_types), (caller.models, meant.models)):
        if own is not None and (names is None or not own.issuperset(names)):
            raise TypeNotAllowedError("This action meets other jobs than those that this API key is for.")


async def start(
    database: Database,
    actor: Actor,
    action: BulkVerb,
    filter_: Mapping[str, Any],
    *,
    wanted: Selection | bulk.Retention,
) -> BulkActionOut:
    """Store an action and its audit line in one transaction. `filter_` is `wanted` as JSON.

    A key that is for some jobs means these alone, and the filter says so.
    """
    action_id, owner_id = uuid7(), actor.caller.sees
    within = within_of(actor.caller)
    wanted = replace(wanted, within=within)
    if within.where():
        filter_ = {**filter_, "within": asdict(within)}
    async with database.begin() as connection:
        total = await bulk.count(connection, owner_id, wanted)
        row = await bulk.create(connection, owner_id, action_id, action=action, filter_=filter_, total=total)
        detail = {"filter": filter_, "total": total}
        await audit.record(connection, actor, AUDITED[action], str(action_id), detail=detail)
    return BulkActionOut.model_validate(row)


def _unknown(action_id: UUID) -> NotFoundError:
    return NotFoundError(f"There is no action {action_id}.", code="action_not_found")


async def get(database: Database, caller: Caller, action_id: UUID) -> BulkActionOut:
    """Return an action. Raises: NotFoundError, also for somebody else's."""
    row = await bulk.get(database, caller.sees, action_id)
    if row is None:
        raise _unknown(action_id)
    return _shown(caller, row)


def _shown(caller: Caller, row: bulk.ActionRow) -> BulkActionOut:
    shown = BulkActionOut.model_validate(row)
    if caller.is_blind and "fingerprint" in shown.filter:
        shown.filter = {**shown.filter, "fingerprint": HIDDEN}
    return shown


async def find_page(
    database: Database, caller: Caller, *, before: UUID | None, limit: int
) -> tuple[BulkActionPage, UUID | None]:
    """Return a page of actions, and the id after which the next one begins."""
    rows = await bulk.find_page(database, caller.sees, before=before, limit=limit + 1)
    last = rows[limit - 1].id if len(rows) > limit else None
    items = [_shown(caller, row) for row in rows[:limit]]
    return BulkActionPage(items=items, next_cursor=None), last


async def cancel(database: Database, actor: Actor, action_id: UUID) -> BulkActionOut:
    """Stop an action; what it has done stays done. Asking again is fine.

    Raises: NotFoundError; ConflictError when it had ended in another way; TypeNotAllowedError for one of wider reach.
    """
    async with database.begin() as connection:
        row = await bulk.cancel(connection, actor.caller.sees, action_id)
        if row is not None:
            action = f"{AUDITED[row.action]}.cancel"
            _refuse_wider(actor.caller, row)
            detail = {"done": row.done, "total": row.total}
            await audit.record(connection, actor, action, str(action_id), detail=detail)
            return BulkActionOut.model_validate(row)
    found = await get(database, actor.caller, action_id)
    if found.status is not ActionStatus.CANCELLED:
        raise ConflictError(f"The action is {found.status}; it cannot be stopped any more.", code="action_is_over")
    return found
