"""The audit log: a line for each change that an operator makes, kept apart from the jobs and their history."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth.caller import Actor
from app.auth.models import AuditLine
from app.core.database import Database, table_of

_lines = table_of(AuditLine)
_RECORD = insert(_lines)


async def record(
    connection: AsyncConnection,
    actor: Actor,
    action: str,
    target: str,
    *,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a line in the transaction of what was done, so that neither is there without the other."""
    line = {"actor": actor.caller.name, "action": action, "target": target, "detail": detail}
    await connection.execute(_RECORD, line | {"request_id": actor.request_id})


async def find_lines(database: Database, *, before: int | None, limit: int) -> Sequence[Any]:
    """Return up to `limit` lines, newest first; `before`: only older ones than the line with this id."""
    statement = select(_lines).order_by(_lines.c.id.desc()).limit(limit)
    return await database.rows(statement if before is None else statement.where(_lines.c.id < before))
