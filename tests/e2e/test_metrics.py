"""The metrics of real worker and scheduler processes, scraped over HTTP."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from app.ops.doctor.database import SCHEDULER_CONNECTIONS
from tests.conftest import empty
from tests.rig.exposition import Samples, risen, scrape, selectors, value
from tests.rig.ports import free_port
from tests.rig.stack import Stack, eventually, running

JOBS = "/api/v1/jobs"
FINAL = {"completed", "failed", "cancelled"}
MODEL = "model=gpt-4o-mini,provider=openai"


class Scraped:
    """A running stack, with an address for each process's metrics."""

    def __init__(self, api: httpx2.AsyncClient, stack: Stack, worker: str, scheduler: str) -> None:
        self.api, self.stack, self.worker, self.scheduler = api, stack, worker, scheduler

    async def run(self, plan: str, **changes: Any) -> dict[str, Any]:
        body = {"type": "summarize", "input": {"text": f"[[plan:{plan}]]"}, **changes}
        answer = await self.api.post(JOBS, json=body)
        assert answer.status_code == 202, answer.text
        shown: dict[str, Any] = {}

        async def is_final() -> bool:
            shown.update((await self.api.get(f"{JOBS}/{answer.json()['id']}")).json())
            return shown["status"] in FINAL

        await eventually(is_final)
        return shown

    async def rises_to(self, before: Samples, expected: Mapping[str, float]) -> None:
        """Wait until the worker's counters have risen by exactly `expected`; it counts just after it has written."""
        seen: dict[str, float] = {}

        async def is_there() -> bool:
            seen.clear()
            seen.update(risen(before, await self.of_worker()))
            seen.pop("claims_total{result=nothing}", None)  # a message may come twice
            return seen == expected

        try:
            await eventually(is_there)
        except AssertionError:
            assert seen == expected

    async def everything(self) -> Samples:
        """Return what all processes show; of counters that they all show without labels, the largest."""
        found: Samples = {}
        for url in (self.worker, self.scheduler, "/metrics"):
            for one, count in (await scrape(self.api, url)).items():
                found[one] = max(count, found.get(one, count))
        return found

    async def of_worker(self) -> Samples:
        return await scrape(self.api, self.worker)


@pytest.fixture(scope="module")
async def scraped(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Scraped]:
    folder: Path = tmp_path_factory.mktemp("scraped")
    await empty(open_database)
    async with running(settings, folder, RETRY_SCALE="0.005") as stack:
        await stack.scripted_model()
        api = await stack.api()
        first, second = free_port(), free_port()
        await stack.worker(METRICS_PORT=str(first))
        stack.python("scheduler", "-m", "app", "scheduler", METRICS_PORT=str(second))
        scheduler = stack.processes[-1]
        await eventually(lambda: b"scheduler_started" in scheduler.log.read_bytes(), what="the scheduler runs")
        yield Scraped(api, stack, *(f"http://127.0.0.1:{port}/metrics" for port in (first, second)))


ONE_CALL = {
    f"model_call_duration_seconds_count{{{MODEL}}}": 1,
    f"model_wait_seconds_count{{{MODEL}}}": 1,
    "attempt_duration_seconds_count{type=summarize}": 1,
    "claims_total{result=claimed}": 1,
}


async def test_what_alerts_ask_for_is_there_at_zero_before_anything_happens(scraped: Scraped) -> None:
    """Prometheus sees a rise only from a value that it saw before. The first test here, since others raise them."""
    found = await scraped.everything()
    wanted = selectors()
    assert len(wanted) >= 20
    for name, asked in wanted:
        counts = [count for (known, labels), count in found.items() if known == name and asked <= labels]
        assert counts, f"{name} {dict(asked)} is not there"
        assert not name.endswith("_total") or set(counts) == {0}


async def test_no_series_is_born_by_its_first_event(scraped: Scraped) -> None:
    """Beside those that our alerts ask for, since operators write their own."""

    async def counters() -> set[Any]:
        return {one for one in await scraped.everything() if one[0].endswith("_total")}

    before = await counters()
    await scraped.run("500,429:1,ok")
    await scraped.run("401", max_attempts=1)
    await scraped.api.post(JOBS, json={"type": "no-such-type", "input": {}})
    await scraped.api.get("/api/v1/none", headers={"X-Service-Token": "wrong"})
    assert await counters() == before


