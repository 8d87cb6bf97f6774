"""The HTTP face of users, for administrators."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.asking import Administrator, AdministratorActor
from app.auth.resources import CurrentResources
from app.auth.users import emails, repository, service
from app.auth.users.schemas import UserCreate, UserOut, UserPage, UserUpdate
from app.core import paging
from app.core.problems import StrictRoute
from app.core.root_path import link

USERS_PATH = "/api/v1/admin/users"
router = APIRouter(prefix=USERS_PATH, tags=["users"], route_class=StrictRoute)
UserId = Annotated[UUID, Path(description="The user's id.")]


@router.get("")
async def list_users(
    request: Request,
    response: Response,
    resources: CurrentResources,
    _: Administrator,
    email: Annotated[str | None, Query(max_length=254, description="Only the user with this address.")] = None,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> UserPage:
    """List the users, those last made first; the service account is one of them."""
    before, wanted = paging.decode_cursor(cursor), None if email is None else emails.normalised(email)
    if wanted is not None and not emails.is_email(wanted):
        return UserPage(items=[], next_cursor=None)
    rows = await repository.find_page(resources.database, email=wanted, before=before, limit=limit + 1)
    page = UserPage(items=[UserOut.model_validate(row) for row in rows[:limit]], next_cursor=None)
    return page if len(rows) <= limit else paging.with_next(page, rows[limit - 1].id, request, response)


@router.post("", status_code=201)
async def create_user(
    request: Request, response: Response, resources: CurrentResources, actor: AdministratorActor, body: UserCreate
) -> UserOut:
    """Make a user with a team of his own, whose id is the user's."""
    made = await service.create(resources, actor, body)
    response.headers["Location"] = link(request, f"{USERS_PATH}/{made.id}")
    return UserOut.model_validate(made)


@router.get("/{user_id}")
async def get_user(resources: CurrentResources, _: Administrator, user_id: UserId) -> UserOut:
    """Return a user."""
    return UserOut.model_validate(await service.get(resources, user_id))


@router.patch("/{user_id}")
async def update_user(
    resources: CurrentResources, actor: AdministratorActor, user_id: UserId, body: UserUpdate
) -> UserOut:
    """Change a user: role, name, password, requests an hour, or whether he is active.

    The last administrator stays one. What is taken away is refused with the next request, at every process, when this
    answers.
    """
    return UserOut.model_validate(await service.update(resources, actor, user_id, body))


@router.delete("/{user_id}/sessions", status_code=204)
async def end_user_sessions(resources: CurrentResources, actor: AdministratorActor, user_id: UserId) -> None:
    """End all browser sessions and tokens of a user at once, at every process. API keys go on."""
    await service.end_tokens(resources, actor, user_id)
