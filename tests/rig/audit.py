"""The audit log's lines."""

from typing import Any

from sqlalchemy import text

from app.core.database import Database


async def audit(database: Database) -> list[tuple[str, str, Any]]:
    rows = await database.rows(text("SELECT action, target, detail FROM audit_log ORDER BY id"))
    return [tuple(row) for row in rows]
