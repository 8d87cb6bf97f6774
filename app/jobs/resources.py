"""What the jobs room works with in one process; built once, at its start."""

from dataclasses import dataclass

from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.dispatch import DirectSender


@dataclass(frozen=True, slots=True)
class Resources:
    """Connections and settings of the verbs that callers ask for. `context_tokens`: the model's, None = unknown."""

    settings: Settings
    database: Database
    redis: Redis
    sender: DirectSender
    context_tokens: int | None
