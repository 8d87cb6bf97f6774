"""What the auth room works with in the API process."""

from dataclasses import dataclass

from redis.asyncio import Redis

from app.auth.guard import Guard
from app.core.database import Database
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Resources:
    """Connections and settings; `provider` and `model` answer where a job names none, as a session is told."""

    settings: Settings
    database: Database
    redis: Redis
    guard: Guard
    provider: str
    model: str
