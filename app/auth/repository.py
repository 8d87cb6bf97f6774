"""All SQL of the auth room: sessions, and the lines of the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Float, Uuid, bindparam, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import SERVICE, Actor, Caller
from app.auth.models import AuditLine
from app.auth.sessions.models import Session
from app.core.database import Database, table_of
from app.core.rows import columns, read_all, values


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A browser that is signed in."""

    id: UUID
    name: str
    address: str | None
    opened_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class NewAuditLine:
    """Who did what to which target, in which request."""

    actor: str
    action: str
    target: str
    detail: Mapping[str, Any] | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class AuditRow(NewAuditLine):
    """A line of the audit log."""

    id: int
    at: datetime


_sessions, _lines = table_of(Session), table_of(AuditLine)
_NOW = func.now()
_LIVE = _sessions.c.expires_at > _NOW
_OPEN = insert(_sessions).values(
    expires_at=_NOW + func.make_interval(0, 0, 0, 0, 0, 0, bindparam("lasts_s", type_=Float()))
)
_FIND = select(_sessions.c.owner_id, _sessions.c.name).where(_sessions.c.id == bindparam("of_id", type_=Uuid()), _LIVE)
_LIST = select(*columns(SessionRow, _sessions)).where(_LIVE).order_by(_sessions.c.opened_at.desc())


async def open_session(database: Database, session_id: UUID, actor: Actor, *, lasts_s: float) -> None:
    """Store a session, committed when this returns."""
    who = {"owner_id": actor.caller.owner_id, "name": actor.caller.name, "address": actor.address}
    await database.rows(_OPEN, {"id": session_id, **who, "lasts_s": lasts_s})


async def find_caller(database: Database, session_id: UUID) -> Caller | None:
    """Return who opened a session, None when it has ended."""
    row = await database.row(_FIND, {"of_id": session_id})
    return None if row is None else replace(SERVICE, owner_id=row.owner_id, name=row.name)


async def list_sessions(database: Database) -> Sequence[SessionRow]:
    """Return the sessions that have not ended, newest first."""
    return read_all(SessionRow, await database.rows(_LIST))


async def end_session(database: Database, session_id: UUID) -> None:
    """End a session for every process, committed when this returns."""
    await database.rows(delete(_sessions).where(_sessions.c.id == session_id))


async def end_sessions(connection: AsyncConnection, session_id: UUID | None = None) -> int:
    """End one session or all in the caller's transaction; return how many had not ended."""
    ended = delete(_sessions).where(_LIVE)
    if session_id is not None:
        ended = ended.where(_sessions.c.id == session_id)
    return (await connection.execute(ended)).rowcount


async def prune(database: Database) -> None:
    """Delete the sessions that are over by their age."""
    await database.rows(delete(_sessions).where(~_LIVE))


_ADD_LINE = insert(_lines)
_LINES = select(*columns(AuditRow, _lines)).order_by(_lines.c.id.desc())


async def add_audit_line(connection: AsyncConnection, line: NewAuditLine) -> None:
    """Write a line. The caller commits."""
    await connection.execute(_ADD_LINE, values(line))


async def find_audit_lines(database: Database, *, before: int | None, limit: int) -> Sequence[AuditRow]:
    """Return up to `limit` lines, newest first; `before`: only older ones than the line with this id."""
    statement = _LINES if before is None else _LINES.where(_lines.c.id < before)
    return read_all(AuditRow, await database.rows(statement.limit(limit)))
