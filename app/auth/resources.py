"""What the auth room works with in the API process."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from redis.asyncio import Redis

from app.auth.guard import Guard
from app.auth.key_limits import Nameable
from app.auth.passwords import Passwords
from app.auth.principals import Principals
from app.auth.revocations import Revocations
from app.core.application_state import FromState
from app.core.database import Database
from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Resources:
    """Connections and settings; `provider` and `model` answer where a job names none, as a session is told.

    `nameable`: the job types and models that a key may be for.
    """

    settings: Settings
    database: Database
    redis: Redis
    guard: Guard
    revocations: Revocations
    passwords: Passwords
    provider: str
    model: str
    nameable: Nameable

    @property
    def principals(self) -> Principals:
        """Those whom this process remembers."""
        return self.revocations.principals


CurrentResources = Annotated[Resources, Depends(FromState(Resources))]
