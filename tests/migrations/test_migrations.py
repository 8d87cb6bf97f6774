"""Migrations: up, down and up again, and the tables as the models say."""

import asyncio

from alembic import command
from alembic.config import Config
from sqlalchemy import text

from app.core.database import Database
from app.ops.health import servers
from tests.conftest import ROOT


async def tables(database: Database) -> set[str]:
    rows = await database.rows(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return {row.tablename for row in rows}


async def test_up_down_up(config: Config, migrated: Database) -> None:
    await asyncio.to_thread(command.upgrade, config, "head")
    there = await tables(migrated)
    assert there >= {"jobs", "job_events", "workers", "idempotency_keys", "job_minutes"}
    await asyncio.to_thread(command.downgrade, config, "base")
    assert await tables(migrated) == {"alembic_version"}
    assert "never run: run `headrace migrate`" in await servers.check_database(migrated)
    await asyncio.to_thread(command.upgrade, config, "head")
    assert await tables(migrated) == there
    assert await servers.check_database(migrated) == ""


async def test_the_models_and_the_migrations_agree(config: Config) -> None:
    await asyncio.to_thread(command.upgrade, config, "head")
    await asyncio.to_thread(command.check, config)


async def test_two_replicas_that_migrate_at_once_wait_for_each_other(config: Config, migrated: Database) -> None:
    await asyncio.to_thread(command.downgrade, config, "base")
    await asyncio.gather(*(_migrate_in_a_process(config) for _ in range(2)))
    assert await servers.check_database(migrated) == ""


async def _migrate_in_a_process(config: Config) -> None:
    import sys

    url = config.get_main_option("sqlalchemy.url")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "alembic",
        "upgrade",
        "head",
        cwd=ROOT,
        env={"DATABASE_URL": str(url), "PATH": ""},
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()[-2000:]
