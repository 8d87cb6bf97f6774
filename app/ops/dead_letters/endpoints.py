"""The HTTP face of dead letters: groups, their jobs, and what is done with many of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.asking import Reader, WriterActor
from app.auth.caller import Actor
from app.core import paging
from app.core.problems import StrictRoute
from app.core.request_model import NAME
from app.jobs import listing
from app.jobs.api import service
from app.jobs.api.resources import CurrentResources, Resources
from app.jobs.listing import Sort
from app.jobs.repository.dead_letters import Selection
from app.jobs.repository.job_filter import JobFilter
from app.jobs.schemas import Instant, JobPage
from app.jobs.states import BulkVerb
from app.ops.bulk_actions import service as bulk_actions
from app.ops.bulk_actions.endpoints import ACCEPTED, ANSWER, accepted
from app.ops.bulk_actions.schemas import BulkActionOut
from app.ops.dead_letters import service as dead_letters
from app.ops.dead_letters.schemas import FINGERPRINT, DeadLetterFilter, DeadLetters, DryRun

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], route_class=StrictRoute)
EITHER: dict[int | str, dict[str, Any]] = {
    200: {"model": DryRun, "description": "What the dry run met"},
    ACCEPTED: ANSWER,
}


@router.get("")
async def list_dead_letters(
    resources: CurrentResources,
    caller: Reader,
    type: Annotated[str | None, Query(pattern=NAME, description="Only jobs of this type.")] = None,  # noqa: A002 - the parameter's public name
    queue: Annotated[str | None, Query(pattern=NAME, description="Only jobs of this queue.")] = None,
    error_code: Annotated[str | None, Query(pattern=NAME, description="Only jobs with this error.")] = None,
    finished_from: Annotated[Instant | None, Query(description="Failed at or after this time.")] = None,
    finished_to: Annotated[Instant | None, Query(description="Failed before this time.")] = None,
    limit: Annotated[int, Query(ge=1, le=100, description="How many groups; `total_groups` counts all.")] = 50,
) -> DeadLetters:
    """List the failed jobs by what went wrong, the biggest group first. A group is a type, an error code and a message.

    In a message, words that hold a digit (numbers, ids, times) count as the same.
    """
    wanted = Selection(
        type=type, queue=queue, error_code=error_code, finished_from=finished_from, finished_to=finished_to
    )
    return await dead_letters.read_groups(resources, caller, wanted, limit=limit)


@router.get("/groups/{fingerprint}/jobs")
@router.get("/{fingerprint}/jobs", include_in_schema=False)  # as it was before; with `actions` it is ambiguous
async def list_dead_letter_jobs(
    request: Request,
    response: Response,
    resources: CurrentResources,
    caller: Reader,
    fingerprint: Annotated[str, Path(pattern=FINGERPRINT, description="A group of dead letters.")],
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> JobPage:
    """List the failed jobs of one group without their inputs, newest first. A group that is gone has none."""
    known = await dead_letters.known_fingerprint(resources, caller, fingerprint)
    wanted = JobFilter(fingerprint=known, after=listing.decode(cursor, Sort.NEWEST))
    page, following = await service.find_page(resources, caller, wanted, limit=limit)
    return page if following is None else paging.with_cursor(page, following, request, response)


async def _act(
    request: Request, resources: Resources, actor: Actor, action: BulkVerb, body: DeadLetterFilter
) -> Response:
    wanted = body.selection()
    if body.dry_run:
        met = await dead_letters.preview(resources, actor.caller, wanted)
        return Response(met.model_dump_json(), media_type="application/json")
    made = await bulk_actions.start(resources.database, actor, action, body.narrowing(), wanted=wanted)
    return accepted(request, made)


@router.post("/retry", status_code=ACCEPTED, response_model=BulkActionOut, responses=EITHER)
async def retry_dead_letters(
    request: Request, resources: CurrentResources, actor: WriterActor, body: DeadLetterFilter
) -> Response:
    """Run failed jobs again in the background, each with a full budget of attempts and a new deadline.

    Only jobs that have failed before this is accepted: one that fails again is not run a third time.
    """
    return await _act(request, resources, actor, BulkVerb.RETRY, body)


@router.post("/discard", status_code=ACCEPTED, response_model=BulkActionOut, responses=EITHER)
async def discard_dead_letters(
    request: Request, resources: CurrentResources, actor: WriterActor, body: DeadLetterFilter
) -> Response:
    """Delete failed jobs in the background, with their inputs and their history. This cannot be undone."""
    return await _act(request, resources, actor, BulkVerb.DISCARD, body)
