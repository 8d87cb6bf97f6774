"""The service token: one shared secret with the full rights of the service account, for programs of the operator."""

import hmac

from fastapi import Request

from app.auth.guesses import Kind
from app.auth.resources import Resources
from app.core.errors import UnauthorizedError
from app.core.settings import Settings


def matches(settings: Settings, presented: str) -> bool:
    """Compare a presented token with ours in constant time."""
    expected = settings.service_token.get_secret_value().encode()
    return bool(expected) and hmac.compare_digest(presented.encode("utf-8", "replace"), expected)


async def prove(resources: Resources, request: Request, presented: str, kind: Kind) -> None:
    """Return if a request presents the service token. Raises: UnauthorizedError; TooManyGuessesError."""
    guard = resources.guard
    guard.check(request, kind)
    if not matches(resources.settings, presented):
        await guard.failed(request, presented, kind)
        raise UnauthorizedError("This is not the service token.", headers={"WWW-Authenticate": "Bearer"})
    guard.passed(request)
