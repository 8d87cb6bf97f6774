"""All SQL of those whom a provider knows."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import Role
from app.auth.users.models import UserIdentity
from app.auth.users.repository import USERS
from app.core.database import table_of
from app.core.rows import read_first


@dataclass(frozen=True, slots=True)
class Known:
    """A user whom the provider has named before."""

    user_id: UUID
    name: str  # as others read it
    role: Role
    is_active: bool


_identities = table_of(UserIdentity)
_KNOWN = (
    select(
        _identities.c.user_id,
        func.coalesce(USERS.c.email, USERS.c.name).label("name"),
        USERS.c.role,
        USERS.c.is_active,
    )
    .join(USERS, USERS.c.id == _identities.c.user_id)
    .with_for_update(of=_identities)
)


async def find(connection: AsyncConnection, issuer: str, subject: str) -> Known | None:
    """Return who that is here; he signs in nowhere else before the commit."""
    statement = _KNOWN.where(_identities.c.issuer == issuer, _identities.c.subject == subject)
    return read_first(Known, (await connection.execute(statement)).one_or_none())


async def create(connection: AsyncConnection, user_id: UUID, issuer: str, subject: str, *, email: str | None) -> bool:
    """Say that a new user is that one; False when another process has just done so. The caller commits."""
    row = {"issuer": issuer, "subject": subject, "user_id": user_id, "email": email, "signed_in_at": func.now()}
    statement = insert(_identities).values(row).on_conflict_do_nothing()
    return (await connection.execute(statement)).rowcount == 1


async def note(connection: AsyncConnection, issuer: str, subject: str, *, email: str | None, is_in: bool) -> None:
    """Note that somebody has signed in now, or was given no role. The caller commits."""
    at = func.now() if is_in else None
    named = update(_identities).where(_identities.c.issuer == issuer, _identities.c.subject == subject)
    await connection.execute(named.values(email=email, signed_in_at=at))
