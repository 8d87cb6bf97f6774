"""Messages between processes, over Redis; the only owner of channel names."""

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
    """Ask a worker to cancel a job. If the message is lost, the worker's next heartbeat finds out."""
    with suppress(*REDIS_AWAY):
        await redis.publish(_worker_channel(worker_id), str(job_id))


async def tell_provider(redis: Redis, provider: str, change: str) -> None:
    """Publish that a provider's state has changed. A lost message does no harm: nothing waits for it."""
    with suppress(*REDIS_AWAY):
        await redis.publish(f"{PREFIX}provider:{provider}", change)


async def cancellations(redis: Redis, worker_id: str) -> AsyncIterator[UUID]:
    """Yield the jobs that this worker is asked to cancel; goes on for ever, through every outage of Redis."""
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