@pytest.mark.parametrize(
    ("plan", "result", "outcome"),
    [("401", "auth_failed", "failed"), ("402", "insufficient_credits", "failed"), ("ok", "ok", "completed")],
)
async def test_one_attempt_raises_exactly_its_own_counters(
    scraped: Scraped, plan: str, result: str, outcome: str
) -> None:
    before = await scraped.of_worker()
    job = await scraped.run(plan, max_attempts=1)
    expected = {
        **ONE_CALL,
        f"model_calls_total{{{MODEL},result={result}}}": 1,
        f"attempts_total{{outcome={outcome},type=summarize}}": 1,
    }
    if result == "ok":
        expected[f"model_tokens_total{{kind=prompt,{MODEL}}}"] = job["prompt_tokens"]
        expected[f"model_tokens_total{{kind=completion,{MODEL}}}"] = job["completion_tokens"]
    await scraped.rises_to(before, expected)


async def test_retries_and_releases_are_told_apart(scraped: Scraped) -> None:
    before = await scraped.of_worker()
    job = await scraped.run("500,429:1,ok")
    assert job["status"] == "completed"
    await scraped.rises_to(
        before,
        {
            **dict.fromkeys(ONE_CALL, 3),
            f"model_calls_total{{{MODEL},result=unavailable}}": 1,
            f"model_calls_total{{{MODEL},result=rate_limited}}": 1,
            f"model_calls_total{{{MODEL},result=ok}}": 1,
            f"model_tokens_total{{kind=prompt,{MODEL}}}": job["prompt_tokens"],
            f"model_tokens_total{{kind=completion,{MODEL}}}": job["completion_tokens"],
            "attempts_total{outcome=retry,type=summarize}": 1,
            "attempts_total{outcome=released,type=summarize}": 1,
            "attempts_total{outcome=completed,type=summarize}": 1,
        },
    )


async def test_a_running_attempt_is_seen_and_its_cancelled_call_counted(scraped: Scraped) -> None:
    before = await scraped.of_worker()
    answer = await scraped.api.post(JOBS, json={"type": "summarize", "input": {"text": "[[plan:slow:600]]"}})
    path = f"{JOBS}/{answer.json()['id']}"

    async def runs() -> bool:
        return value(await scraped.of_worker(), "headrace_attempts_running") == 1

    await eventually(runs, what="the attempt runs")
    assert (await scraped.api.post(f"{path}/cancel")).status_code == 200

    async def ended() -> bool:
        return value(await scraped.of_worker(), "headrace_attempts_running") == 0

    await eventually(ended, what="the attempt ends")
    await scraped.rises_to(
        before,
        {
            **ONE_CALL,
            f"model_calls_total{{{MODEL},result=cancelled}}": 1,
            "attempts_total{outcome=cancelled,type=summarize}": 1,
        },
    )


async def test_the_scheduler_counts_what_it_sends_and_times_its_passes(scraped: Scraped) -> None:
    before = await scrape(scraped.api, scraped.scheduler)
    await scraped.run("ok", delay_s=0.5)

    async def is_counted() -> bool:
        """A job may end before the pass that sent it."""
        changed = risen(before, await scrape(scraped.api, scraped.scheduler))
        return {"messages_sent_total{queue=default}", "scheduler_pass_duration_seconds_count{part=dispatch}"} <= set(
            changed
        )

    await eventually(is_counted, what="the pass is counted")
    after = await scrape(scraped.api, scraped.scheduler)
    assert value(after, "headrace_queue_backlogged", queue="default") == 0
    assert value(after, "headrace_database_connections_max") == SCHEDULER_CONNECTIONS  # both of its pools
    passes = "headrace_scheduler_pass_duration_seconds_count"
    duties = {dict(labels)["part"] for (name, labels), count in after.items() if name == passes and count}
    assert duties == {"dispatch", "rescue", "expire", "roll_up"}
    errors = {count for (name, _), count in after.items() if name == "headrace_scheduler_errors_total"}
    assert errors == {0}


async def test_no_label_holds_an_id_or_a_word_of_a_caller(scraped: Scraped) -> None:
    job = await scraped.run("echo:canary-result", input={"text": "canary-input [[plan:500,echo:canary-result]]"})
    for url in (scraped.worker, scraped.scheduler, "/metrics"):
        text = (await scraped.api.get(url)).text
        for canary in (job["id"], "canary-input", "canary-result", "sk-only-for-tests", "HTTP 500"):
            assert canary not in text
        assert ("headrace_workers " in text) == (url == "/metrics")  # no zero where nobody knows


async def test_a_worker_whose_port_is_taken_runs_without_metrics(scraped: Scraped) -> None:
    taken = scraped.worker.rsplit(":", 1)[1].removesuffix("/metrics")
    worker = await scraped.stack.worker(METRICS_PORT=taken)
    assert b"metrics_not_served" in worker.log.read_bytes()
    assert worker.is_alive
