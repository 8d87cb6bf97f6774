"""The service token: one shared secret that closes the whole API until users arrive."""

import hmac
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPBearer
from fastapi.security.http import HTTPAuthorizationCredentials

from app.auth.caller import SERVICE, Caller
from app.auth.session import read_session
from app.core.errors import UnauthorizedError
from app.core.settings import Settings

_header = APIKeyHeader(name="X-Service-Token", auto_error=False, description="The service token.")
_bearer = HTTPBearer(auto_error=False, description="The service token as a bearer token.")


def matches(settings: Settings, presented: str) -> bool:
    """Compare a presented token with ours in constant time."""
    expected = settings.service_token.get_secret_value().encode()
    return bool(expected) and hmac.compare_digest(presented.encode("utf-8", "replace"), expected)


async def require_caller(
    request: Request,
    header: Annotated[str | None, Security(_header)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Caller:
    """Return who asks: by the token, or by a session's cookie.

    Raises: UnauthorizedError without a credential or with a wrong one; ForeignOriginError for a forged request.
    """
    presented = header or (bearer.credentials if bearer else None)
    if presented is None:
        if caller := read_session(request.app.state.settings, request):
            return caller
        raise UnauthorizedError(
            "Send the service token as X-Service-Token or as Authorization: Bearer.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if not matches(request.app.state.settings, presented):
        raise UnauthorizedError("This is not the service token.", headers={"WWW-Authenticate": "Bearer"})
    return SERVICE


CurrentCaller = Annotated[Caller, Depends(require_caller)]
