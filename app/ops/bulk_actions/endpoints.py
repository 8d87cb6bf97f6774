"""The HTTP face of actions over many jobs: how far they are, and stopping them."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.auth.asking import Reader, WriterActor
from app.core import paging
from app.core.problems import StrictRoute
from app.core.root_path import link
from app.jobs.api.resources import CurrentResources
from app.ops.bulk_actions import service as bulk_actions
from app.ops.bulk_actions.schemas import BulkActionOut, BulkActionPage

PATH = "/api/v1/dead-letters/actions"
router = APIRouter(prefix=PATH, tags=["dead letters"], route_class=StrictRoute)
ACCEPTED = 202
POLL_S = 1
ANSWER: dict[str, Any] = {
    "model": BulkActionOut,
    "description": "Accepted",
    "headers": {"Location": {"schema": {"type": "string"}, "description": "Where to follow it."}},
}
ActionId = Annotated[UUID, Path(description="An action's id.")]


def accepted(request: Request, action: BulkActionOut) -> Response:
    """Return the answer for an action that was made: where to follow it, and how often."""
    headers = {"Location": link(request, f"{PATH}/{action.id}"), "Retry-After": str(POLL_S)}
    return Response(action.model_dump_json(), ACCEPTED, headers=headers, media_type="application/json")


@router.get("")
async def list_bulk_actions(
    request: Request,
    response: Response,
    resources: CurrentResources,
    caller: Reader,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> BulkActionPage:
    """List what was done with many jobs, newest first: retries and discards of dead letters, and prunings."""
    before = paging.decode_cursor(cursor)
    page, last = await bulk_actions.find_page(resources.database, caller, before=before, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)


@router.get("/{action_id}")
async def get_bulk_action(resources: CurrentResources, caller: Reader, action_id: ActionId) -> BulkActionOut:
    """Return how far an action is."""
    return await bulk_actions.get(resources.database, caller, action_id)


@router.post("/{action_id}/cancel")
async def cancel_bulk_action(resources: CurrentResources, actor: WriterActor, action_id: ActionId) -> BulkActionOut:
    """Stop an action before its next batch. What it has done stays done."""
    return await bulk_actions.cancel(resources.database, actor, action_id)
