"""All SQL of the audit log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.models import AuditLine
from app.core.database import Database, table_of
from app.core.rows import columns, read_all, values


@dataclass(frozen=True, slots=True)
class NewAuditLine:
    """Who did what to which target, in which request."""

    actor: str
    action: str
    target: str
    detail: Mapping[str, Any] | None
    request_id: str | None
    user_id: UUID | None
    key_id: str | None
    address: str | None
    agent: str | None


@dataclass(frozen=True, slots=True)
class AuditRow(NewAuditLine):
    """A line of the audit log."""

    id: int
    at: datetime


_lines = table_of(AuditLine)
_ADD_LINE = insert(_lines)
_LINES = select(*columns(AuditRow, _lines)).order_by(_lines.c.id.desc())


async def add_audit_line(connection: AsyncConnection, line: NewAuditLine) -> None:
    """Write a line. The caller commits."""
    await connection.execute(_ADD_LINE, values(line))


async def find_audit_lines(database: Database, *, before: int | None, limit: int) -> Sequence[AuditRow]:
    """Return up to `limit` lines, newest first; `before`: only older ones than the line with this id."""
    statement = _LINES if before is None else _LINES.where(_lines.c.id < before)
    return read_all(AuditRow, await database.rows(statement.limit(limit)))
