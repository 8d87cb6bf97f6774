"""Access tokens: signed by a key that is made of SECRET_KEY, good for a quarter of an hour, and bound to a family."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID, uuid4

import jwt

from app.core.clock import utc_now

LASTS = timedelta(minutes=15)
LEEWAY_S = 5.0  # between the clocks of two hosts
ALGORITHM = "HS256"
ISSUER, AUDIENCE, KIND = "headrace", "headrace-api", "access"
REQUIRED = ["iss", "aud", "typ", "jti", "sub", "ver", "sid", "exp", "iat"]


class BadTokenError(Exception):
    """A token that was not made here, or was changed."""


class ExpiredTokenError(Exception):
    """A token of ours whose time is over: no guess."""


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token says. `version`: the user's token_version; `family`: of the refresh token beside it."""

    user_id: UUID
    version: int
    family: UUID


@lru_cache(maxsize=8)
def derived(secret_key: str, purpose: str) -> bytes:
    """Return a key of 32 bytes for one purpose."""
    return hmac.new(secret_key.encode(), f"headrace.{purpose}.1".encode(), hashlib.sha256).digest()


def looks_like_one(presented: str) -> bool:
    """Say whether a credential is meant to be a token: three parts, the first of which is a JSON object."""
    return presented.startswith("eyJ") and presented.count(".") == 2  # noqa: PLR2004


def issue(secret_key: str, access: Access, *, now: datetime | None = None) -> str:
    """Return an access token."""
    at = now or utc_now()
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "typ": KIND,
        "jti": uuid4().hex,
        "sub": str(access.user_id),
        "ver": access.version,
        "sid": str(access.family),
        "iat": at,
        "exp": at + LASTS,
    }
    return jwt.encode(claims, derived(secret_key, KIND), ALGORITHM)


def read(secret_key: str, token: str) -> Access:
    """Return what a token of ours says. Raises: ExpiredTokenError; BadTokenError."""
    try:
        claims = jwt.decode(
            token,
            derived(secret_key, KIND),
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            leeway=LEEWAY_S,
            options={"require": REQUIRED},
        )
        if claims["typ"] != KIND or type(claims["ver"]) is not int:
            raise BadTokenError
        return Access(UUID(claims["sub"]), claims["ver"], UUID(claims["sid"]))
    except jwt.ExpiredSignatureError:
        raise ExpiredTokenError from None
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError):
        raise BadTokenError from None
