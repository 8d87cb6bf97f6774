"""All SQL of the audit log."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Double, bindparam, func, insert, select
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


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which lines are wanted; what is None does not matter.

    `action`: one that ends in a dot, such as `key.`, stands for all that begin so. `since` is within, `until` is not.
    """

    actor: str | None = None
    user_id: UUID | None = None
    key_id: str | None = None
    action: str | None = None
    target: str | None = None
    address: str | None = None
    since: datetime | None = None
    until: datetime | None = None


_lines = table_of(AuditLine)
_ADD_LINE = insert(_lines)
_LINES = select(*columns(AuditRow, _lines)).order_by(_lines.c.id.desc())
_PRUNE = select(func.prune_audit_log(bindparam("kept_days", type_=Double())))


async def add_audit_line(connection: AsyncConnection, line: NewAuditLine) -> None:
    """Write a line. The caller commits."""
    await connection.execute(_ADD_LINE, values(line))


async def find_audit_lines(
    database: Database, wanted: AuditFilter, *, before: int | None, limit: int
) -> Sequence[AuditRow]:
    """Return up to `limit` lines, newest first; `before`: only older ones than the line with this id."""
    statement = _LINES.where(*_conditions(wanted))
    statement = statement if before is None else statement.where(_lines.c.id < before)
    return read_all(AuditRow, await database.rows(statement.limit(limit)))


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for name in ("actor", "user_id", "key_id", "target", "address"):
        if (value := getattr(wanted, name)) is not None:
            yield _lines.c[name] == value
    if wanted.action is not None:
        is_group = wanted.action.endswith(".")
        yield (
            _lines.c.action.startswith(wanted.action, autoescape=True) if is_group else _lines.c.action == wanted.action
        )
    if wanted.since is not None:
        yield _lines.c.at >= wanted.since
    if wanted.until is not None:
        yield _lines.c.at < wanted.until


async def prune_audit_lines(database: Database, *, kept_days: float) -> int:
    """Delete the lines that are older; return how many there were. The tables keep those of 30 days in any case."""
    rows = await database.rows(_PRUNE, {"kept_days": kept_days})
    return int(rows[0][0])
