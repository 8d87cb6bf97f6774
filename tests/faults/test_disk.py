"""F13: a disk is full, PostgreSQL's or that of the logs; nothing needs a restart once there is room again."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from app.core.database import Database
from app.core.settings import Settings
from tests.faults.asking import JOBS, count, echo, post, wait_none_open
from tests.faults.conftest import Record, with_own_broker
from tests.rig.disk import small_disk
from tests.rig.invariants import check_invariants
from tests.rig.postgres import OwnPostgres, own_postgres
from tests.rig.stack import eventually, running

DISK = "600m"
DISK_OF_LOGS = "2m"
PAGE_BYTES = 4096  # the last one of a file may still be filled
FULL = frozenset({503, 507})


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk for PostgreSQL's files."""
    with small_disk(tmp_path.name, DISK) as folder:
        yield folder


@pytest.fixture
def disk_of_logs(tmp_path: Path) -> Iterator[Path]:
    """A disk for what the processes write to their outputs."""
    with small_disk(tmp_path.name, DISK_OF_LOGS) as folder:
        yield folder


@pytest.fixture
async def postgres(disk: Path, tmp_path: Path) -> AsyncIterator[OwnPostgres]:
    """A server whose files lie on the small disk."""
    data_dir = tmp_path / "postgres"
    data_dir.mkdir()
    (disk / "root").mkdir(mode=0o711)
    (data_dir / "postgres").symlink_to(disk / "root")
    async with own_postgres(data_dir) as started:
        yield started


@pytest.mark.slow
@pytest.mark.case("F13", "PostgreSQL's disk full", "507 or 503, no 202 without a row; works again without a restart")
async def test_a_full_disk_refuses_and_recovers(
    settings: Settings, postgres: OwnPostgres, disk: Path, tmp_path: Path, record: Record
) -> None:
    database = Database(postgres.url, application_name="tests")
    own = with_own_broker(settings).model_copy(update={"database_url": SecretStr(postgres.url)})
    async with running(own, tmp_path) as stack:
        stack.broker()
        client = await stack.api()
        worker = await stack.worker()
        stack.scheduler()
        accepted = await post(client, echo(), count=10)
        await wait_none_open(database)
        filler = disk / "filler"
        _fill(filler)
        answers = [await _submit(client, accepted) for _ in range(40)]
        filler.unlink()
        assert set(answers) <= FULL | {202}
        assert 507 in answers
        await eventually(lambda: _accepts(client, accepted), within_s=30, what="a submit is accepted again")
        await wait_none_open(database)
        assert worker.is_alive
        assert await count(database) >= len(accepted)
        rows = await check_invariants(database, accepted=accepted)
        assert {row.status for row in rows} == {"completed"}
    await database.close()
    record("507s and 503s", sum(status in FULL for status in answers))


@pytest.mark.slow
@pytest.mark.case("F13", "the disk of the logs full", "jobs go on; lines are written again without a restart")
async def test_a_full_disk_of_the_logs_stops_nobody(
    settings: Settings, database: Database, disk_of_logs: Path, record: Record
) -> None:
    async with running(with_own_broker(settings), disk_of_logs) as stack:
        stack.broker()
        client = await stack.api()
        worker = await stack.worker()
        stack.scheduler()
        accepted = await post(client, echo(), count=10)
        await wait_none_open(database)
        filler = disk_of_logs / "filler"
        _fill(filler)
        full_bytes = worker.log.stat().st_size
        accepted += await post(client, echo(), count=200)
        await wait_none_open(database)
        assert worker.log.stat().st_size <= full_bytes + PAGE_BYTES
        filler.unlink()
        accepted += await post(client, echo(), count=200)
        await wait_none_open(database)
        await eventually(lambda: worker.log.stat().st_size > full_bytes + PAGE_BYTES, what="the worker logs again")
        assert all(process.is_alive for process in stack.processes)
        rows = await check_invariants(database, accepted=accepted)
        assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    record("jobs while it was full", 200)


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 65_536)
        except OSError:
            return


async def _submit(client: httpx2.AsyncClient, accepted: list[str]) -> int:
    """Submit a job with much text that does not compress."""
    body: dict[str, Any] = echo(metadata={"noise": "".join(f"{number * 7919 % 65_521:04x}" for number in range(3500))})
    try:
        answer = await client.post(JOBS, json=body)
    except httpx2.TransportError:  # an idle connection that the API had just closed
        return 503
    if answer.status_code == 202:
        accepted.append(answer.json()["id"])
    return answer.status_code


async def _accepts(client: httpx2.AsyncClient, accepted: list[str]) -> bool:
    return await _submit(client, accepted) == 202
