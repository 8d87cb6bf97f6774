"""Dead letters as operators see them: groups of failed jobs, and which of them an action means."""

import hashlib
import hmac
from dataclasses import replace

from app.auth.asking import HIDDEN
from app.auth.caller import Caller
from app.auth.tokens.access import derived
from app.core.settings import Settings
from app.jobs.api.resources import Resources
from app.jobs.repository.dead_letters import Group, Groups, Selection, find_fingerprints, find_groups
from app.ops.bulk_actions.service import within_of
from app.ops.dead_letters.schemas import DeadLetterGroup, DeadLetters, DryRun, SampleOut

DRY_RUN_GROUPS = 10
UNKNOWN = ""  # the fingerprint of no job


async def read_groups(resources: Resources, caller: Caller, wanted: Selection, *, limit: int) -> DeadLetters:
    """Return the biggest groups of the caller's failed jobs."""
    found = await find_groups(resources.database, caller.sees, wanted, limit=limit)
    groups = _shown(resources.settings, caller, found)
    return DeadLetters(groups=groups, total=found.total, total_groups=found.total_groups)


async def known_fingerprint(resources: Resources, caller: Caller, shown: str) -> str:
    """Return the fingerprint that a caller was shown as this one; as it is where there is none."""
    if not caller.is_blind:
        return shown
    found = await find_fingerprints(resources.database, caller.owner_id)
    return next((one for one in found if _blinded(resources.settings, caller, one) == shown), UNKNOWN)


def _blinded(settings: Settings, caller: Caller, fingerprint: str) -> str:
    """Return what stands for a fingerprint that is made of a hidden message: nobody else can make it of his own."""
    key = derived(settings.secret_key.get_secret_value(), "fingerprint")
    return hmac.new(key, f"{caller.owner_id} {fingerprint}".encode(), hashlib.sha256).hexdigest()[: len(fingerprint)]


async def preview(resources: Resources, caller: Caller, wanted: Selection) -> DryRun:
    """Return what an action with this filter would meet now."""
    wanted = replace(wanted, within=within_of(caller))
    found = await find_groups(resources.database, caller.sees, wanted, limit=DRY_RUN_GROUPS)
    groups = _shown(resources.settings, caller, found)
    return DryRun(
        matched=found.total,
        samples=[sample for group in groups for sample in group.samples][:DRY_RUN_GROUPS],
        groups=groups,
        total_groups=found.total_groups,
    )


def _shown(settings: Settings, caller: Caller, found: Groups) -> list[DeadLetterGroup]:
    shown = [_group(group) for group in found.groups]
    if not caller.is_blind:
        return shown
    return [
        one.model_copy(update={"message": HIDDEN, "fingerprint": _blinded(settings, caller, one.fingerprint)})
        for one in shown
    ]


def _group(group: Group) -> DeadLetterGroup:
    newest = group.samples[0]
    return DeadLetterGroup(
        fingerprint=group.fingerprint,
        type=newest.type,
        error_code=newest.error_code,
        message=newest.message or "",
        count=group.count,
        first_at=group.first_at,
        last_at=group.last_at,
        samples=[SampleOut(id=one.id, finished_at=one.finished_at) for one in group.samples],
    )
