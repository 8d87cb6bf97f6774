"""Signing in and out at the provider; browsers come here by links, so what goes wrong is said by the sign-in page."""

import html
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from app.auth.asking import acting
from app.auth.oidc import attempts, service
from app.auth.oidc.attempts import AGAIN, Attempt
from app.auth.oidc.back_to import own_path
from app.auth.oidc.errors import SsoError
from app.auth.oidc.provider import CALLBACK_PATH, Provider
from app.auth.oidc.schemas import SignedOut, SignInMethods, SingleSignOn
from app.auth.principals import of_user
from app.auth.resources import CurrentResources, Resources
from app.auth.sessions.service import close_session, open_session
from app.core.application_state import FromState
from app.core.errors import NotFoundError
from app.core.logging import get_logger
from app.core.problems import StrictRoute
from app.core.root_path import link
from app.core.settings import Settings

AUTH_PATH = "/api/v1/auth"
METHODS_PATH, LOGIN_PATH, LOGOUT_PATH = (f"{AUTH_PATH}/{name}" for name in ("methods", "oidc/login", "oidc/logout"))
SIGN_IN_PAGE = "/signin"
MOST_CHARS = 4000
# A page of ours in between: the session's cookie is Strict, and stays behind where another site leads to the next one.
_HOP = '<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0;url={url}"><title>Headrace</title>'


async def _configured(provider: Annotated[Provider, Depends(FromState(Provider))]) -> Provider:
    if not provider.is_configured:
        raise NotFoundError("There is no single sign-on here; OIDC_ISSUER is not set.", code="sso_not_configured")
    return provider


CurrentProvider = Annotated[Provider, Depends(_configured)]
router = APIRouter(prefix=AUTH_PATH, tags=["account"], route_class=StrictRoute)
_log = get_logger(__name__)


@router.get("/methods")
async def get_sign_in_methods(resources: CurrentResources) -> SignInMethods:
    """Say how one can sign in here."""
    settings = resources.settings
    provider = SingleSignOn(name=settings.oidc_name, is_automatic=settings.oidc_auto_login)
    return SignInMethods(
        password=settings.auth_password_login,
        single_sign_on=provider if settings.oidc_issuer else None,
        registration=settings.registration,
    )


@router.get("/oidc/login", status_code=303, response_class=RedirectResponse)
async def sign_in_at_provider(
    request: Request,
    resources: CurrentResources,
    provider: CurrentProvider,
    back_to: Annotated[str | None, Query(alias="next", description="Where to go afterwards: a path of ours.")] = None,
) -> Response:
    """Send a browser to the provider to sign in."""
    try:
        return await _begin(resources, provider, request, back_to=own_path(back_to))
    except SsoError as error:
        return _refused(resources.settings, request, error)


async def _begin(
    resources: Resources, provider: Provider, request: Request, *, back_to: str, is_again: bool = False
) -> Response:
    state = attempts.new_state(is_again=is_again)
    asked = await provider.ask(state)
    response = RedirectResponse(asked.url, 303)  # nosemgrep: open-redirect - to the configured provider
    attempts.keep(resources.settings, request, response, state, asked, back_to=back_to)
    return response


@router.get("/oidc/callback", response_class=HTMLResponse)
async def return_from_provider(
    request: Request,
    resources: CurrentResources,
    provider: CurrentProvider,
    state: Annotated[str | None, Query(max_length=MOST_CHARS, description="Which attempt this ends.")] = None,
    code: Annotated[
        str | None, Query(max_length=MOST_CHARS, description="What the API redeems at the provider.")
    ] = None,
    error: Annotated[str | None, Query(max_length=MOST_CHARS, description="Why there is no code.")] = None,
    iss: Annotated[str | None, Query(max_length=MOST_CHARS, description="The issuer of the code (RFC 9207).")] = None,
) -> Response:
    """Open a session for who comes back from the provider, and go on to where he was."""
    attempt = attempts.take(resources.settings, request, state or "")
    try:
        if attempt is None:
            return await _begin_again(resources, provider, request, state)
        if code is None:
            detail = f"The provider says {(error or 'nothing')[:100]!r}."
            return _refused(resources.settings, request, SsoError(detail, code="sso_denied"), attempt=attempt)
        told = await provider.redeem(code, nonce=attempt.nonce, verifier=attempt.verifier, issuer=iss)
        holder = await service.admit(resources, provider.rules, request, told)
    except SsoError as refused:
        return _refused(resources.settings, request, refused, attempt=attempt)
    url = html.escape(link(request, attempt.back_to))
    response = HTMLResponse(_HOP.format(url=url))  # nosemgrep: page-of-a-callers-text - a path of ours, escaped
    attempts.drop(resources.settings, request, response, attempt)
    actor = acting(request, of_user(holder).caller)
    await open_session(resources, actor, request, response, version=holder.version, id_token=told.id_token)
    _log.info("signed_in", address=actor.address, way="oidc")
    return response


async def _begin_again(resources: Resources, provider: Provider, request: Request, state: str | None) -> Response:
    """Send a browser that has lost its attempt there once more: most are signed in at the provider by now."""
    if state is None or state.endswith(AGAIN):
        raise SsoError("The browser did not keep what the sign-in began with.", code="sso_state_lost")
    return await _begin(resources, provider, request, back_to=own_path(None), is_again=True)


def _refused(settings: Settings, request: Request, error: SsoError, *, attempt: Attempt | None = None) -> Response:
    """Lead to the sign-in page, which has words for the code; the log has the rest."""
    _log.warning("sso_refused", code=error.code, why=error.detail)
    page = f"{SIGN_IN_PAGE}?{urlencode({'local': 1, 'refused': error.code})}"
    response = RedirectResponse(link(request, page), 303)
    if attempt is not None:
        attempts.drop(settings, request, response, attempt)
    return response


@router.post("/oidc/logout")
async def sign_out_at_provider(
    request: Request, response: Response, resources: CurrentResources, provider: CurrentProvider
) -> SignedOut:
    """End the session, and say where the browser signs out at the provider, too."""
    id_token = await close_session(resources, request, response)
    url = None
    try:
        url = await provider.logout_url(id_token) if id_token else None
    except SsoError as error:
        _log.warning("sso_sign_out_here_alone", why=error.detail)
    return SignedOut(url=url or link(request, f"{SIGN_IN_PAGE}?local=1"))


OPEN_ROUTES = (("GET", METHODS_PATH), ("GET", LOGIN_PATH), ("GET", CALLBACK_PATH), ("POST", LOGOUT_PATH))
