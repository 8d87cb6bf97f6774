"""F6: a broker that answers and refuses, as one made a replica, full, or with another password: an outage, too."""

from collections.abc import Sequence
from typing import Any

import pytest

from app.core.database import Database
from app.core.redis import connect
from tests.faults.asking import count, echo, post, wait_none_open
from tests.faults.conftest import Record
from tests.rig.invariants import check_invariants
from tests.rig.stack import Process, Stack, eventually

NOWHERE = ("REPLICAOF", "127.0.0.1", "1")
MASTER = ("REPLICAOF", "NO", "ONE")
Commands = Sequence[Sequence[str]]


def config(name: str, value: str) -> tuple[str, ...]:
    return ("CONFIG", "SET", name, value)


FAULTS: dict[str, tuple[Commands, Commands]] = {
    "READONLY": ([NOWHERE], [MASTER]),
    "MASTERDOWN": (
        [config("replica-serve-stale-data", "no"), NOWHERE],
        [MASTER, config("replica-serve-stale-data", "yes")],
    ),
    "OOM": ([config("maxmemory", "1")], [config("maxmemory", "0")]),
    "NOREPLICAS": ([config("min-replicas-to-write", "1")], [config("min-replicas-to-write", "0")]),
    "WRONGPASS": (
        [config("requirepass", "rotated")],
        [config("requirepass", "only-for-tests")],
    ),
    "NOPERM": (
        [("ACL", "SETUSER", "default", "-@all", "+auth", "+hello", "+client", "+select", "+ping", "+acl")],
        [("ACL", "SETUSER", "default", "+@all")],
    ),
}


async def submit(client: Any, count: int = 3) -> list[str]:
    return await post(client, echo(), count=count)


def times_met(worker: Process) -> int:
    """Return how often a worker lost the broker, or could not connect to it."""
    log = worker.log.read_bytes()
    return log.count(b"onnection to broker lost") + log.count(b"Cannot connect")


async def refuse(stack: Stack, database: Database, fault: str, processes: Sequence[Process], client: Any) -> None:
    """Let the broker refuse until the worker has met it; submits stay 202, and all goes on when it ends."""
    hurt, heal = FAULTS[fault]
    worker = processes[0]
    redis = connect(stack.settings.redis_url.get_secret_value(), timeout_s=10)
    admin: Any = redis.client()  # one connection, which stays signed in
    await admin.ping()
    met = times_met(worker)
    for command in hurt:
        await admin.execute_command(*command)
    await admin.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    jobs = await submit(client)

    await eventually(lambda: times_met(worker) > met + 1, what=f"the worker has met {fault} twice")
    jobs += await submit(client)
    assert await count(database, "finished_at IS NULL") == len(jobs), fault
    assert all(process.is_alive for process in processes), fault
    for command in heal:
        await admin.execute_command(*command)
    await admin.aclose()
    await redis.aclose()
    await wait_none_open(database)
    assert all(process.is_alive for process in processes), fault


async def start(stack: Stack) -> tuple[list[Process], Any]:
    broker = stack.broker()
    client = await stack.api()
    api = stack.processes[-1]
    worker, scheduler = await stack.worker(), stack.scheduler()
    await submit(client)
    return [worker, scheduler, api, broker], client


@pytest.mark.slow
@pytest.mark.case(
    "F6", f"the broker refuses: {', '.join(FAULTS)}", "an outage: submits are 202, jobs wait, all goes on"
)
async def test_whatever_the_broker_refuses_with_is_an_outage(stack: Stack, database: Database, record: Record) -> None:
    processes, client = await start(stack)
    await wait_none_open(database)
    for fault in FAULTS:
        await refuse(stack, database, fault, processes, client)
    rows = await check_invariants(database)
    assert {row.status for row in rows} == {"completed"}
    record("jobs", len(rows))
