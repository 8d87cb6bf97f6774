"""What is named by its id is found by the id's index, whoever asks: such a statement is prepared and planned once."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.repository import commands, read
from app.storage import repository as files
from load_test import bench_size, buffers
from tests.rig import jobs


async def _command(name: str, database: Database, owner_id: UUID | None, job_id: UUID) -> Any:
    more = {"being_cancelled": False} if name == "remove" else {}
    async with database.begin() as connection:
        return await getattr(commands, name)(connection, owner_id, job_id, **more)


def _of(name: str) -> Callable[[Database, UUID | None, UUID], Awaitable[Any]]:
    return lambda database, owner_id, job_id: _command(name, database, owner_id, job_id)


VERBS: dict[str, Callable[[Database, UUID | None, UUID], Awaitable[Any]]] = {
    "get": read.get,
    "input": read.find_input,
    **{name: _of(name) for name in ("cancel", "retry", "remove", "lock", "find_status")},
    "file": files.get,
    "delete a file": files.remove,
}


@pytest.fixture
async def many(database: Database) -> Database:
    await bench_size.fill(database, SERVICE_OWNER_ID, 2_000)
    await database.rows(
        text("""
            INSERT INTO files (id, owner_id, name, media_type, size_bytes, sha256, expires_at)
            SELECT gen_random_uuid(), :owner_id, 'a', 'text/plain', 1, 'x', now() + interval '1 day'
            FROM generate_series(1, 2000)
        """),
        {"owner_id": SERVICE_OWNER_ID},
    )
    await database.rows(text("ANALYZE files"))
    await buffers.vacuum(database)
    return database


async def _generic_plan(database: Database, statement: str) -> list[str]:
    count = max(int(number) for number in re.findall(r"\$(\d+)", statement))
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL plan_cache_mode = force_generic_plan"))
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"PREPARE by_id AS {statement}")
        lines = await raw.fetch(f"EXPLAIN EXECUTE by_id ({', '.join(['NULL'] * count)})")
        await raw.execute("DEALLOCATE by_id")
    return [line[0] for line in lines]


async def test_one_plan_for_every_caller_uses_the_primary_key(many: Database) -> None:
    for name, verb in VERBS.items():
        with buffers.listening(many) as sent:
            for owner_id in (SERVICE_OWNER_ID, None):
                await verb(many, owner_id, uuid4())
        [statement] = {one.sql for one in sent}  # the same for both
        lines = await _generic_plan(many, statement)
        scans = [line.split("->")[-1].strip() for line in lines if " on jobs " in line or " on files " in line]
        found = {scan[1] for one in scans if (scan := re.match(r"(.*Scan.*) on ", one))}
        assert found in ({"Index Scan using jobs_pkey"}, {"Index Scan using files_pkey"}), (name, lines)


async def test_a_row_is_found_for_its_team_and_for_who_sees_all(database: Database) -> None:
    job_id = await jobs.insert(database)
    found = await asyncio.gather(*(read.get(database, owner, job_id) for owner in (SERVICE_OWNER_ID, None, uuid4())))
    assert [row is not None for row in found] == [True, True, False]
