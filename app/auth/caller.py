"""The caller: on whose behalf a service verb runs, and what it may; and the actor: that caller within one request."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

SERVICE_OWNER_ID = UUID("00000000-0000-7000-8000-000000000001")  # of the service account's user, and of its team
NOBODY_ID = UUID(int=0)  # of what acts by itself, such as the gate that tells of guesses


class Right(StrEnum):
    """What a route asks for, and what a key may be given; its scopes have these names."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    FILES = "files"
    OPERATE = "operate"
    ADMIN = "admin"


class Role(StrEnum):
    """What a user is, and so the most that the user's keys can do."""

    ADMIN = "admin"  # everything, users and anybody's keys included
    OPERATOR = "operator"  # the jobs of all teams, queues and providers; no users
    MEMBER = "member"  # the jobs of the own teams
    VIEWER = "viewer"  # reads the jobs of the own teams


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.ADMIN: frozenset(Right),
    Role.OPERATOR: frozenset(Right) - {Right.ADMIN},
    Role.MEMBER: frozenset({Right.JOBS_READ, Right.JOBS_WRITE, Right.FILES}),
    Role.VIEWER: frozenset({Right.JOBS_READ}),
}
SEES_ALL = frozenset({Role.ADMIN, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody with a proven identity, who acts for one team. Every job, file and key has a team as its owner.

    `owner_id` is that team: what the caller makes belongs to it. `is_narrowed`: it was named in the request, or the
    key is for it alone, so that who may see all teams sees this one. `is_blind`: a viewer, from whom the team hides
    inputs, results and what may quote them. `models` and `job_types`: what jobs may name, None for anything.
    `requests_per_hour` is the user's own limit, 0 for none at all, None for everybody's; a key may have one beside it.
    """

    owner_id: UUID
    name: str
    role: Role = Role.MEMBER
    rights: frozenset[Right] = RIGHTS[Role.MEMBER]
    user_id: UUID = SERVICE_OWNER_ID
    is_narrowed: bool = False
    is_blind: bool = False
    key_id: str | None = None  # None: no API key
    models: frozenset[str] | None = None
    job_types: frozenset[str] | None = None
    requests_per_hour: int | None = None
    key_requests_per_hour: int | None = None

    @property
    def sees(self) -> UUID | None:
        """The team whose rows the caller sees, None for those of every team."""
        return None if self.role in SEES_ALL and not self.is_narrowed else self.owner_id


NOBODY = Caller(NOBODY_ID, "nobody", user_id=NOBODY_ID)  # who has not signed in
SERVICE = Caller(owner_id=SERVICE_OWNER_ID, name="service", role=Role.ADMIN, rights=RIGHTS[Role.ADMIN])


@dataclass(frozen=True, slots=True)
class Actor:
    """A caller in one request: what a job, a session and the audit log keep of who acted."""

    caller: Caller
    request_id: str | None = None
    address: str = ""  # the client's, empty where there is none
    agent: str = ""  # what the client calls itself
