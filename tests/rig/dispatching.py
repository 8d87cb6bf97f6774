"""A dispatcher, and what it has sent."""

import json
from base64 import b64decode
from uuid import UUID, uuid4

from redis.asyncio import Redis

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.database import Database
from app.jobs.maintenance.dispatcher import Dispatcher


def dispatcher(database: Database, redis: Redis) -> Dispatcher:
    return Dispatcher(database, redis, ["default"], epoch=uuid4().hex)


async def sent(redis: Redis, queue: str = "default") -> list[UUID]:
    """Return the jobs on a queue's lists in the order in which a worker pops them."""
    found: list[UUID] = []
    for step in PRIORITY_STEPS:
        waiting = reversed(await redis.lrange(list_key(queue, step), 0, -1))
        found.extend(UUID(json.loads(b64decode(json.loads(raw)["body"]))[0][0]) for raw in waiting)
    return found


OVER = "lease_expires_at = now() - interval '1 second'"


# The test's PostgreSQL has only just started, and rescue keeps quiet for one lease after that.
NO_LEASE_S = 0.0
