"""The HTTP face of API keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.asking import AccountActor, OwnKeyActor
from app.auth.keys import service
from app.auth.keys.schemas import KeyCreate, KeyMade, KeyOut, KeyPage, KeyRotate
from app.auth.resources import CurrentResources
from app.core import paging
from app.core.problems import StrictRoute
from app.core.root_path import link

KEYS_PATH = "/api/v1/keys"
router = APIRouter(prefix=KEYS_PATH, tags=["keys"], route_class=StrictRoute)
KeyId = Annotated[str, Path(pattern="^[0-9A-Za-z]{8}$", description="The key's id: the 8 characters after hr_live_.")]


@router.post("", status_code=201)
async def create_key(
    request: Request, response: Response, resources: CurrentResources, actor: AccountActor, body: KeyCreate
) -> KeyMade:
    """Make an API key, and show it this once. It can no more than what its user may at the time it is used."""
    made = await service.create(resources, actor, body)
    _shown_once(request, response, made)
    return made


def _shown_once(request: Request, response: Response, made: KeyMade) -> None:
    response.headers["Location"] = link(request, f"{KEYS_PATH}/{made.id}")
    response.headers["Cache-Control"] = "no-store"


@router.get("")
async def list_keys(
    request: Request,
    response: Response,
    resources: CurrentResources,
    actor: AccountActor,
    user_id: Annotated[UUID | None, Query(description="Only keys of this user.")] = None,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> KeyPage:
    """List the caller's keys, newest first; an administrator's list has everybody's."""
    before = paging.decode_cursor(cursor)
    page, last = await service.find_page(resources.database, actor.caller, user_id=user_id, before=before, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)


@router.get("/{key_id}")
async def get_key(resources: CurrentResources, actor: OwnKeyActor, key_id: KeyId) -> KeyOut:
    """Return a key without its secret; a key may ask for itself."""
    return KeyOut.model_validate(await service.get(resources.database, actor.caller, key_id))


@router.delete("/{key_id}", status_code=204)
async def revoke_key(resources: CurrentResources, actor: OwnKeyActor, key_id: KeyId) -> None:
    """Revoke a key: it is refused with the next request, at every process, when this answers. A key may end itself."""
    await service.revoke(resources, actor, key_id)


@router.post("/{key_id}/restore")
async def restore_key(resources: CurrentResources, actor: AccountActor, key_id: KeyId) -> KeyOut:
    """Let a key open again what it did: one that was revoked within 30 days, or that nobody used for long.

    What an administrator revoked, only an administrator restores.
    """
    return KeyOut.model_validate(await service.restore(resources, actor, key_id))


@router.post("/{key_id}/rotate", status_code=201)
async def rotate_key(
    request: Request,
    response: Response,
    resources: CurrentResources,
    actor: AccountActor,
    key_id: KeyId,
    body: KeyRotate | None = None,
) -> KeyMade:
    """Make a key in the place of this one, and show it this once; this one goes on for an overlap."""
    made = await service.rotate(resources, actor, key_id, body or KeyRotate())
    _shown_once(request, response, made)
    return made
