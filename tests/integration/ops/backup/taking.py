"""Taking a backup of a database, and restoring it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Base, Database
from app.core.settings import Settings
from app.local.backup import new_file
from app.ops.backup import repository, service
from app.storage.form import UploadForm
from app.storage.uploads import open_uploads


async def rows(database: Database) -> dict[str, list[Any]]:
    """Return all rows that a backup has, without when they are next sent."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name not in repository.LEFT_OUT:
            shown = await database.rows(
                text(f"SELECT to_jsonb(t) - 'dispatch_at' - 'dispatch_count' AS row FROM {table.name} t")
            )
            found[table.name] = sorted(json.dumps(one.row, sort_keys=True) for one in shown)
    return found


async def take(settings: Settings, path: Path, **how: Any) -> dict[str, Any]:
    def act() -> None:
        with new_file(path) as target:
            service.take(settings, target, **{"with_credentials": False, **how})

    await asyncio.to_thread(act)
    return service.check(path)


async def restore(settings: Settings, path: Path, *, replace: bool = False) -> int:
    manifest = service.check(path)
    return await asyncio.to_thread(service.restore, settings, path, manifest, replace=replace)


CONTENT = b"%PDF-1.7 and so on"


async def upload(settings: Settings, database: Database) -> UUID:
    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n' + CONTENT
        yield b"\r\n--b--\r\n"

    form = UploadForm("multipart/form-data; boundary=b", body())
    stored = await open_uploads(settings, database).receive(SERVICE_OWNER_ID, form)
    return UUID(str(stored.id))
