"""The audit log as operators read it."""

import json
from collections.abc import AsyncIterator
from uuid import UUID

from app.auth import repository
from app.auth.repository import AuditFilter, AuditRow
from app.core import csv_text
from app.core.database import Database
from app.core.logging import get_logger
from app.core.rows import names, values
from app.core.settings import Settings
from app.ops.audit_log.schemas import AuditLineOut, AuditPage

MAX_ID = 2**63 - 1
CSV_LINES = 500  # that are read at once
_log = get_logger(__name__)
_COLUMNS = ("id", "at", *(one for one in names(AuditRow) if one not in {"id", "at", "detail"}), "detail")


async def find_page(
    database: Database, wanted: AuditFilter, *, before: UUID | None, limit: int
) -> tuple[AuditPage, UUID | None]:
    """Return a page of the log, and the line after which the next one begins: its id, written as a UUID."""
    before_id = None if before is None else min(before.int, MAX_ID)
    rows = await repository.find_audit_lines(database, wanted, before=before_id, limit=limit + 1)
    last = UUID(int=rows[limit - 1].id) if len(rows) > limit else None
    return AuditPage(items=[AuditLineOut.model_validate(row) for row in rows[:limit]], next_cursor=None), last


async def as_csv(database: Database, wanted: AuditFilter) -> AsyncIterator[str]:
    """Yield all lines that are wanted as CSV, newest first, behind a line of the columns' names."""
    yield csv_text.line(_COLUMNS)
    before: int | None = None
    while True:
        rows = await repository.find_audit_lines(database, wanted, before=before, limit=CSV_LINES)
        if rows:
            yield "".join(_csv_line(row) for row in rows)
        if len(rows) < CSV_LINES:
            return
        before = rows[-1].id


def _csv_line(row: AuditRow) -> str:
    detail = None if row.detail is None else json.dumps(row.detail, ensure_ascii=False)
    shown = {**values(row), "at": row.at.isoformat(), "detail": detail}
    return csv_text.line(shown[name] for name in _COLUMNS)


async def prune(database: Database, settings: Settings) -> None:
    """Delete the lines that are older than AUDIT_DAYS, however many there are of later ones."""
    if settings.audit_days and (gone := await repository.prune_audit_lines(database, kept_days=settings.audit_days)):
        _log.info("audit_log_pruned", lines=gone)
