"""Dead letters as operators see them: groups of failed jobs, and which of them an action means."""

from app.auth.caller import Caller
from app.core.database import Database
from app.jobs.api.hidden import HIDDEN
from app.jobs.repository.dead_letters import Group, Groups, Selection, find_groups
from app.ops.dead_letters.schemas import DeadLetterGroup, DeadLetters, DryRun, SampleOut

DRY_RUN_GROUPS = 10


async def read_groups(database: Database, caller: Caller, wanted: Selection, *, limit: int) -> DeadLetters:
    """Return the biggest groups of the caller's failed jobs."""
    found = await find_groups(database, caller.sees, wanted, limit=limit)
    return DeadLetters(groups=_shown(caller, found), total=found.total, total_groups=found.total_groups)


async def preview(database: Database, caller: Caller, wanted: Selection) -> DryRun:
    """Return what an action with this filter would meet now."""
    found = await find_groups(database, caller.sees, wanted, limit=DRY_RUN_GROUPS)
    groups = _shown(caller, found)
    return DryRun(
        matched=found.total,
        samples=[sample for group in groups for sample in group.samples][:DRY_RUN_GROUPS],
        groups=groups,
        total_groups=found.total_groups,
    )


def _shown(caller: Caller, found: Groups) -> list[DeadLetterGroup]:
    return [_group(group, is_hidden=caller.is_blind) for group in found.groups]


def _group(group: Group, *, is_hidden: bool) -> DeadLetterGroup:
    newest = group.samples[0]
    return DeadLetterGroup(
        fingerprint=group.fingerprint,
        type=newest.type,
        error_code=newest.error_code,
        message=HIDDEN if is_hidden else newest.message or "",
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        samples=[SampleOut(id=one.id, finished_at=one.finished_at) for one in group.samples],
    )
