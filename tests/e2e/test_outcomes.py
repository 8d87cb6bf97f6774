"""What a provider may answer and what becomes of the job, through every process, over real HTTP."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack, eventually, running
from tests.scripted_model.witness import read_calls

JOBS = "/api/v1/jobs"
FINAL = {"completed", "failed", "cancelled"}
HURRIED = "hurried"  # the queue whose worker waits for no answer longer than HURRIED_S
HURRIED_S = "3"


class Platform:
    """A running stack as a client sees it, with the provider's own log as witness."""

    def __init__(self, client: httpx2.AsyncClient, log: Path, stack: Stack) -> None:
        self.client, self.log, self.stack = client, log, stack

    async def run(self, plan: str, job_type: str = "summarize", **job: Any) -> dict[str, Any]:
        """Submit a job with a plan for the provider and return it when it has ended."""
        text = f"The provider follows its plan. [[plan:{plan}]]"
        body = {"type": job_type, "input": {"text": text} | job.pop("input", {}), **job}
        answer = await self.client.post(JOBS, json=body)
        assert answer.status_code == 202, answer.text
        return await self.ended(answer.json()["id"])

    async def ended(self, job_id: str) -> dict[str, Any]:
        """Wait for a job's end and return it."""
        shown: dict[str, Any] = {}

        async def is_final() -> bool:
            shown.update((await self.client.get(f"{JOBS}/{job_id}")).json())
            return shown["status"] in FINAL

        await eventually(is_final, what=f"job {job_id} ends")
        return shown

    def calls(self, job: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the calls that the provider has logged for a job."""
        return [call for call in read_calls(self.log) if call["job"] == job["id"]]


@pytest.fixture(scope="module")
async def platform(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Platform]:
    folder = tmp_path_factory.mktemp("platform")
    await empty(open_database)
    queues = f"default,{HURRIED}"
    async with running(settings, folder, RETRY_SCALE="0.005", QUEUES=queues) as stack:
        log = await stack.scripted_model()
        client = await stack.api()
        await asyncio.gather(stack.worker(QUEUES="default"), stack.worker(QUEUES=HURRIED, LLM_TIMEOUT_S=HURRIED_S))
        stack.scheduler()
        yield Platform(client, log, stack)


@pytest.mark.parametrize(
    ("plan", "status", "calls", "code"),
    [
        ("ok", "completed", 1, None),
        ("500,500,ok", "completed", 3, None),
        ("html,broken,reset,ok", "completed", 4, None),
        ("502,503,truncated,empty", "failed", 4, "bad_response"),
        ("500", "failed", 4, "unavailable"),
        ("401", "failed", 1, "auth_failed"),
        ("400", "failed", 2, "provider_rejected"),  # nobody knows why: one more try
        ("context", "failed", 1, "context_too_long"),
        ("402,ok", "completed", 2, None),
    ],
)
async def test_what_becomes_of_a_job(platform: Platform, plan: str, status: str, calls: int, code: str | None) -> None:
    job = await platform.run(plan)
    logged = platform.calls(job)
    assert (job["status"], len(logged), (job["error"] or {}).get("code")) == (status, calls, code)
    assert [call["attempt"] for call in logged] == [str(n + 1) for n in range(calls)]
    assert job["attempt"] == len(job["attempts"]) == calls


async def test_between_two_attempts_a_job_is_scheduled(platform: Platform) -> None:
    job = await platform.run("402,402,ok")
    waits = [event["status"] for event in job["events"] if event["name"] == "retry_scheduled"]
    assert waits == ["pending", "pending"]
    answer = await platform.client.post(JOBS, json={"type": "summarize", "input": {"text": "[[plan:503:600,ok]]"}})
    path = f"{JOBS}/{answer.json()['id']}"

    async def is_scheduled() -> bool:
        return bool((await platform.client.get(path)).json()["status"] == "scheduled")

    await eventually(is_scheduled, what="it waits for its time")
    assert (await platform.client.post(f"{path}/cancel")).status_code == 200


async def test_a_rate_limit_is_waited_for_and_costs_no_attempt(platform: Platform) -> None:
    job = await platform.run("429:2,429date,ok", max_attempts=1)
    assert job["status"] == "completed"
    first, second, third = platform.calls(job)
    assert second["t0"] - first["t1"] >= 2  # the provider's own word, not ours
    assert third["t0"] - second["t1"] >= 0.9  # a date is cut to whole seconds
    assert [(one["outcome"], one["count"]) for one in job["attempts"]] == [("released", 2), ("completed", 1)]


async def test_a_nul_in_the_answer_is_cleaned(platform: Platform) -> None:
    job = await platform.run("nul")
    assert job["status"] == "completed"
    assert "beforeafter" in json.dumps(job["result"])
    assert "\x00" not in job["result"]["summary"]


async def test_a_silent_provider_is_given_up_and_asked_again(platform: Platform) -> None:
    job = await platform.run("stall,ok", queue=HURRIED)
    assert (job["status"], job["attempts"][0]["error"]["code"]) == ("completed", "timeout")


async def test_a_cancelled_job_s_call_is_closed(platform: Platform) -> None:
    answer = await platform.client.post(JOBS, json={"type": "summarize", "input": {"text": "[[plan:slow:600]]"}})
    job = answer.json()
    await eventually(lambda: platform.calls(job), what="the provider is asked")
    assert (await platform.client.post(f"{JOBS}/{job['id']}/cancel")).status_code == 200
    assert (await platform.ended(job["id"]))["status"] == "cancelled"
    await eventually(lambda: platform.calls(job)[0]["t1"], what="the provider sees the end")
    assert [call["disconnected"] for call in platform.calls(job)] == [True]


async def test_every_result_says_who_made_it(platform: Platform) -> None:
    job = await platform.run("ok")
    assert (job["provider"], job["model"]) == ("openai", "gpt-4o-mini")
    assert job["prompt_tokens"] > 0
    assert job["completion_tokens"] > 0
    assert job["prompt_version"].startswith("summarize@")


async def test_an_answer_outside_the_categories_is_repaired_once(platform: Platform) -> None:
    categories = {"categories": ["invoice", "complaint"]}
    repaired = await platform.run("echo:banana,echo:complaint", "classify", input=categories)
    assert repaired["result"]["category"] == "complaint"
    assert [call["step"] for call in platform.calls(repaired)] == ["1", "2"]
    failed = await platform.run("echo:banana", "classify", input=categories)
    assert (failed["status"], failed["error"]["code"], failed["attempt"]) == ("failed", "invalid_output", 1)
    assert failed["error"]["pointer"] == "/category"


async def test_an_extraction_is_a_validated_object(platform: Platform) -> None:
    good = await platform.run("ok", "data_extraction", input={"schema": {"total": "number"}})
    assert isinstance(good["result"]["data"]["total"], float | int)
    bad = await platform.run("wrong_schema", "data_extraction", input={"schema": {"total": "number"}})
    assert (bad["status"], bad["error"]["code"], bad["error"]["pointer"]) == ("failed", "invalid_output", "")


async def test_invalid_output_says_where(platform: Platform) -> None:
    answer = quote('{"rows": [{"a/b": 1}, {"a/b": "x"}]}')
    row = {"type": "object", "properties": {"a/b": {"type": "integer"}}}
    wanted = {"schema": {"properties": {"rows": {"type": "array", "items": row}}}}
    bad = await platform.run(f"echo:{answer}", "data_extraction", input=wanted)
    assert (bad["error"]["code"], bad["error"]["pointer"]) == ("invalid_output", "/rows/1/a~1b")
    assert [call["step"] for call in platform.calls(bad)] == ["1", "2"]


async def test_what_postgresql_cannot_hold_is_taken_out_of_an_answer(platform: Platform) -> None:
    answer = quote(r'{"who": "A\u0000na\ud800"}')
    good = await platform.run(f"echo:{answer}", "data_extraction", input={"schema": {"who": "string"}})
    assert good["result"]["data"] == {"who": "Ana\ufffd"}


async def test_a_crowd_of_jobs_is_asked_about_once_each(platform: Platform, open_database: Database) -> None:
    plans = ["ok", "500,ok", "reset,ok", "429:1,ok"] * 10
    jobs = await asyncio.gather(*(platform.run(plan) for plan in plans))
    assert Counter(job["status"] for job in jobs) == {"completed": len(plans)}
    for job in jobs:
        steps = [(call["attempt"], call["step"]) for call in platform.calls(job)]
        assert len(set(steps)) == len(steps)
    await check_invariants(open_database, quiet=False)


async def test_50_posts_at_once_with_one_key_make_one_job(platform: Platform) -> None:
    body = {"type": "echo", "input": {"message": "once"}}
    headers = {"Idempotency-Key": "fifty-at-once"}
    answers = await asyncio.gather(*(platform.client.post(JOBS, json=body, headers=headers) for _ in range(50)))
    assert Counter(answer.status_code for answer in answers) == {202: 50}
    assert len({answer.content for answer in answers}) == 1
    same = (await platform.client.get(JOBS, params={"type": "echo"})).json()["items"]
    assert [item["id"] for item in same] == [answers[0].json()["id"]]


async def test_the_request_id_reaches_the_worker_s_log(platform: Platform) -> None:
    answer = await platform.client.post(
        JOBS, json={"type": "echo", "input": {"message": "hello"}}, headers={"X-Request-ID": "find-me-again"}
    )
    await platform.ended(answer.json()["id"])
    logs = [one.log.read_text("utf-8") for one in platform.stack.processes if one.name == "worker"]
    assert ["find-me-again" in log for log in logs].count(True) == 1


async def test_no_log_tells_an_input_a_result_or_a_secret(platform: Platform) -> None:
    job = await platform.run("echo:canary-result", input={"text": "canary-input [[plan:500,echo:canary-result]]"})
    assert job["status"] == "completed"
    for process in platform.stack.processes:
        text = process.log.read_text("utf-8", "replace")
        for canary in ("canary-input", "canary-result", "sk-only-for-tests", "only-for-tests-0123456789"):
            assert canary not in text, f"{canary} stands in the log of {process.name}"
