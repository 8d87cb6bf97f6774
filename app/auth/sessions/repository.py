"""All SQL of sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Float, Uuid, and_, bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import SERVICE, SERVICE_OWNER_ID, Actor
from app.auth.principals import Principal, of_user
from app.auth.sessions.models import Session
from app.auth.users.repository import HOLDER, USERS, holder_of
from app.core.database import Database, table_of
from app.core.rows import columns, read_all


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is signed in."""

    id: UUID
    user_id: UUID
    name: str
    address: str | None
    opened_at: datetime
    expires_at: datetime


_sessions = table_of(Session)
_NOW = func.now()
_LIVE = _sessions.c.expires_at > _NOW
_IS_USERS = and_(
    USERS.c.id == _sessions.c.user_id, USERS.c.is_active, USERS.c.token_version == _sessions.c.user_version
)
_OPEN = insert(_sessions).values(
    expires_at=_NOW + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lasts_s", type_=Float()))
)
_FIND = (
    select(_sessions.c.user_id, _sessions.c.owner_id, *HOLDER)
    .outerjoin(USERS, _IS_USERS)
    .where(_sessions.c.id == bindparam("of_id", type_=Uuid()), _LIVE)
)
_LIST = select(*columns(SessionRow, _sessions)).join(USERS, _IS_USERS).where(_LIVE)
_SERVICE = Principal(SERVICE, frozenset({SERVICE_OWNER_ID}))


async def open_session(
    database: Database, session_id: UUID, actor: Actor, *, version: int, lasts_s: float, id_token: str | None
) -> None:
    """Store a session, committed when this returns."""
    who = {"owner_id": actor.caller.owner_id, "user_id": actor.caller.user_id, "user_version": version}
    where = {"name": actor.caller.name, "address": actor.address}
    await database.rows(_OPEN, {"id": session_id, **who, **where, "lasts_s": lasts_s, "id_token": id_token})


async def find_principal(database: Database, session_id: UUID) -> Principal | None:
    """Return who opened a session, as he is now, with its team; None when it has ended, or his tokens have."""
    row = await database.row(_FIND, {"of_id": session_id})
    if row is None:
        return None
    if row.user_id == SERVICE_OWNER_ID:
        return _SERVICE.choosing(row.owner_id)
    return None if row.holder_id is None else of_user(holder_of(row)).choosing(row.owner_id)


async def choose_team(database: Database, session_id: UUID, *, user_id: UUID, team_id: UUID) -> bool:
    """Let a session of a user act for a team, committed when this returns; False when there is no such session."""
    chosen = update(_sessions).where(_sessions.c.id == session_id, _sessions.c.user_id == user_id, _LIVE)
    return await database.row(chosen.values(owner_id=team_id).returning(_sessions.c.id)) is not None


async def list_sessions(database: Database, *, user_id: UUID | None = None) -> Sequence[SessionRow]:
    """Return the sessions that have not ended, newest first; `user_id`: of this user alone."""
    wanted = _LIST if user_id is None else _LIST.where(_sessions.c.user_id == user_id)
    return read_all(SessionRow, await database.rows(wanted.order_by(_sessions.c.opened_at.desc())))


async def end_session(database: Database, session_id: UUID) -> str | None:
    """End a session for every process, committed when this returns; return its ID token, if it has one."""
    ended = delete(_sessions).where(_sessions.c.id == session_id).returning(_sessions.c.id_token)
    row = await database.row(ended)
    return None if row is None else row.id_token


async def end_sessions(
    connection: AsyncConnection,
    session_id: UUID | None = None,
    *,
    user_id: UUID | None = None,
    but_id: UUID | None = None,
) -> int:
    """End one session or all in the caller's transaction; return how many had not ended.

    `user_id`: of this user alone; `but_id`: this one goes on.
    """
    ended = delete(_sessions).where(_LIVE)
    if session_id is not None:
        ended = ended.where(_sessions.c.id == session_id)
    if user_id is not None:
        ended = ended.where(_sessions.c.user_id == user_id)
    if but_id is not None:
        ended = ended.where(_sessions.c.id != but_id)
    return (await connection.execute(ended)).rowcount


async def prune(database: Database) -> None:
    """Delete the sessions that are over by their age."""
    await database.rows(delete(_sessions).where(~_LIVE))
