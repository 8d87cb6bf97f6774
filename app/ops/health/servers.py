"""Whether PostgreSQL and Redis can do what a process asks of them, and if not, why: in words, without internals."""

from redis.asyncio import Redis
from sqlalchemy import text

from app.core import database_reasons, redis_reasons
from app.core.database import Database
from app.core.redis import PREFIX
from app.ops.health import schema_version

HEALTH_KEY = f"{PREFIX}health"
HEALTH_KEY_S = 60
_TAKES_WRITES = text("SELECT NOT pg_is_in_recovery() AND current_setting('transaction_read_only') = 'off' AS found")


async def check_database(database: Database) -> str:
    """Return what is wrong with PostgreSQL or its migrations, or an empty string."""
    row = await database.row(_TAKES_WRITES)
    if row is None or not row.found:
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
