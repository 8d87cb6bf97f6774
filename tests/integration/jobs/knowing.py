"""Workers that know some job types and models."""

from collections.abc import Mapping, Sequence

from app.core.database import Database
from app.jobs.repository import workers
from app.jobs.repository.eligibility import Known
from app.jobs.repository.workers import Beat

OLD = Known({"echo": "1"}, ("default",))


async def beat(
    database: Database,
    name: str,
    *,
    types: Mapping[str, str] | None = OLD.types,
    models: Sequence[str] | None = OLD.models,
    queue: str = "default",
    state: str = "running",
) -> None:
    row = Beat(
        id=name,
        host="here",
        pid=1,
        queues=[queue],
        slots=5,
        busy=0,
        version="0",
        state=state,
        types=types,
        models=models,
    )
    await workers.beat_worker(database, row, has_claimed=False)
