"""The settings of who may ask, and how often; `Settings` inherits them."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from app.core.setting_types import Origins

_A_BILLION = 1_000_000_000
Most = Annotated[int, Field(ge=0, le=_A_BILLION)]  # 0: any number


class AccessSettings(BaseModel):
    """Settings of users, keys, limits and the audit log, each documented in `.env.example`."""

    registration: Literal["open", "closed"] = "closed"
    requests_per_hour: Most = 500
    requests_burst: Most = 300
    requests_per_hour_of_service: Most = 0
    requests_per_minute_of_address: Most = 600
    max_stored_bytes_per_team: Annotated[int, Field(ge=0, le=_A_BILLION**2)] = 0
    cors_origins: Origins = ()
