"""How much a team may store: beyond it an upload is refused as a whole, whoever else uploads at the same time."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.integration.uploads.sending import FILES, left, send
from tests.rig.applications import started
from tests.rig.people import SERVICE, person

MOST = 10_000
HALF = b"The mill is old. " * 300  # 5,100 bytes


@pytest.fixture
async def app(own_settings: Settings, database: Database, redis: Redis) -> AsyncIterator[FastAPI]:
    """The application where a team may store less than two such files."""
    async with started(own_settings.model_copy(update={"max_stored_bytes_per_team": MOST})) as app:
        yield app


async def stored(database: Database, folder: Path) -> tuple[int, int]:
    """Return how many bytes have a row, and how many files there are, those half received too."""
    row = await database.row(text("SELECT coalesce(sum(size_bytes), 0) AS size FROM files"))
    return int(row.size) if row else 0, len(left(folder))


async def test_what_is_too_much_is_refused_with_both_numbers(
    client: httpx2.AsyncClient, database: Database, folder: Path
) -> None:
    assert (await send(client, HALF)).status_code == 201
    refused = await send(client, HALF)
    assert (refused.status_code, refused.json()["code"]) == (413, "stored_too_much")
    assert "stores 5,100 bytes, and MAX_STORED_BYTES_PER_TEAM allows 10,000" in refused.json()["detail"]
    assert await stored(database, folder) == (len(HALF), 1)
    assert (await send(client, HALF[: MOST - len(HALF)])).status_code == 201
    assert (await send(client, b"x")).status_code == 413
    assert await stored(database, folder) == (MOST, 2)


async def test_there_is_room_again_when_files_are_deleted_or_over(
    client: httpx2.AsyncClient, database: Database
) -> None:
    first = (await send(client, HALF)).json()
    assert (await send(client, HALF)).status_code == 413
    assert (await client.delete(f"{FILES}/{first['id']}")).status_code == 204
    assert (await send(client, HALF)).status_code == 201
    await database.rows(text("UPDATE files SET expires_at = now() - interval '1 s'"))
    assert (await send(client, HALF)).status_code == 201


async def test_each_team_has_its_own_room(anonymous: httpx2.AsyncClient) -> None:
    ada, bob = await person(anonymous), await person(anonymous)
    for headers in (ada.headers, bob.headers, SERVICE):
        answers = [await anonymous.post(FILES, files={"file": ("a.txt", HALF)}, headers=headers) for _ in range(2)]
        assert [one.status_code for one in answers] == [201, 413]


async def test_many_at_once_at_two_processes_store_no_more(
    client: httpx2.AsyncClient, own_settings: Settings, database: Database, folder: Path
) -> None:
    async with started(own_settings.model_copy(update={"max_stored_bytes_per_team": MOST})) as second:
        transport = httpx2.ASGITransport(second, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=SERVICE) as other:
            part = HALF[: MOST // 4]
            answers = await asyncio.gather(*(send((client, other)[number % 2], part) for number in range(16)))
    assert sorted(one.status_code for one in answers) == [201] * 4 + [413] * 12
    assert await stored(database, folder) == (MOST, 4)


async def test_what_says_its_size_is_refused_before_it_is_sent(client: httpx2.AsyncClient) -> None:
    await send(client, HALF)

    async def body() -> AsyncIterator[bytes]:
        yield b"--b\r\n"
        pytest.fail("nobody asked for more")

    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": str(50 * MOST)}
    answer = await client.post(FILES, content=body(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "stored_too_much")
