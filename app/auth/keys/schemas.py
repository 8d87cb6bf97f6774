"""What goes over the wire about API keys."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.auth.caller import Right
from app.auth.names import Name
from app.core.request_model import JSON_NUMBER, NAME, RequestModel

MOST_NAMES = 100
MOST_REQUESTS = 1_000_000_000
Description = Annotated[Name, Field(description="What the key is for.")]
ExpiresInDays = Annotated[int, Field(ge=1, le=365, description="After how many days it ends."), JSON_NUMBER]
ModelName = Annotated[str, Field(min_length=1, max_length=200)]
TypeName = Annotated[str, Field(pattern=NAME)]


class KeyCreate(RequestModel):
    """A new key of the caller's, for the team that the caller acts for."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"description": "nightly import", "scopes": ["jobs:read", "jobs:write"]}]}
    )

    description: Description
    scopes: Annotated[
        list[Right] | None,
        Field(
            min_length=1,
            max_length=len(Right),
            description="Some of the caller's rights; without it those of them that are for jobs and files.",
        ),
    ] = None
    models: Annotated[
        list[ModelName] | None,
        Field(
            min_length=1,
            max_length=MOST_NAMES,
            description="Models and aliases that jobs may name, or what else stands for no other model; null: any.",
        ),
    ] = None
    job_types: Annotated[
        list[TypeName] | None, Field(min_length=1, max_length=MOST_NAMES, description="Null: all job types.")
    ] = None
    requests_per_hour: Annotated[
        int | None,
        Field(ge=1, le=MOST_REQUESTS, description="Null: only what all keys and tokens of its user may make together."),
        JSON_NUMBER,
    ] = None
    expires_in_days: ExpiresInDays = 90


class KeyRotate(RequestModel):
    """How a key is replaced by another."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"overlap_hours": 24}]})

    overlap_hours: Annotated[
        float, Field(ge=0, le=720, description="For how long the old one goes on opening what it did."), JSON_NUMBER
    ] = 24.0
    expires_in_days: Annotated[
        ExpiresInDays | None,
        Field(description="When the new one ends; without it, it lasts as long as the old one."),
    ] = None


class KeyOut(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    prefix: Annotated[str, Field(description="How the key begins.")]
    description: str
    user_id: UUID
    team_id: UUID
    scopes: list[Right]
    models: list[str] | None
    job_types: list[str] | None
    requests_per_hour: Annotated[int | None, Field(description="Null: only what its user may make.")]
    is_active: Annotated[bool, Field(description="It is neither revoked nor deactivated nor over.")]
    created_at: datetime
    expires_at: datetime
    last_used_at: Annotated[datetime | None, Field(description="To the minute.")]
    revoked_at: datetime | None
    revoked_by: Annotated[UUID | None, Field(description="Who did; what an administrator did, only one undoes.")]
    deactivated_at: Annotated[datetime | None, Field(description="When it was over, or unused for too long.")]
    rotated_to: Annotated[str | None, Field(description="The id of the key in its place.")]


class KeyMade(KeyOut):
    """A key with its secret, which is shown this once."""

    key: str


class KeyPage(BaseModel):
    """Some keys, newest first; `next_cursor` is null on the last page."""

    items: list[KeyOut]
    next_cursor: str | None


class KeysCleaned(BaseModel):
    """The ids of keys by what the janitor did, or would do: at most 1,000 of each at once."""

    dry_run: bool
    expired: Annotated[list[str], Field(description="Deactivated, since they have ended.")]
    unused: Annotated[list[str], Field(description="Deactivated, since nobody used them for KEYS_UNUSED_DAYS.")]
    deleted: Annotated[list[str], Field(description="Deleted, KEYS_KEPT_DAYS after they were deactivated.")]
