"""The settings of who may ask, and how often; `Settings` inherits them."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

LEAST_AUDIT_DAYS = 30.0  # as the tables have it, which refuse to delete a younger line


def _as_audit_days(days: float) -> float:
    if 0 < days < LEAST_AUDIT_DAYS:
        raise ValueError(f"write at least {LEAST_AUDIT_DAYS:g}, or 0 to keep all lines")
    return days


Days = Annotated[float, Field(ge=0, le=36_500)]


class AccessSettings(BaseModel):
    """Settings of users, keys, limits and the audit log, each documented in `.env.example`."""

    registration: Literal["open", "invite", "closed"] = "closed"
    keys_unused_days: Days = 30.0
    keys_kept_days: Days = 10.0
    audit_days: Annotated[Days, AfterValidator(_as_audit_days)] = 365.0
