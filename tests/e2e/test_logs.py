"""The logs of real processes in production: one JSON line each, and never what a caller sent or got."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import PASSWORD, TOKEN, empty
from tests.rig.stack import eventually, running

JOBS = "/api/v1/jobs"
FINAL = {"completed", "failed", "cancelled"}
INPUT, RESULT, HEADER = "canary-of-the-input", "canary-of-the-result", "canary-of-the-header"
OURS = ("api", "worker", "scheduler")


@pytest.fixture(scope="module")
async def lines(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[dict[str, list[str]]]:
    """All lines of the three processes, after jobs that complete, fail and are refused."""
    await empty(open_database)
    folder = tmp_path_factory.mktemp("logs")
    async with running(
        settings, folder, ENV="production", LOG_FORMAT="auto", LOG_LEVEL="DEBUG", RETRY_SCALE="0.005"
    ) as stack:
        await stack.scripted_model()
        api = await stack.api()
        await stack.worker()
        stack.scheduler()
        await _use(api)
        for process in stack.processes:
            process.signal(15)
        for process in stack.processes:
            await process.ended()
        yield {one.name: one.log.read_text("utf-8").splitlines() for one in stack.processes if one.name in OURS}


async def _use(api: httpx2.AsyncClient) -> None:
    headers = {"X-Request-ID": "find-me-again", "Cookie": f"headrace_session={HEADER}"}
    for plan, status in ((f"500,echo:{RESULT}", "completed"), ("401", "failed")):
        body = {"type": "summarize", "input": {"text": f"{INPUT} [[plan:{plan}]]"}, "metadata": {"note": INPUT}}
        answer = await api.post(JOBS, json=body, headers=headers)
        job: dict[str, Any] = {}

        async def is_final(path: str = f"{JOBS}/{answer.json()['id']}", job: dict[str, Any] = job) -> bool:
            job.update((await api.get(path)).json())
            return job["status"] in FINAL

        await eventually(is_final)
        assert job["status"] == status
        assert status == "failed" or RESULT in json.dumps(job["result"])
    refused = (
        await api.post(JOBS, json={"type": "echo", "input": {"wrong": INPUT}}, headers=headers),
        await api.post(JOBS, content=f'{{"{INPUT}', headers={**headers, "Content-Type": "application/json"}),
        await api.get(JOBS, headers={"X-Service-Token": HEADER, "Authorization": f"Bearer {HEADER}"}),
        await api.get(f"{JOBS}?status={INPUT}", headers=headers),
        await api.post("/api/v1/session", json={"token": HEADER}, headers={"Origin": str(api.base_url)}),
    )
    assert [answer.status_code for answer in refused] == [422, 400, 401, 422, 401]


@pytest.mark.parametrize("name", OURS)
async def test_each_line_is_json_with_level_event_and_time(lines: dict[str, list[str]], name: str) -> None:
    assert lines[name]
    for line in lines[name]:
        try:
            found = json.loads(line)
        except ValueError:
            pytest.fail(f"no JSON: {line}")
        assert {"level", "event", "timestamp"} <= set(found), line


async def test_a_job_s_lines_have_its_id_and_its_request_s(lines: dict[str, list[str]]) -> None:
    told = [json.loads(line) for line in lines["worker"]]
    of_jobs = [line for line in told if line["event"] in {"started", "ended"}]
    assert [line["event"] for line in of_jobs] == ["started", "ended"] * 3
    assert {line["request_id"] for line in of_jobs} == {"find-me-again"}
    assert len({line["job_id"] for line in of_jobs}) == 2


@pytest.mark.parametrize("canary", [INPUT, RESULT, HEADER, TOKEN, PASSWORD, "sk-only-for-tests", "secret-key-only"])
async def test_nothing_that_was_sent_stored_or_kept_secret_is_told(lines: dict[str, list[str]], canary: str) -> None:
    for name in OURS:
        assert not [line for line in lines[name] if canary in line], f"{canary} stands in the log of {name}"
