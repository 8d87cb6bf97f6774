"""Pauses and limits of queues and types."""

from app.core.database import Database
from app.jobs.repository import flow_control
from app.jobs.repository.flow_control import Scope


async def pause(database: Database, scope: Scope, name: str) -> None:
    async with database.begin() as connection:
        await flow_control.pause(connection, scope, name)


async def limit(database: Database, scope: Scope, name: str, max_running: int | None) -> None:
    async with database.begin() as connection:
        await flow_control.limit(connection, scope, name, max_running=max_running)
