"""F23: a provider whose answers are too large, too large once unpacked, without an end, or slow: a worker stands it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.database import Database
from tests.faults.asking import asking, count, post, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.stack import Process, Stack, eventually
from tests.scripted_model.witness import read_calls

GROWTH_BYTES = 50_000_000  # of a worker's memory
LEASE_S = "3"
LIMIT_S = "2"  # of a call
SAMPLED_EVERY_S = 0.01
# What the provider sends, and whether the worker asks for a stream; each job may try once.
HOSTILE = {
    "big:500:300000000": False,
    "big:400:300000000": False,
    "big:200:300000000": False,
    "gzipbomb:600000000": False,
    "gzipbomb:600000000:403": False,
    "gzipbomb:600000000:200": False,
    "longline:300000000": True,
    "big:502:300000000": True,
    "gzipbomb:300000000:503": True,
    "drip:30": False,
    "drip:31": True,
    "sse:comments": True,
}
CODES = {"unavailable", "bad_response", "timeout", "provider_rejected"}
ENDS = text("SELECT input->>'text' AS asked, status, error_code, result FROM jobs")
EXPIRED = text("SELECT count(*) AS lost FROM job_events WHERE name = 'lease_expired'")
FILE = """
[providers.whole]
base_url = "{url}"
api_key_env = "PLAYED_KEY"
[providers.pieces]
base_url = "{url}"
api_key_env = "PLAYED_KEY"
stream = true
[models.whole]
provider = "whole"
[models.pieces]
provider = "pieces"
"""


def resident_bytes(process: Process) -> int:
    """Return the memory that a process has now."""
    fields = Path(f"/proc/{process.popen.pid}/statm").read_text().split()
    return int(fields[1]) * 4096


class Peak:
    """The most memory that a process had, seen every few milliseconds."""

    def __init__(self, process: Process) -> None:
        self.begun = self.most = resident_bytes(process)
        self._process = process

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Look until the block ends."""
        task = asyncio.create_task(self._look())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _look(self) -> None:
        while True:
            self.most = max(self.most, resident_bytes(self._process))
            await asyncio.sleep(SAMPLED_EVERY_S)

    @property
    def growth(self) -> int:
        """How much it grew at most."""
        return self.most - self.begun


async def _are_over(database: Database) -> bool:
    return await count(database, "finished_at IS NULL") == 0


@pytest.fixture
async def worker(stack: Stack) -> Process:
    """A worker with short leases and calls, which has warmed up by no job yet."""
    provider = await stack.provider()
    path = stack.folder / "providers.toml"
    path.write_text(FILE.format(url=provider.base_url))
    stack.environment |= {
        "PROVIDERS_FILE": str(path),
        "PLAYED_KEY": "sk-only-for-tests",
        "LEASE_S": LEASE_S,
        "LLM_TIMEOUT_S": LIMIT_S,
        "BREAKER_FAILURES": "1000",
        "BREAKER_RATIO": "1",
    }
    stack.broker()
    return await stack.worker()


@pytest.mark.case(
    "F23",
    "errors of 300 MB, gzip bombs of 600 MB, lines without an end, slow drips, one after another",
    "each job ends with a code; the worker grows by 50 MB at most and loses no lease",
)
async def test_a_hostile_provider_costs_neither_memory_nor_leases(
    stack: Stack, worker: Process, database: Database, record: Record
) -> None:
    client = await stack.api()
    stack.scheduler()
    for model in ("whole", "pieces"):
        await post(client, asking("echo:warm", model=model), count=3)  # what a worker keeps for good is there
    await wait_none_open(database)
    peak = Peak(worker)
    async with peak.watched():
        for plan, streams in HOSTILE.items():
            await post(client, asking(plan, model="pieces" if streams else "whole", max_attempts=1))
            await eventually(lambda: _are_over(database), within_s=30, what=f"the job of {plan} ends")
    assert worker.is_alive
    rows = [row for row in await database.rows(ENDS) if "warm" not in row.asked]
    ends = {row.asked[: row.asked.index("]")]: (row.status, row.error_code) for row in rows}
    record("memory grew by", f"{peak.growth / 1e6:.0f} MB")
    [expired] = await database.rows(EXPIRED)
    assert expired.lost == 0
    assert len(ends) == len(HOSTILE)
    assert {status for status, _ in ends.values()} == {"failed"}
    assert {code for _, code in ends.values()} <= CODES, ends
    assert peak.growth <= GROWTH_BYTES, f"{peak.growth:,}"
    await check_invariants(database, calls=stack.folder / "calls.jsonl")
    await eventually(
        lambda: all(call["t1"] for call in read_calls(stack.folder / "calls.jsonl")), what="every call ended"
    )
