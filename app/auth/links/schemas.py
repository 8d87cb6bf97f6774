"""What goes over the wire of one-time links."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.auth.caller import Role
from app.auth.users.schemas import Email, Password, UserName
from app.core.request_model import JSON_NUMBER, RequestModel

LinkToken = Annotated[str, Field(min_length=1, max_length=200, description="What stands behind # in the link.")]


class InviteCreate(RequestModel):
    """Who is invited, and as what."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"email": "ada@example.org", "role": "operator"}]})

    email: Email
    role: Role = Role.MEMBER
    team_id: Annotated[UUID | None, Field(description="A team that the user acts for, beside his own.")] = None
    expires_in_days: Annotated[int, Field(ge=1, le=30, description="After how many days it ends."), JSON_NUMBER] = 7


class InviteOut(BaseModel):
    """An invite without its token."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    role: Role
    team_id: UUID | None
    is_live: Annotated[
        bool, Field(description="It is neither used nor revoked nor over, and its maker is an administrator still.")
    ]
    made_by: UUID
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    user_id: Annotated[UUID | None, Field(description="Who came by it.")]
    revoked_at: datetime | None


class InviteMade(InviteOut):
    """An invite with its link, which is shown this once."""

    link: str


class InvitePage(BaseModel):
    """Some invites, those last made first; `next_cursor` is null on the last page."""

    items: list[InviteOut]
    next_cursor: str | None


class ResetMade(BaseModel):
    """The link by which a user sets a new password, once; it is shown this once."""

    email: str
    expires_at: datetime
    link: str


class InviteAccept(RequestModel):
    """Who comes by an invite."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "hr_link_…", "name": "Ada", "password": "a mill stood still"}]}
    )

    token: LinkToken
    name: UserName
    password: Password


class PasswordReset(RequestModel):
    """The password in the place of one that is lost."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"token": "hr_link_…", "password": "a mill stood still"}]}
    )

    token: LinkToken
    password: Password


class Welcome(BaseModel):
    """By which address the user signs in now."""

    email: str


class Registration(RequestModel):
    """Who registers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"email": "ada@example.org", "name": "Ada", "password": "a mill stood still"}]}
    )

    email: Email
    name: UserName
    password: Password
