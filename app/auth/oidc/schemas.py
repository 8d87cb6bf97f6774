"""What goes over the wire about ways to sign in."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field


class SingleSignOn(BaseModel):
    """The provider at which users sign in."""

    name: Annotated[str, Field(description="What the button says: sign in with this.")]
    is_automatic: Annotated[bool, Field(description="The sign-in page goes there at once, unless it has local=1.")]


class SignInMethods(BaseModel):
    """How one can sign in here; the service token and a link of `headrace signin` are always taken."""

    password: Annotated[bool, Field(description="E-mail addresses and passwords are taken.")]
    single_sign_on: Annotated[SingleSignOn | None, Field(description="Null without a provider.")]
    registration: Annotated[Literal["open", "closed"], Field(description="Open: anybody may make an account.")]


class SignedOut(BaseModel):
    """The session is over."""

    url: Annotated[str, Field(description="Where the browser goes now: to the provider, to sign out there, or back.")]
