"""Say it back, after a while: a job type without a model, for trying things out."""

import asyncio
from typing import Annotated

from pydantic import Field

from app.processors.base import Context, JobType
from app.processors.fields import Strict

MAX_SLEEP_S = 3600
MAX_MESSAGE_CHARS = 10_000


class EchoInput(Strict):
    """What to say, and when."""

    message: Annotated[
        str,
        Field(title="Message", description="Comes back as it is.", max_length=MAX_MESSAGE_CHARS, examples=["Hello"]),
    ]
    sleep_s: Annotated[
        float,
        Field(title="Sleep", description="Seconds to wait first.", ge=0, le=MAX_SLEEP_S, allow_inf_nan=False),
    ] = 0.0


class EchoResult(Strict):
    """What was said."""

    message: str


async def run(given: EchoInput, _context: Context) -> EchoResult:
    """Wait, then return the message."""
    await asyncio.sleep(given.sleep_s)
    return EchoResult(message=given.message)


JOB_TYPE = JobType(
    name="echo",
    title="Echo",
    description="Returns the message, after waiting if asked to. Uses no model.",
    input_model=EchoInput,
    result_model=EchoResult,
    example={"message": "Hello", "sleep_s": 0},
    run=run,
    timeout_s=MAX_SLEEP_S + 60,
)
