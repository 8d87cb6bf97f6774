"""F1, F3: a process killed at each point of a job's way; where it happens is exact, not luck."""

import asyncio
import json
import signal
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from tests.faults.asking import JOBS, asking, count, echo, post, wait_count, wait_none_open, wait_started_for
from tests.faults.conftest import LEASE_S, RESCUED_WITHIN_S, Record, with_own_broker
from tests.rig.invariants import check_invariants
from tests.rig.pulse import feeling_pulse
from tests.rig.stack import Process, Stack, eventually, running
from tests.scripted_model.witness import read_calls

# A mark must be 5 s old, that is looked at every 2 s, and a dispatcher at rest looks once a second.
MADE_UP_WITHIN_S = 8.0
# Where the worker dies; then the history, and how many calls the provider sees.
POINTS = {
    "popped": (["submitted", "started", "completed"], 1),
    "claimed": (["submitted", "started", "lease_expired", "started", "completed"], 1),
    "calling": (["submitted", "started", "lease_expired", "started", "completed"], 1),
    "answered": (["submitted", "started", "lease_expired", "started", "completed"], 2),
    "finished": (["submitted", "started", "completed"], 1),
}


@pytest.mark.case(
    "F1", "kill -9 of a worker at each of five points", "ends once; pending again within lease + 6 s; calls as due"
)
async def test_a_worker_killed_at_any_point_costs_a_job_nothing_but_time(
    settings: Settings, database: Database, tmp_path: Path, record: Record
) -> None:
    own = with_own_broker(settings).model_copy(update={"queues": tuple(POINTS)})
    async with running(own, tmp_path) as stack:
        log = await stack.scripted_model()
        stack.broker()
        stack.scheduler()
        client = await stack.api()
        doomed = await asyncio.gather(
            *(stack.worker(QUEUES=name, FAULT_POINTS=f"worker.{name}:kill:1") for name in POINTS)
        )
        await wait_started_for(database, LEASE_S)
        jobs = {name: (await post(client, asking(queue=name)))[0] for name in POINTS}
        killed_at = dict(zip(POINTS, await asyncio.gather(*(_killed_at(worker) for worker in doomed)), strict=True))
        async with feeling_pulse(database) as pulse:
            await stack.worker()
            await wait_none_open(database)
        rows = {str(row.id): row for row in await check_invariants(database, calls=log, lease_s=LEASE_S)}
        calls = read_calls(log)
        for name, (names, wanted) in POINTS.items():
            assert rows[jobs[name]].names == names, name
            assert sum(call["job"] == jobs[name] for call in calls) == wanted, name
        taken_back_s = [
            row.times[row.names.index("lease_expired")] - killed_at[name]
            for name, row in ((name, rows[jobs[name]]) for name in POINTS)
            if "lease_expired" in row.names
        ]
        assert max(taken_back_s) <= LEASE_S + RESCUED_WITHIN_S + pulse.late_s
        record("pending again after, at most", f"{max(taken_back_s):.1f} s")


async def _killed_at(worker: Process) -> float:
    assert await worker.ended() == -signal.SIGKILL
    return utc_now().timestamp()


@pytest.mark.case(
    "F3", "kill -9 of the API between commit and send", "one row, run once; the same key gives the same id"
)
@pytest.mark.parametrize("keyed", [True, pytest.param(False, marks=pytest.mark.slow)])
async def test_an_api_killed_after_the_commit_leaves_a_job_that_runs_once(
    stack: Stack, database: Database, keyed: bool
) -> None:
    headers = {"Idempotency-Key": uuid4().hex} if keyed else {}
    stack.broker()
    await stack.worker()
    stack.scheduler()
    doomed = await stack.api(FAULT_POINTS="api.after_commit:kill:1")
    with pytest.raises(httpx2.TransportError):
        await doomed.post(JOBS, json=echo(), headers=headers)
    assert await count(database) == 1
    if keyed:
        client = await stack.api()
        answer = await client.post(JOBS, json=echo(), headers=headers)
        assert (answer.status_code, answer.headers["Idempotency-Replayed"]) == (202, "true")
        assert await count(database, f"id = '{answer.json()['id']}'") == 1
    await wait_none_open(database)
    assert [(row.status, row.attempt) for row in await check_invariants(database)] == [("completed", 1)]


@pytest.mark.case(
    "F3", "kill -9 of the API after sending, and during a body", "no 202 without a row; half a body is no row"
)
async def test_an_api_killed_after_sending_or_during_a_body_leaves_what_it_stored(
    stack: Stack, database: Database
) -> None:
    stack.broker()
    await stack.worker()
    stack.scheduler()
    doomed = await stack.api(FAULT_POINTS="api.after_send:kill:1")
    process = stack.processes[-1]
    accepted: list[str] = []

    async def submit() -> None:
        try:
            answer = await doomed.post(JOBS, json=echo())
        except httpx2.TransportError:
            return
        accepted.append(answer.json()["id"])

    while process.is_alive:
        await submit()
        await asyncio.sleep(0.05)
    await wait_none_open(database)
    rows = await check_invariants(database, accepted=accepted)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    assert len(rows) - len(accepted) in {0, 1}

    client = await stack.api()
    half = _half_a_submit(str(client.base_url), client.headers["X-Service-Token"])
    reader, writer = await asyncio.open_connection(*half[:2])
    writer.write(half[2])
    await writer.drain()
    stack.processes[-1].signal(signal.SIGKILL)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()
    assert await count(database) == len(rows)


def _half_a_submit(url: str, token: str) -> tuple[str, int, bytes]:
    place, body = urlsplit(url), json.dumps(echo()).encode()
    head = f"POST {JOBS} HTTP/1.1\r\nHost: {place.netloc}\r\nX-Service-Token: {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return str(place.hostname), place.port or 0, head.encode() + body[: len(body) // 2]


@pytest.mark.case("F3", "kill -9 of the scheduler between marking and sending", "sent by the next within 8 s")
async def test_a_scheduler_killed_between_marking_and_sending_is_made_up_for_by_the_next(
    stack: Stack, database: Database, record: Record
) -> None:
    stack.broker()
    client = await stack.api()
    await post(client, echo(), count=30)
    await stack.worker()
    doomed = stack.scheduler(FAULT_POINTS="scheduler.after_mark:kill:1")
    assert await doomed.ended() == -signal.SIGKILL
    await wait_count(database, "status = 'pending' AND dispatch_at > now()", 30)
    other = stack.scheduler()
    async with feeling_pulse(database) as pulse:
        await eventually(lambda: b"scheduler_started" in other.log.read_bytes(), what="the next one runs")
        begun_at = utc_now().timestamp()
        await wait_none_open(database)
    rows = await check_invariants(database)
    assert {(row.status, row.attempt) for row in rows} == {("completed", 1)}
    made_up_s = max(row.times[row.names.index("started")] for row in rows) - begun_at
    assert made_up_s <= MADE_UP_WITHIN_S + pulse.late_s  # else only the repetition after a minute did it
    record("started after, at most", f"{made_up_s:.1f} s")
