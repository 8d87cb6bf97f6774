"""Whether PostgreSQL and Redis can do what a process asks of them, and if not, why: in words, without internals."""

from redis.asyncio import Redis

from app.core import database_reasons, redis_reasons
from app.core.database import Database
from app.core.redis import PREFIX
from app.ops.health import repository, schema_version

HEALTH_KEY = f"{PREFIX}health"
HEALTH_KEY_S = 60


async def check_database(database: Database) -> str:
    """Return what is wrong with PostgreSQL or its migrations, or an empty string."""
    if not await repository.takes_writes(database):
        return database_reasons.SQLSTATES["25006"]
    return await schema_version.check(database)


async def check_redis(redis: Redis) -> str:
    """Write to Redis, since one that is read-only or full answers a PING as ever; raises when it cannot."""
    await redis.set(HEALTH_KEY, "1", ex=HEALTH_KEY_S)
    return ""


def why_no_database(error: BaseException) -> str:
    """Return why PostgreSQL cannot be used."""
    return database_reasons.reason(error)


def why_no_redis(error: BaseException) -> str:
    """Return why Redis cannot be used."""
    return f"Redis: {redis_reasons.reason(error)}"
