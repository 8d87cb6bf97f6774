"""The audit log: a line for each change that somebody makes to the platform, apart from the jobs and their history."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import repository
from app.auth.caller import NOBODY_ID, Actor
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
    caller = actor.caller
    line = NewAuditLine(
        actor=caller.name,
        action=action,
        target=target,
        detail=detail,
        request_id=actor.request_id,
        user_id=None if caller.user_id == NOBODY_ID else caller.user_id,
        key_id=caller.key_id,
        address=actor.address or None,
        agent=actor.agent or None,
    )
    await repository.add_audit_line(connection, line)
