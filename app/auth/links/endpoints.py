"""The HTTP face of one-time links: administrators make them, and who has one uses it by a POST, once."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response

from app.auth.asking import Administrator, AdministratorActor, acting
from app.auth.caller import NOBODY
from app.auth.guesses import Kind as Guess
from app.auth.links import repository, service
from app.auth.links.models import Kind
from app.auth.links.schemas import (
    InviteAccept,
    InviteCreate,
    InviteMade,
    InviteOut,
    InvitePage,
    PasswordReset,
    Registration,
    ResetMade,
    Welcome,
)
from app.auth.resources import CurrentResources, Resources
from app.core import paging
from app.core.errors import UnauthorizedError
from app.core.problems import StrictRoute

OPEN_PATHS = ("/api/v1/auth/invite", "/api/v1/auth/reset", "/api/v1/auth/register")  # each by POST
router = APIRouter(prefix="/api/v1", route_class=StrictRoute)


@router.post("/admin/invites", status_code=201, tags=["users"])
async def create_invite(
    response: Response, resources: CurrentResources, actor: AdministratorActor, body: InviteCreate
) -> InviteMade:
    """Invite somebody to make an account, where REGISTRATION allows it, and show the link this once.

    An invite that the address had before opens nothing any more.
    """
    response.headers["Cache-Control"] = "no-store"
    return await service.invite(resources, actor, body)


@router.get("/admin/invites", tags=["users"])
async def list_invites(
    request: Request,
    response: Response,
    resources: CurrentResources,
    _: Administrator,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> InvitePage:
    """List the invites, those last made first, until 30 days after their end."""
    before = paging.decode_cursor(cursor)
    rows = await repository.find_page(resources.database, Kind.INVITE, before=before, limit=limit + 1)
    page = InvitePage(items=[InviteOut.model_validate(row) for row in rows[:limit]], next_cursor=None)
    return page if len(rows) <= limit else paging.with_next(page, rows[limit - 1].id, request, response)


@router.delete("/admin/invites/{invite_id}", status_code=204, tags=["users"])
async def revoke_invite(
    resources: CurrentResources,
    actor: AdministratorActor,
    invite_id: Annotated[UUID, Path(description="The invite's id.")],
) -> None:
    """Let an invite open nothing any more."""
    await service.revoke_invite(resources, actor, invite_id)


@router.post("/admin/users/{user_id}/reset", status_code=201, tags=["users"])
async def make_reset_link(
    response: Response,
    resources: CurrentResources,
    actor: AdministratorActor,
    user_id: Annotated[UUID, Path(description="The user's id.")],
) -> ResetMade:
    """Make a link by which a user sets a new password within a day, and show it this once. Nothing changes before."""
    response.headers["Cache-Control"] = "no-store"
    return await service.make_reset(resources, actor, user_id)


@router.post("/auth/register", status_code=202, tags=["account"])
async def register_user(request: Request, resources: CurrentResources, body: Registration) -> None:
    """Make an account, where REGISTRATION allows it. An address that has one, or an invite, gets the same answer."""
    await service.register(resources, acting(request, NOBODY), body)


@router.post("/auth/invite", status_code=201, tags=["account"])
async def accept_invite(request: Request, resources: CurrentResources, body: InviteAccept) -> Welcome:
    """Make the account that an invite is for; the link is used up by that."""
    email = await service.accept_invite(resources, acting(request, NOBODY), body)
    return _welcome(resources, request, email)


@router.post("/auth/reset", tags=["account"])
async def reset_password(request: Request, resources: CurrentResources, body: PasswordReset) -> Welcome:
    """Set a new password by the link of an administrator; all sessions and tokens of the user end."""
    email = await service.reset_password(resources, acting(request, NOBODY), body)
    return _welcome(resources, request, email)


def _welcome(resources: Resources, request: Request, email: str | None) -> Welcome:
    if email is None:
        resources.guard.found_dead(request, Guess.LINK)
        detail = "This link was used before, was taken back, or is too old; ask an administrator for another."
        raise UnauthorizedError(detail, code="bad_link")
    return Welcome(email=email)
