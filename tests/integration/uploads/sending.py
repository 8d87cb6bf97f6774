"""How the tests upload, and what they look for afterwards."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import text

from app.core.database import Database

FILES = "/api/v1/files"
MAX_BYTES = 2_000_000
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)
Json = dict[str, Any]
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


async def send(client: httpx2.AsyncClient, content: bytes, name: str = "a.txt") -> httpx2.Response:
    return await client.post(FILES, files={"file": (name, content)})


async def upload(client: httpx2.AsyncClient, content: bytes, name: str = "a.txt") -> Json:
    answer = await send(client, content, name)
    assert answer.status_code == 201, answer.text
    stored: Json = answer.json()
    return stored


def left(folder: Path) -> list[str]:
    """Return the names of all files in the folder."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


async def rows(database: Database) -> int:
    found = await database.row(text("SELECT count(*) AS n FROM files"))
    assert found is not None
    return int(found.n)


async def assert_nothing_is_left(database: Database, folder: Path) -> None:
    assert left(folder) == []
    assert await rows(database) == 0


async def chunked(content: bytes, *, by: int = 50_000) -> AsyncIterator[bytes]:
    for start in range(0, len(content), by):
        yield content[start : start + by]


def body(content: bytes, *, name: str = "a.txt", end: bytes = b"\r\n--b--\r\n") -> bytes:
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return head.encode() + content + end
