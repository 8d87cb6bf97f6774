"""The settings of who may ask, and how often; `Settings` inherits them."""

from typing import Literal

from pydantic import BaseModel


class AccessSettings(BaseModel):
    """Settings of users, keys, limits and the audit log, each documented in `.env.example`."""

    registration: Literal["open", "closed"] = "closed"
