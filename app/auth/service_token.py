"""The service token: one shared secret with the full rights of the service account, for programs of the operator.

While it is changed two are right: SERVICE_TOKEN, which our own processes use, and SERVICE_TOKEN_PREVIOUS.
"""

import hmac

from fastapi import Request
from pydantic import SecretStr

from app.auth.guard import host_of
from app.auth.guesses import Kind
from app.auth.resources import Resources
from app.core.errors import UnauthorizedError


def _is(expected: SecretStr, presented: bytes) -> bool:
    """Compare a presented token with one of ours in constant time; one that is not set is nobody's."""
    token = expected.get_secret_value().encode()
    return hmac.compare_digest(presented, token) and bool(token)


async def prove(resources: Resources, request: Request, presented: str, kind: Kind) -> None:
    """Return if a request presents a service token. Raises: UnauthorizedError; TooManyGuessesError."""
    guard, settings = resources.guard, resources.settings
    guard.check(request, kind)
    given = presented.encode("utf-8", "replace")
    is_current, is_previous = _is(settings.service_token, given), _is(settings.service_token_previous, given)
    if not is_current and not is_previous:
        await guard.failed(request, presented, kind)
        raise UnauthorizedError("This is not the service token.", headers={"WWW-Authenticate": "Bearer"})
    guard.passed(request)
    if is_previous:
        await guard.previous_token.note(host_of(request))
