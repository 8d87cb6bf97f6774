"""What goes over the wire when somebody cleans up by hand."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.core.request_model import RequestModel, Switch

MAX_DAYS = 36_500.0


class ResendIn(RequestModel):
    """What to do."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True}]})

    dry_run: Annotated[Switch, Field(description="Only count; send nothing.")] = False


class ResendOut(BaseModel):
    """`found` jobs were marked as sent and still waited; `resent` of them go to the broker again now."""

    found: int
    resent: int


class PruneIn(RequestModel):
    """Which jobs to delete: those that ended over so many days ago."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True, "older_than_days": 30}]})

    dry_run: Annotated[Switch, Field(description="Only say what would be deleted.")] = True
    older_than_days: Annotated[
        float | None, Field(strict=True, gt=0, le=MAX_DAYS, description="Default: RETENTION_DAYS.")
    ] = None


class JanitorIn(RequestModel):
    """What the janitor does."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"dry_run": True}]})

    dry_run: Annotated[Switch, Field(description="Only say what would be done.")] = False


class PruneOut(BaseModel):
    """What a pruning would delete."""

    matched: int
    by_status: dict[str, int]
    oldest_finished_at: datetime | None
    kept_days: float
