"""The body of a change to a waiting job."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, model_validator

from app.core.request_model import JSON_NUMBER, ChangeModel
from app.jobs.schemas import MAX_DELAY_S, Priority, Reachable


class JobUpdate(ChangeModel):
    """What is to be another with a job that waits; what is left out, or null, stays as it is."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"priority": "high"}, {"run_at": "2027-01-01T08:00:00Z"}]}
    )

    priority: Annotated[Priority | None, Field(description="high goes first.")] = None
    queue: Annotated[str | None, Field(min_length=1, max_length=64, description="One of QUEUES.")] = None
    run_at: Annotated[
        Reachable | None,
        Field(
            description="Not before this time; a time that is over: now. A deadline moves along before the first try."
        ),
    ] = None
    delay_s: Annotated[
        float | None, Field(ge=0, le=MAX_DELAY_S, description="Not before so many seconds."), JSON_NUMBER
    ] = None
    deadline_s: Annotated[
        int | None,
        Field(ge=1, le=MAX_DELAY_S, description="The job ends, done or not, so many seconds after run_at."),
        JSON_NUMBER,
    ] = None
    deadline_at: Annotated[Reachable | None, Field(description="The job ends, done or not, by this time.")] = None
    max_attempts: Annotated[int | None, Field(ge=1, le=25, description="More than were used already."), JSON_NUMBER] = (
        None
    )
    metadata: Annotated[
        dict[str, Any] | None, Field(description="Takes the place of what was there; at most 16 KiB as JSON.")
    ] = None

    @model_validator(mode="after")
    def _sensible(self) -> "JobUpdate":
        for one, other in (("run_at", "delay_s"), ("deadline_s", "deadline_at")):
            if getattr(self, one) is not None and getattr(self, other) is not None:
                msg = f"give {one} or {other}, not both"
                raise ValueError(msg)
        return self
