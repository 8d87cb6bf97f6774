"""The audit log: a line for each change that an operator makes, kept apart from the jobs and their history."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import repository
from app.auth.caller import Actor
from app.auth.repository import NewAuditLine


async def record(
    connection: AsyncConnection,
    actor: Actor,
    action: str,
    target: str,
    *,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Write a line in the transaction of what was done, so that neither is there without the other."""
    line = NewAuditLine(actor.caller.name, action, target, detail, actor.request_id)
    await repository.add_audit_line(connection, line)
