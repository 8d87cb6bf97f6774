"""Each field that a caller may give a job is stored: one that the submit does not hand on would be taken and lost."""

from datetime import datetime, timedelta
from typing import Any

import httpx2

from app.core.clock import utc_now
from app.jobs.schemas import JobCreate

# Of each field a value that is not its default; a new one belongs here, too.
GIVEN: dict[str, Any] = {
    "type": "summarize",
    "input": {"text": "The river is high today."},
    "priority": "low",
    "queue": "default",
    "run_at": (utc_now() + timedelta(days=1)).replace(microsecond=0).isoformat(),
    "max_attempts": 2,
    "max_crashes": 3,
    "timeout_s": 77,
    "deadline_s": 7_200,
    "model": "default",
    "max_refusals": 11,
    "max_cost_usd": 0.25,
    "metadata": {"customer": "Mill"},
}
SHOWN_AS = {"model": "requested_model"}


async def test_every_field_of_a_job_is_kept(client: httpx2.AsyncClient) -> None:
    assert GIVEN.keys() | {"delay_s"} == JobCreate.model_fields.keys()  # it excludes run_at, and has tests of its own
    answer = await client.post("/api/v1/jobs", json=GIVEN)
    assert answer.status_code == 202, answer.text
    shown = (await client.get(answer.headers["Location"])).json()
    run_at, deadline_at = (datetime.fromisoformat(shown[name]) for name in ("run_at", "deadline_at"))
    assert deadline_at - run_at == timedelta(seconds=GIVEN["deadline_s"])
    assert run_at == datetime.fromisoformat(GIVEN["run_at"])
    same = {name: value for name, value in GIVEN.items() if name not in {"run_at", "deadline_s"}}
    assert {name: shown[SHOWN_AS.get(name, name)] for name in same} == same
