"""What goes over the wire about users."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.auth.caller import Right, Role
from app.auth.names import Name
from app.auth.passwords import MAX_CHARS, MIN_CHARS
from app.core.request_model import JSON_NUMBER, ChangeModel, RequestModel, Switch

Email = Annotated[str, Field(min_length=3, max_length=254, description="An e-mail address; capitals do not matter.")]
UserName = Annotated[Name, Field(description="How people call the user.")]
Password = Annotated[str, Field(min_length=MIN_CHARS, max_length=MAX_CHARS, description="None that is common.")]


class UserCreate(RequestModel):
    """A new user."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.org", "name": "Ada", "password": "a mill stood still"}]}
    )

    email: Email
    name: UserName
    password: Password
    role: Role = Role.MEMBER


class UserUpdate(ChangeModel):
    """What changes of a user; what is left out, or null, stays, but for the limit of requests."""

    sets_back = frozenset({"requests_per_hour"})
    model_config = ConfigDict(json_schema_extra={"examples": [{"role": "operator"}, {"is_active": False}]})

    role: Role | None = None
    is_active: Annotated[Switch | None, Field(description="False: no credential of his is taken any more.")] = None
    name: UserName | None = None
    password: Annotated[Password | None, Field(description="A new one; his sessions and tokens end.")] = None
    requests_per_hour: Annotated[
        int | None,
        Field(ge=0, le=1_000_000_000, description="0: any number; null: as the settings say for everybody."),
        JSON_NUMBER,
    ] = None


class UserOut(BaseModel):
    """A user."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str | None
    name: str
    role: Role
    is_active: bool
    is_service: Annotated[bool, Field(description="The account of the service token, which nobody signs in to.")]
    requests_per_hour: Annotated[int | None, Field(description="Null: as the settings say; 0: any number.")]
    created_at: datetime
    last_seen_at: datetime | None


class UserPage(BaseModel):
    """Some users, those last made first; `next_cursor` is null on the last page."""

    items: list[UserOut]
    next_cursor: str | None


class TeamOut(BaseModel):
    """A team that the caller may act for, by the header X-Team, or in a browser by its session."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    hides_payloads: bool


class Me(BaseModel):
    """Who asks, and what he may."""

    user_id: UUID
    name: str
    email: str | None
    role: Role
    rights: list[Right]
    team_id: Annotated[UUID, Field(description="The team that what is made now belongs to.")]
    sees_all_teams: Annotated[bool, Field(description="Whose rows are shown: those of all teams, or of `team_id`.")]
    teams: list[TeamOut]
    key_id: Annotated[str | None, Field(description="The API key that was shown, null for none.")]
