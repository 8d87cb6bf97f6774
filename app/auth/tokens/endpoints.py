"""The HTTP face of signing in with a password, and of one's own account."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response

from app.auth.asking import AccountActor, AnyCaller, acting
from app.auth.caller import NOBODY
from app.auth.credential import clean
from app.auth.guesses import Kind
from app.auth.resources import CurrentResources
from app.auth.teams import repository as teams
from app.auth.tokens import service
from app.auth.tokens.schemas import PasswordChange, RefreshIn, Tokens
from app.auth.users import repository as users
from app.auth.users import service as user_service
from app.auth.users.schemas import Me, TeamOut
from app.auth.users.sign_in import prove_password
from app.core.errors import ConflictError, FieldError, InvalidError, UnauthorizedError
from app.core.problems import StrictRequest, StrictRoute, UnsupportedMediaError

AUTH_PATH = "/api/v1/auth"
OPEN_PATHS = tuple(f"{AUTH_PATH}/{name}" for name in ("login", "refresh", "logout"))  # each by POST
_FORM = "application/x-www-form-urlencoded"


class _FormRoute(StrictRoute):
    """A route that takes a form, as clients of OAuth send it, and nothing else."""

    def refuse_other_media(self, request: StrictRequest) -> None:
        """Raise UnsupportedMediaError for JSON, too."""
        if request.has_body and request.media_type != _FORM:
            found = f"here it is {request.media_type[:80]}" if request.media_type else "there is none"
            raise UnsupportedMediaError(
                f"Send username and password as a form, with the header Content-Type: {_FORM}; {found}.",
                headers={"Accept": _FORM},
            )


router = APIRouter(prefix=AUTH_PATH, tags=["account"], route_class=StrictRoute)
forms = APIRouter(prefix=AUTH_PATH, tags=["account"], route_class=_FormRoute)


@forms.post("/login")
async def log_in(
    request: Request,
    response: Response,
    resources: CurrentResources,
    username: Annotated[str, Form(max_length=1000, description="The e-mail address.")],
    password: Annotated[str, Form(max_length=2000)],
) -> Tokens:
    """Sign in with e-mail address and password: an access token for 15 minutes, and a refresh token for 30 days."""
    response.headers["Cache-Control"] = "no-store"
    return await service.begin(resources, await prove_password(resources, request, username, password))


@router.post("/refresh")
async def refresh_tokens(request: Request, response: Response, resources: CurrentResources, body: RefreshIn) -> Tokens:
    """Buy the next pair. The same refresh token again within 30 s gets the same next one; later it ends all of them."""
    token = clean(body.refresh_token)
    found = await service.renew(resources, acting(request, NOBODY), token)
    if found is None:
        resources.guard.found_dead(request, Kind.REFRESH)
        raise UnauthorizedError(
            "This refresh token is unknown, over, or was used before; sign in again.",
            headers={"WWW-Authenticate": "Bearer"},
            code="bad_refresh_token",
        )
    response.headers["Cache-Control"] = "no-store"
    return found


@router.post("/logout", status_code=204)
async def log_out(resources: CurrentResources, body: RefreshIn) -> None:
    """End a refresh token and the access tokens beside it, at every process, when this answers."""
    await service.end(resources, clean(body.refresh_token))


@router.post("/logout-all", status_code=204)
async def log_out_everywhere(resources: CurrentResources, actor: AccountActor) -> None:
    """End all tokens and browser sessions of the caller, this one too. API keys go on."""
    await user_service.end_tokens(resources, actor, actor.caller.user_id)


@router.post("/password", status_code=204)
async def change_password(
    request: Request, resources: CurrentResources, actor: AccountActor, body: PasswordChange
) -> None:
    """Change the caller's password; all his tokens and sessions end."""
    user = await users.find_credentials(resources.database, of_id=actor.caller.user_id)
    if user is None or user.email is None or user.password_hash is None:
        raise ConflictError("This account has no password.", code="no_password")
    try:
        known = await prove_password(resources, request, user.email, body.current)
    except UnauthorizedError:
        fault = FieldError("#/current", "this is not the password")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault], code="wrong_password") from None
    await user_service.set_own_password(resources, actor, known, body.new)


@router.get("/me")
async def get_me(resources: CurrentResources, caller: AnyCaller) -> Me:
    """Say who asks, what he may, and for which teams: with an API key for that of the key."""
    found = [] if caller.key_id is not None else list(await teams.find_of_user(resources.database, caller.user_id))
    if caller.owner_id not in {one.id for one in found}:
        current = await teams.find(resources.database, caller.owner_id)
        found += [] if current is None else [current]
    user = await users.find(resources.database, caller.user_id)
    return Me(
        user_id=caller.user_id,
        name=caller.name if user is None else user.name,
        email=None if user is None else user.email,
        role=caller.role,
        rights=sorted(caller.rights),
        team_id=caller.owner_id,
        sees_all_teams=caller.sees is None,
        teams=[TeamOut.model_validate(one) for one in found],
        key_id=caller.key_id,
    )
