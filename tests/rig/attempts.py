"""What runs attempts as a worker does, in the test's own process."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Any

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.runtime.executor import Executor
from app.jobs.runtime.lease import Leases
from app.llm.base import Model
from app.processors.base import Context
from app.storage.local import FileStore
from tests.rig import jobs
from tests.rig.invariants import check_invariants

Behaviour = Callable[[Context], Awaitable[Any]]  # of a job type: what it returns is the value of the result
Behave = Callable[[Behaviour], None]


def make_executor(settings: Settings, database: Database, model_of: Callable[[str | None], Model]) -> Executor:
    """Return an executor; `model_of` takes the name that a job asks for."""
    return Executor(
        settings=settings,
        database=database,
        model_of=model_of,
        files=FileStore(settings.files_dir, settings.file_max_bytes),
        leases=Leases(database, lease_s=settings.lease_s),
        worker_id="w1",
        random=Random(7),
    )


async def outcome(executor: Executor, database: Database, **changes: Any) -> tuple[str, str | None]:
    """Run one attempt of a new job and return its status and error code."""
    job_id = await jobs.insert(database, **changes)
    await executor.run(job_id)
    await check_invariants(database, quiet=False)
    assert executor.leases.busy == 0
    row = await jobs.column(database, job_id, "ARRAY[status, error_code]")
    return row[0], row[1]
