"""What goes over the wire of signing in with a password."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.auth.users.schemas import Password
from app.core.request_model import RequestModel

ShownToken = Annotated[str, Field(min_length=1, max_length=200)]


class Tokens(BaseModel):
    """What opens the API for a user, as `Authorization: Bearer`, and what buys the next pair."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 - as OAuth has it
    expires_in: Annotated[int, Field(description="Seconds until the access token is over.")]
    refresh_token: str


class RefreshIn(RequestModel):
    """A refresh token."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"refresh_token": "hr_refresh_…"}]})

    refresh_token: ShownToken


class PasswordChange(RequestModel):
    """The caller's password, and the one in its place."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"current": "the mill stood still", "new": "the river ran high"}]}
    )

    current: Annotated[str, Field(max_length=2000)]
    new: Password
