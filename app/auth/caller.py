"""The caller: on whose behalf a service verb runs."""

from dataclasses import dataclass
from uuid import UUID

SERVICE_OWNER_ID = UUID("00000000-0000-7000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a proven identity. Every job has an owner, and every verb sees its caller's jobs alone."""

    owner_id: UUID
    name: str


SERVICE = Caller(owner_id=SERVICE_OWNER_ID, name="service")
