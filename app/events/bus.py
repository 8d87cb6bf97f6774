"""The only owner of channel names: what is said between processes, and how it is sent and heard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis

from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY

RECONNECT_S = 1.0
_log = get_logger(__name__)


def _worker_channel(worker_id: str) -> str:
    return f"{PREFIX}worker:{worker_id}"


def _job_of(said: bytes) -> UUID | None:
    try:
        return UUID(said.decode())
    except ValueError:  # who can publish may say anything
        return None


async def ask_to_cancel(redis: Redis, worker_id: str, job_id: UUID) -> None:
    """Tell a worker that the end of a job was asked for; if it cannot be told, its next heartbeat finds out."""
    with suppress(*REDIS_AWAY):
        await redis.publish(_worker_channel(worker_id), str(job_id))


async def tell_provider(redis: Redis, provider: str, change: str) -> None:
    """Tell whoever listens that a provider's state has changed; nobody depends on hearing it."""
    with suppress(*REDIS_AWAY):
        await redis.publish(f"{PREFIX}provider:{provider}", change)


async def cancellations(redis: Redis, worker_id: str) -> AsyncIterator[UUID]:
    """Yield the jobs whose end is asked of this worker; goes on for ever, through every outage of Redis."""
    while still_wanted():
        try:
            async with redis.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(_worker_channel(worker_id))
                while still_wanted():
                    message = await channel.get_message(timeout=5)
                    if message is not None and (job_id := _job_of(message["data"])):
                        yield job_id
        except REDIS_AWAY as error:
            _log.warning("bus_lost", error=type(error).__name__)
            await asyncio.sleep(RECONNECT_S)
