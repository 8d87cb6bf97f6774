"""What goes over the wire about teams."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.auth.caller import Role
from app.auth.names import Name
from app.core.request_model import ChangeModel, RequestModel, Switch

TeamName = Annotated[Name, Field(description="How people call the team; no other team is called so.")]
Hides = Annotated[
    Switch, Field(description="Viewers see no inputs, results, files and error texts of the team's jobs.")
]


class TeamCreate(RequestModel):
    """A new team, which nobody is a member of yet."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Research"}]})

    name: TeamName
    hides_payloads: Hides = False


class TeamUpdate(ChangeModel):
    """What changes of a team; what is left out, or null, stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hides_payloads": True}]})

    name: TeamName | None = None
    hides_payloads: Hides | None = None


class MemberOut(BaseModel):
    """A user who acts for a team; `role` is the user's own, the same in each team."""

    model_config = ConfigDict(from_attributes=True)

    user_id: UUID
    email: str | None
    name: str
    role: Role
    is_active: bool


class TeamSummary(BaseModel):
    """A team. `is_personal`: it is a user's own, and has the user's id."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    hides_payloads: bool
    is_personal: bool
    members: Annotated[int, Field(description="How many.")]
    created_at: datetime


class TeamMembers(BaseModel):
    """Who acts for a team, by name."""

    items: list[MemberOut]


class TeamPage(BaseModel):
    """Some teams, those last made first; `next_cursor` is null on the last page."""

    items: list[TeamSummary]
    next_cursor: str | None
