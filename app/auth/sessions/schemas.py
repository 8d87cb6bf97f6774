"""What goes over the wire about sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.core.request_model import RequestModel


class SignIn(RequestModel):
    """The service token, or a one-time code, or a user's e-mail address and password."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"token": "the service token"},
                {"username": "ada@example.org", "password": "the mill stood still"},
            ]
        }
    )

    token: Annotated[str | None, Field(max_length=1000)] = None
    code: Annotated[str | None, Field(max_length=200)] = None
    username: Annotated[str | None, Field(max_length=1000)] = None
    password: Annotated[str | None, Field(max_length=2000)] = None


class TeamChoice(RequestModel):
    """For which team a session acts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"team_id": "01a23162-9c88-701e-8ab8-3d1b3f8ccc51"}]})

    team_id: Annotated[
        UUID | None, Field(description="Null, or the caller's own: as after signing in; who operates sees all teams.")
    ]


class SessionOut(BaseModel):
    """Who is signed in, and to what."""

    name: str
    environment: str
    provider: str
    model: str


class OpenSession(BaseModel):
    """A browser that is signed in; `address` is where it was when it signed in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    user_id: UUID
    name: str
    address: str | None
    opened_at: datetime
    expires_at: datetime


class OwnSession(BaseModel):
    """A browser in which the caller is signed in; `is_current`: the one that asks."""

    id: UUID
    address: str | None
    opened_at: datetime
    expires_at: datetime
    is_current: bool


class OwnSessions(BaseModel):
    """The caller's sessions that are open, newest first."""

    items: list[OwnSession]


class SessionsOut(BaseModel):
    """The sessions that are open, newest first."""

    items: list[OpenSession]


class EndedSessions(BaseModel):
    """How many sessions were ended."""

    ended: int
