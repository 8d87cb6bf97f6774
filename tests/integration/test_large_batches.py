"""A batch that is larger than a job may be is read job by job, and answered as a small one is."""

import json
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.problems import MAX_FAULTS
from app.core.settings import Settings
from app.jobs.api.batch_body import FIRST_TRY_BYTES, LINES, ArrivingJobs, BatchBody, BatchLines
from app.jobs.schemas import JobCreate
from tests.conftest import TOKEN
from tests.integration.problems import JSON, assert_problem
from tests.rig.applications import started

BATCH = "/api/v1/jobs/batch"
JOBS = "/api/v1/jobs"
LIMIT = 20_000  # above it a batch is large


@pytest.fixture
async def client(settings: Settings, database: Database, redis: Redis) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an API to which 20 kB are much."""
    async with started(settings.model_copy(update={"body_max_bytes": LIMIT})) as app:
        transport, token = httpx2.ASGITransport(app, raise_app_exceptions=False), {"X-Service-Token": TOKEN}
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test", headers=token) as client:
            yield client


def job(text: str = "hello", **changes: Any) -> dict[str, Any]:
    return {"type": "echo", "input": {"message": text}, **changes}


def body(*jobs: Any, **form: Any) -> bytes:
    return json.dumps({"jobs": jobs}, **form).encode()


FITTING = {
    "plain": (body(*[job("x" * 900, metadata={"n": n}) for n in range(40)]), 40),
    "of wide signs": (body(*[job("é😀" * 200) for _ in range(40)], ensure_ascii=False), 40),
    "escaped and spread out": (body(*[job('a"b\\c\u00e9😀' * 40) for _ in range(80)], indent=3), 80),
    "with a byte order mark": (b"\xef\xbb\xbf" + body(*[job("x" * 2000)] * 20), 20),
    "ten thousand": (body(*[job("x")] * 10_000), 10_000),
    "small and large": (body(job(), job("y" * 9900, priority=None), job("x" * 9900), job("z" * 500)), 4),
    "much white space": (b" " * 30_000 + b'{ "jobs" : [ ' + json.dumps(job("x")).encode() + b" ] } ", 1),
}


async def in_parts(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_all_jobs_are_stored_in_their_order(client: httpx2.AsyncClient) -> None:
    for content, count in FITTING.values():
        assert len(content) > LIMIT
        sent = json.loads(content.decode("utf-8-sig"))["jobs"]
        for size in (997, 1 << 20):
            answer = await client.post(BATCH, content=in_parts(content, size), headers=JSON)
            assert answer.status_code == 202, answer.text
            stored = answer.json()["jobs"]
            assert len(stored) == count
            for at in (0, count - 1):
                kept = (await client.get(f"{JOBS}/{stored[at]['id']}")).json()
                assert (kept["input"], kept["metadata"]) == (sent[at]["input"], sent[at].get("metadata"))


@pytest.mark.parametrize("text", ["x" * 100, "x" * (FIRST_TRY_BYTES - len(json.dumps(job("")))), "x" * 150_000])
@pytest.mark.parametrize("blanks", [b"\n    ", b" " * 5_000_000], ids=["a few", "many"])
async def test_blanks_may_come_in_any_part(text: str, blanks: bytes) -> None:
    one = json.dumps(job(text)).encode()
    bounds = [b'{"jobs": [', blanks, one, b",", blanks, one, blanks, b"]", blanks, b"}", blanks]
    for parts in (bounds, [b"".join(bounds[:4]), b"".join(bounds[4:])], in_parts(b"".join(bounds), 60_000)):
        chunks = parts if isinstance(parts, AsyncIterator) else _each(parts)
        seen = [one async for one in BatchBody(chunks, job_max_bytes=1_000_000).jobs()]
        assert [getattr(one, "input", one) for one in seen] == [{"message": text}] * 2


async def _each(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


LARGE = [job("x" * 900)] * 30
WRONG = {
    "jobs": (body(*LARGE, job(type="nobody"), job(color=1)), 422, ["#/jobs/30/type", "#/jobs/31/color"]),
    "what is no object": (body(*LARGE, 7), 422, ["#/jobs/30"]),
    "NUL": (body(*LARGE, job("a\x00b")), 422, ["#/jobs/30/input/message"]),
    "lone surrogate": (body(*LARGE, job("\ud800")), 422, ["#/jobs/30/input/message"]),
    "cut off in a job": (body(*LARGE)[:-20], 400, ["#/jobs/29"]),
    "cut off after a job": (body(*LARGE)[:-2], 400, ["#"]),
    "cut off at the end": (body(*LARGE)[:-1], 422, ["#"]),
    "something after it": (body(*LARGE) + b"{}", 422, ["#"]),
    "something beside it": (body(*LARGE)[:-1] + b', "more": 1}', 422, ["#"]),
    "something before it": (b'{"more": 1, ' + body(*LARGE)[1:], 422, ["#"]),
    "a blank that is none in JSON": (body(*LARGE).replace(b", {", b",\x0b{", 1), 400, ["#/jobs/1"]),
    "a comma too much": (body(*LARGE).replace(b"}}, {", b"},}, {", 1), 400, ["#/jobs/0"]),
    "a line in a text": (body(*LARGE).replace(b"xx", b"x\n", 1), 400, ["#/jobs/0"]),
    "no comma": (body(*LARGE).replace(b"}, {", b"} {", 1), 400, ["#"]),
    "no UTF-8": (body(*LARGE, job("x"))[:-9] + b"\xff" + b'"}}]}', 400, ["#/jobs/30"]),
    "too many": (body(*[job("x")] * 10_001), 422, ["#/jobs"]),
    "brackets": (b'{"jobs": [{"type": ' + b"[" * 30_000, 400, ["#/jobs/0"]),
    "a list": (b"[" + body(*LARGE) + b"]", 422, ["#"]),
    "no time": (body(*LARGE, job(run_at="0001-01-01T00:00:00+23:59")), 422, ["#/jobs/30/run_at"]),
}


async def test_what_is_wrong_is_named_and_nothing_is_stored(client: httpx2.AsyncClient) -> None:
    for name, (content, status, pointers) in WRONG.items():
        assert len(content) > LIMIT
        answer = await client.post(BATCH, content=content, headers=JSON)
        assert_problem(answer, status)
        assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers, name
    assert (await client.get(JOBS)).json()["items"] == []


async def test_a_job_in_a_batch_is_no_larger_than_alone(client: httpx2.AsyncClient) -> None:
    answer = await client.post(BATCH, content=body(job(), job("x" * LIMIT)), headers=JSON)
    assert_problem(answer, 413)
    assert "Job 1 of the batch" in answer.json()["detail"]


async def test_faults_are_counted_and_told_up_to_a_number(client: httpx2.AsyncClient) -> None:
    many: dict[str, Any] = {f"k{n}": n for n in range(50)}
    answer = await client.post(BATCH, content=body(*[job(**many)] * 100), headers=JSON)
    assert_problem(answer, 422)
    assert answer.json()["detail"].startswith("100 of 100 jobs are not valid")
    assert len(answer.json()["errors"]) == MAX_FAULTS


async def test_a_key_means_the_same_for_the_same_batch_however_it_is_written(client: httpx2.AsyncClient) -> None:
    headers = {**JSON, "Idempotency-Key": "k1"}
    jobs = [job("x" * 900, metadata={"b": 1, "a": n}) for n in range(30)]
    first = await client.post(BATCH, content=body(*jobs), headers=headers)
    again = await client.post(BATCH, content=body(*jobs, indent=2, sort_keys=True), headers=headers)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == first.json()
    other = await client.post(BATCH, content=body(*jobs[1:]), headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_the_key_of_a_batch_is_the_same_by_either_way(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {**JSON, "Idempotency-Key": "k1"}
    jobs = [job("x" * 900, priority="low", run_at="2027-01-01T00:00:00+02:00", max_attempts=None)] * 30
    await client.post(BATCH, content=body(*jobs), headers=headers)
    monkeypatch.setattr("app.core.problems.StrictRequest.unless_within", lambda *_: _nothing())
    again = await client.post(BATCH, content=body(*jobs), headers=headers)
    assert again.headers["idempotency-replayed"] == "true"


async def _nothing() -> None:
    return None


@pytest.mark.parametrize("kind", [BatchBody, BatchLines])
async def test_reading_takes_the_memory_of_a_job(kind: type[ArrivingJobs]) -> None:
    one = json.dumps(job("é" * 8000)).encode()
    is_list = kind is BatchBody

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"jobs": [' if is_list else b""
        for _ in range(999):
            yield one + (b"," if is_list else b"\n")
        yield one + (b"]}" if is_list else b"")

    read = 0
    tracemalloc.start()
    try:
        async for found in kind(chunks(), job_max_bytes=100_000).jobs():
            read += isinstance(found, JobCreate)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert read == 1000
    assert peak_bytes < 40 * len(one)


async def test_a_batch_takes_a_fraction_of_its_bytes(client: httpx2.AsyncClient) -> None:
    content = body(*[job("x" * 3000)] * 8000)
    tracemalloc.start()
    try:
        answer = await client.post(BATCH, content=in_parts(content, 60_000), headers=JSON)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 202
    assert peak_bytes < 1.2 * len(content)  # of which the answer is half, and the test's own reading of it


LINE_HEADERS = {"Content-Type": "application/x-ndjson"}


def lines(*jobs: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in jobs)


LINES_FITTING = {
    "one": (lines(job()), 1),
    "without an end": (lines(job("a"), job("b")).rstrip(), 2),
    "of Windows": (lines(job("a"), job("b")).replace(b"\n", b"\r\n"), 2),
    "with blanks before them": (b"  " + lines(job()) + b"\n \t" + lines(job()), 2),
    "with very many empty ones": (b"\n" * 3_000_000 + lines(job()), 1),
    "with empty ones": (b"\n\n" + lines(job()) + b"  \n" + lines(job()) + b"\n", 2),
    "with a byte order mark": (b"\xef\xbb\xbf" + lines(job("x")), 1),
    "ten thousand": (lines(*[job("x")] * 10_000), 10_000),
    "large ones": (lines(*[job("x" * 9_900)] * 40), 40),
}


@pytest.mark.parametrize("name", LINES_FITTING)
async def test_each_line_is_a_job(client: httpx2.AsyncClient, name: str) -> None:
    content, count = LINES_FITTING[name]
    sent = [json.loads(line) for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    for size in (997, 1 << 20):
        answer = await client.post(BATCH, content=in_parts(content, size), headers=LINE_HEADERS)
        assert answer.status_code == 202, answer.text
        stored = answer.json()["jobs"]
        assert len(stored) == count
        for at in (0, count - 1):
            assert (await client.get(f"{JOBS}/{stored[at]['id']}")).json()["input"] == sent[at]["input"]


@pytest.mark.parametrize("kind", sorted(LINES))
async def test_lines_have_more_than_one_name(client: httpx2.AsyncClient, kind: str) -> None:
    headers = {"Content-Type": f"{kind.title()}; charset=utf-8"}
    assert (await client.post(BATCH, content=lines(job()), headers=headers)).status_code == 202


LINES_WRONG = {
    "nothing": (b"", 422, ["#/jobs"]),
    "empty lines": (b"\n \n", 422, ["#/jobs"]),
    "a wrong job": (lines(job(), job(type="nobody"), job()), 422, ["#/jobs/1/type"]),
    "no JSON": (lines(job()) + b"{,}\n" + lines(job(color=1)), 422, ["#/jobs/1", "#/jobs/2/color"]),
    "no UTF-8": (lines(job()) + b'"\xff"\n', 422, ["#/jobs/1"]),
    "a list": (lines([job()]), 422, ["#/jobs/0"]),
    "a batch": (body(job()), 422, ["#/jobs/0/type", "#/jobs/0/input", "#/jobs/0/jobs"]),
    "a job over two lines": (json.dumps(job(), indent=1).encode(), 422, None),
    "NUL": (lines(job("a\x00b")), 422, ["#/jobs/0/input/message"]),
    "too many": (lines(*[job("x")] * 10_001), 422, ["#/jobs"]),
    "a long line": (lines(job(), job("x" * LIMIT)), 413, None),
    "a line without an end": (b"[" * 10 * LIMIT, 413, None),
}


@pytest.mark.parametrize("name", LINES_WRONG)
async def test_a_wrong_line_is_named_and_nothing_is_stored(client: httpx2.AsyncClient, name: str) -> None:
    content, status, pointers = LINES_WRONG[name]
    answer = await client.post(BATCH, content=content, headers=LINE_HEADERS)
    assert_problem(answer, status)
    if pointers is not None:
        assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert (await client.get(JOBS)).json()["items"] == []


async def test_lines_are_for_batches_alone(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.post(JOBS, content=lines(job()), headers=LINE_HEADERS), 415)


async def test_a_key_means_the_same_for_lines_and_for_a_list(client: httpx2.AsyncClient) -> None:
    jobs = [job("x" * 900, metadata={"b": 1, "a": n}) for n in range(30)]
    first = await client.post(BATCH, content=body(*jobs), headers={**JSON, "Idempotency-Key": "k1"})
    again = await client.post(BATCH, content=lines(*jobs), headers={**LINE_HEADERS, "Idempotency-Key": "k1"})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == first.json()


async def test_jobs_that_come_over_a_while_are_left_to_the_dispatcher(
    client: httpx2.AsyncClient, database: Database
) -> None:
    await client.post(BATCH, content=lines(*[job(priority="high")] * 3), headers=LINE_HEADERS)
    rows = await database.rows(text("SELECT dispatch_at <= now() AS is_due FROM jobs"))
    assert [row.is_due for row in rows] == [True] * 3
