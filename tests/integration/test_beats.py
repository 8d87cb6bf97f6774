"""A worker or scheduler is ready by its own beat, as the local stack sees it, and not because its process runs."""

import asyncio
import socket

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.redis import scheduler_key
from app.core.settings import Settings
from app.jobs.repository import workers
from app.local import beats
from tests.rig.workers import beat

PID = 1


async def test_a_worker_is_ready_while_its_own_row_is_renewed(settings: Settings, database: Database) -> None:
    async def is_ready(pid: int = PID) -> bool:
        return await asyncio.to_thread(beats.worker(settings), pid)

    host = socket.gethostname()
    assert not await is_ready()
    await beat(database, host="elsewhere")
    assert not await is_ready()
    await beat(database, host=host)
    assert await is_ready()
    assert not await is_ready(PID + 1), "another worker of this machine"
    await database.rows(text("UPDATE workers SET beat_at = now() - interval '20 seconds'"))
    assert not await is_ready(), "frozen"
    await beat(database, host=host)
    await workers.end_worker(database, f"w1@{host}")
    assert not await is_ready(), "stopped"


async def test_a_scheduler_is_ready_while_its_own_key_lives(settings: Settings, redis: Redis) -> None:
    async def is_ready() -> bool:
        return await asyncio.to_thread(beats.scheduler(settings), PID)

    assert not await is_ready()
    await redis.set(scheduler_key(socket.gethostname()), PID + 1)
    assert not await is_ready(), "the one before"
    await redis.set(scheduler_key(socket.gethostname()), PID)
    assert await is_ready()


@pytest.mark.parametrize("check", [beats.worker, beats.scheduler])
async def test_nobody_is_ready_whom_nobody_can_see(settings: Settings, check: object) -> None:
    away = settings.model_copy(
        update={
            name: type(settings.database_url)(url)
            for name, url in (
                ("database_url", "postgresql://a:b@127.0.0.1:1/x"),
                ("redis_url", "redis://127.0.0.1:1/0"),
            )
        }
    )
    assert callable(check)
    assert not await asyncio.to_thread(check(away), PID)
