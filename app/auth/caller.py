"""The caller: on whose behalf a service verb runs; and the actor: that caller within one request."""

from dataclasses import dataclass
from uuid import UUID

SERVICE_OWNER_ID = UUID("00000000-0000-7000-8000-000000000001")


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a proven identity. Every job has an owner, and every verb sees its caller's jobs alone."""

    owner_id: UUID
    name: str


SERVICE = Caller(owner_id=SERVICE_OWNER_ID, name="service")


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller in one request: what a job, a session and the audit log keep of who acted."""

    caller: Caller
    request_id: str | None = None
    address: str = ""  # the client's, empty where there is none
