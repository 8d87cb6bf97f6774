"""The log says of an attempt's end what became of its job, and nothing that is not so."""

from typing import Any

import pytest
import structlog
from pydantic import BaseModel
from structlog.testing import capture_logs

from app.core.database import Database
from app.core.settings import Settings
from app.jobs.maintenance import rescuer
from app.jobs.maintenance.rescuer import Rescuer
from app.jobs.repository import maintenance
from app.jobs.runtime import executor as executor_module
from app.jobs.runtime.executor import Executor
from app.llm.base import ModelError, NotAdmitted, WaitReason
from app.processors import registry
from app.processors.base import Context, JobType
from tests.rig import jobs


class Given(BaseModel):
    message: str = ""


BUSY = NotAdmitted(WaitReason.PROVIDER_DOWN, "wait", delay_s=30, provider="p")


@pytest.mark.parametrize(
    ("error", "changes", "said"),
    [
        (ModelError("unavailable", "503"), {}, ("pending", "retry_scheduled", True)),
        (ModelError("unavailable", "503"), {"max_attempts": 1}, ("failed", None, False)),
        (ModelError("unavailable", "503", retry_after_s=500), {"deadline_s": 300}, ("failed", None, False)),
        (ModelError("auth_failed", "401"), {}, ("failed", None, False)),
        (BUSY, {}, ("pending", "released", True)),
        (BUSY, {"deadline_s": 20}, ("failed", None, False)),
        (None, {}, ("completed", None, False)),
    ],
)
async def test_only_a_job_that_waits_again_has_a_next_time(
    executor: Executor,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception | None,
    changes: dict[str, Any],
    said: tuple[str, str | None, bool],
) -> None:
    async def run(_: Given, __: Context) -> Given:
        if error:
            raise error
        return Given()

    job_type: JobType[Any, Any] = JobType("echo", "T", "D", Given, Given, {}, run)
    monkeypatch.setattr(registry, "get", {"echo": job_type}.get)
    job_id = await jobs.insert(database, **changes)
    monkeypatch.setattr(executor_module, "_log", structlog.get_logger())  # one that is bound to nothing yet
    with capture_logs() as lines:
        await executor.run(job_id)
    (line,) = [line for line in lines if line["event"] == "ended"]
    assert (line["status"], line.get("then"), "retry_in_s" in line) == said


@pytest.mark.parametrize(("max_crashes", "event"), [(3, "rescued"), (1, "worker_lost")])
async def test_only_a_job_that_goes_on_is_rescued(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, max_crashes: int, event: str
) -> None:
    rescue = maintenance.rescue
    monkeypatch.setattr(
        maintenance, "rescue", lambda database, *, lease_s: rescue(database, lease_s=0.0)
    )  # no quiet time
    await jobs.claim(database, await jobs.insert(database, max_crashes=max_crashes), lease_s=-10.0)
    monkeypatch.setattr(rescuer, "_log", structlog.get_logger())
    with capture_logs() as lines:
        await Rescuer(database, settings)._rescue()
    assert [line["event"] for line in lines] == [event]
