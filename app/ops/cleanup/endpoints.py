"""The HTTP face of cleaning up."""

from typing import Any

from fastapi import APIRouter, Request, Response

from app.auth.asking import AdministratorActor, OperatorActor
from app.auth.keys import janitor
from app.auth.keys.schemas import KeysCleaned
from app.auth.resources import CurrentResources as AuthResources
from app.core.problems import StrictRoute
from app.jobs.api.resources import CurrentResources
from app.jobs.repository.bulk import Retention
from app.jobs.states import BulkVerb
from app.ops.bulk_actions import service as bulk_actions
from app.ops.bulk_actions.endpoints import ACCEPTED, ANSWER, accepted
from app.ops.cleanup import service as cleanup
from app.ops.cleanup.schemas import JanitorIn, PruneIn, PruneOut, ResendIn, ResendOut

router = APIRouter(prefix="/api/v1", tags=["operations"], route_class=StrictRoute)
EITHER: dict[int | str, dict[str, Any]] = {
    200: {"model": PruneOut, "description": "What the dry run met"},
    ACCEPTED: ANSWER,
}


@router.post("/jobs/resend")
async def resend_jobs(resources: CurrentResources, actor: OperatorActor, body: ResendIn | None = None) -> ResendOut:
    """Send the jobs again that should be with the broker: due, marked as sent, and in no worker's hands.

    A job that was there after all runs once: its second message is refused. What waits for room in the broker's
    buffer is left alone.
    """
    dry_run = body is not None and body.dry_run
    return await cleanup.resend(resources.database, actor, dry_run=dry_run)


@router.post("/admin/prune", response_model=PruneOut, responses=EITHER)
async def prune_jobs(
    request: Request, resources: CurrentResources, actor: OperatorActor, body: PruneIn | None = None
) -> Response:
    """Delete jobs that ended long ago with their results and history, in the background; by default a dry run.

    The scheduler does so by itself with all that is older than RETENTION_DAYS.
    """
    body = body or PruneIn()
    kept_days = body.older_than_days or resources.settings.retention_days
    if body.dry_run:
        met = await cleanup.preview(resources.database, actor.caller, kept_days)
        return Response(met.model_dump_json(), media_type="application/json")
    made = await bulk_actions.start(
        resources.database,
        actor,
        BulkVerb.PRUNE,
        {"older_than_days": kept_days},
        wanted=Retention(kept_days),
    )
    return accepted(request, made)


@router.post("/admin/janitor")
async def run_janitor(
    resources: AuthResources, actor: AdministratorActor, body: JanitorIn | None = None
) -> KeysCleaned:
    """Deactivate API keys that have ended or that nobody uses, and delete those that have long been inactive.

    The scheduler does so by itself every hour, by KEYS_UNUSED_DAYS and KEYS_KEPT_DAYS.
    """
    dry_run = body is not None and body.dry_run
    return await janitor.clean(resources.database, resources.revocations, resources.settings, actor, dry_run=dry_run)
