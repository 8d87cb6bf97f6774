import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis import Redis

from app.local import cluster_check, postgres_files
from app.local.errors import LocalError
from app.local.postgres import Postgres
from app.local.test_servers import database_servers
from tests.rig.ports import free_port

ODD_PASSWORD = "p'w\"x y%/@\\"


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    postgres_files.remove(tmp_path / "data")


async def query(postgres: Postgres, statement: str) -> object:
    url = postgres.url("kept").replace("+asyncpg", "")
    connection = await asyncpg.connect(url, ssl=False)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def test_data_outlives_a_restart_with_another_password(data_dir: Path) -> None:
    with database_servers(data_dir, free_port(), free_port(), "first-password", durable=True) as (postgres, valkey):
        asyncio.run(postgres.create_database("kept"))
        asyncio.run(query(postgres, "CREATE TABLE kept AS SELECT 42 AS answer"))
        with Redis.from_url(valkey.url) as client:
            client.set("answer", "42")
    with database_servers(data_dir, free_port(), free_port(), ODD_PASSWORD, durable=True) as (postgres, valkey):
        asyncio.run(postgres.create_database("kept"))
        assert asyncio.run(query(postgres, "SELECT answer FROM kept")) == 42
        with Redis.from_url(valkey.url) as client:
            assert client.get("answer") == b"42"


def test_a_first_start_that_was_broken_off_leaves_no_half_cluster(data_dir: Path) -> None:
    postgres = Postgres(data_dir, free_port(), "password", durable=False)
    postgres.prepare()
    place = postgres_files.locate(data_dir)
    cluster_check.forget(data_dir / "postgres")
    place.cluster.rename(place.cluster.with_suffix(".new"))
    (place.cluster.with_suffix(".new") / "PG_VERSION").unlink()
    postgres.prepare()
    assert (place.cluster / "PG_VERSION").read_text() == "18\n"
    (place.cluster / "PG_VERSION").write_text("17\n")
    with pytest.raises(LocalError, match="was made by PostgreSQL 17, this is 18"):
        postgres.prepare()


def test_the_files_are_gone_after_a_run_that_keeps_nothing(data_dir: Path) -> None:
    with database_servers(data_dir, free_port(), free_port(), "password"):
        folder = (data_dir / "postgres").resolve()
        assert folder.exists()
    assert not folder.exists()
    assert not (data_dir / "postgres").is_symlink()


def test_only_what_nobody_owns_any_more_is_swept(tmp_path: Path) -> None:
    owned, running, orphan, foreign = (
        tmp_path / f"headrace-{name}" for name in ("owned", "running", "orphan", "other")
    )
    for folder in (owned, running, orphan, foreign):
        (folder / "cluster").mkdir(parents=True)
    (tmp_path / "link").symlink_to(owned)
    (owned / "owner").write_text(str(tmp_path / "link"))
    (running / "owner").write_text(str(tmp_path / "gone"))
    (running / "cluster" / "postmaster.pid").touch()
    (orphan / "owner").write_text(str(tmp_path / "gone"))
    postgres_files._sweep(tmp_path)
    assert [folder.exists() for folder in (owned, running, orphan, foreign)] == [True, True, False, True]


def test_the_log_does_not_tell_the_row_that_was_refused(data_dir: Path) -> None:
    with database_servers(data_dir, free_port(), free_port(), "password") as (postgres, _):
        asyncio.run(postgres.create_database("kept"))
        asyncio.run(query(postgres, "CREATE TABLE small (said text CHECK (length(said) < 3))"))

        async def refused() -> None:
            connection = await asyncpg.connect(postgres.url("kept").replace("+asyncpg", ""), ssl=False)
            try:
                with pytest.raises(asyncpg.CheckViolationError):
                    await connection.execute("INSERT INTO small VALUES ($1)", "marker-of-a-caller")
            finally:
                await connection.close()

        asyncio.run(refused())
        log = (data_dir / "postgres.log").read_text()
    assert "violates check constraint" in log
    assert "marker-of-a-caller" not in log
