"""PostgreSQL or Redis away for a while: what is waited out, what is left to the lease, and who tells."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.core import database_errors
from app.core.database import Database
from app.core.database_errors import is_away, is_full
from app.core.redis import connect
from app.core.settings import Settings
from app.events import bus
from app.jobs.maintenance.expirer import expire
from app.jobs.maintenance.rescuer import Rescuer
from app.jobs.runtime import executor as executor_module
from app.jobs.runtime.executor import Executor
from tests.rig import jobs
from tests.rig.attempts import outcome
from tests.rig.invariants import check_invariants
from tests.rig.proxy import Proxy
from tests.rig.stack import eventually


@pytest.fixture
async def line(database_url: str) -> AsyncIterator[Proxy]:
    """The line between an executor and PostgreSQL."""
    proxy = Proxy(make_url(database_url).port or 0)
    await proxy.mend()
    yield proxy
    await proxy.cut()


@pytest.fixture
async def remote(executor: Executor, line: Proxy, database_url: str) -> AsyncIterator[Executor]:
    """An executor whose line to PostgreSQL can be cut."""
    url = make_url(database_url).set(port=line.port).render_as_string(hide_password=False)
    database = Database(url, application_name="tests", pool_size=2)
    yield replace(executor, database=database)
    await database.close()


async def test_a_result_waits_for_the_database_to_come_back(
    remote: Executor, database: Database, behave: Any, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "RECORD_FOR_LEASES", 1.0)

    async def cut(_: Any) -> str:
        await line.cut()
        asyncio.get_running_loop().call_later(1, lambda: mending.append(asyncio.ensure_future(line.mend())))
        return "kept"

    mending: list[Any] = []
    behave(cut)
    job_id = await jobs.insert(database)
    await remote.run(job_id)
    assert await jobs.column(database, job_id, "result") == {"value": "kept"}
    await check_invariants(database)


async def test_a_result_is_left_to_the_lease_when_the_database_stays_away(
    remote: Executor, database: Database, behave: Any, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "RECORD_FOR_LEASES", 0.5 / remote.settings.lease_s)

    async def cut(_: Any) -> str:
        await line.cut()
        return "lost"

    behave(cut)
    job_id = await jobs.insert(database)
    await remote.run(job_id)
    assert await jobs.column(database, job_id, "status") == "processing"
    assert remote.leases.busy == 0


async def test_a_claim_without_a_database_claims_nothing(
    remote: Executor, database: Database, line: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executor_module, "CLAIM_FOR_S", 0.2)
    job_id = await jobs.insert(database)
    await line.cut()
    with pytest.raises(Exception) as raised:  # noqa: PT011 - whichever it is, it must count as an outage
        await remote.run(job_id)
    assert is_away(raised.value)
    assert await jobs.column(database, job_id, "status") == "pending"


async def test_progress_is_dropped_and_the_job_goes_on(
    remote: Executor, database: Database, behave: Any, line: Proxy
) -> None:
    async def report(context: Any) -> str:
        await line.cut()
        await context.progress(1, 2)
        await line.mend()
        return "done"

    behave(report)
    assert await outcome(remote, database) == ("completed", None)


async def test_which_errors_are_outages(database: Database) -> None:
    with pytest.raises(Exception, match="does not exist") as raised:
        await database.rows(text("SELECT * FROM nowhere"))
    assert not is_away(raised.value)
    assert not is_full(raised.value)
    assert is_away(TimeoutError())
    assert database_errors.sqlstate(raised.value) == "42P01"


@pytest.mark.parametrize(
    ("sqlstate", "expected"),
    [
        ("25006", True),  # read-only, as after a failover
        ("57P03", True),  # it starts, or recovers from a crash
        ("57P01", True),  # an administrator ended it
        ("25P03", True),  # a transaction was idle for too long
        ("57P05", True),  # a session was
        ("53300", True),  # too many connections
        ("53200", True),  # no memory
        ("58030", True),  # its disk fails
        ("28P01", True),  # a rotated password
        ("08P01", True),  # what poolers say
        ("23505", False),
        ("22P02", False),
    ],
)
async def test_what_postgresql_refuses_with_is_an_outage_or_an_error(
    database: Database, sqlstate: str, expected: bool
) -> None:
    raises = text(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$")
    with pytest.raises(DBAPIError) as raised:
        await database.rows(raises)
    assert database_errors.sqlstate(raised.value) == sqlstate
    assert is_away(raised.value) is expected


async def test_a_result_waits_until_postgresql_takes_writes_again(
    executor: Executor, database: Database, behave: Any, settings: Settings
) -> None:
    """A standby that was promoted elsewhere leaves a read-only server behind for a while."""
    name = make_url(settings.database_url.get_secret_value()).database
    switch = f"ALTER DATABASE {name} SET default_transaction_read_only"

    async def set_to(value: str) -> None:
        async with database.begin() as connection:
            await connection.execute(text("SET TRANSACTION READ WRITE"))
            await connection.execute(text(f"{switch} = {value}"))
        await database.engine.dispose()

    async def turn_read_only(_: Any) -> str:
        await set_to("on")
        asyncio.get_running_loop().call_later(1, lambda: mending.append(asyncio.ensure_future(set_to("off"))))
        return "kept"

    mending: list[Any] = []
    behave(turn_read_only)
    job_id = await jobs.insert(database)
    await executor.run(job_id)
    await asyncio.gather(*mending)
    assert await jobs.column(database, job_id, "ARRAY[status, result ->> 'value']") == ["completed", "kept"]


async def test_cancellations_are_heard_through_an_outage_of_the_bus(redis: Redis, redis_url: str) -> None:
    url = make_url(redis_url)
    line = Proxy(url.port or 0)
    await line.mend()
    heard: list[Any] = []
    listener = connect(url.set(port=line.port).render_as_string(hide_password=False), timeout_s=60)

    async def listen() -> None:
        async for job_id in bus.cancellations(listener, "w1"):
            heard.append(job_id)  # noqa: PERF401 - there is no end to wait for

    listening = asyncio.create_task(listen())
    first, second = uuid4(), uuid4()

    async def tell(job_id: Any) -> bool:
        await bus.ask_to_cancel(redis, "w1", job_id)
        return job_id in heard

    await eventually(lambda: tell(first), what="the first is heard")
    await line.cut()
    await line.mend()
    await eventually(lambda: tell(second), what="the second is heard")
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await listener.aclose()
    await line.cut()


async def test_the_rescuer_and_the_expirer_do_what_is_due(database: Database, settings: Settings) -> None:
    late, lost = [await jobs.insert(database) for _ in range(2)]
    await jobs.change(database, late, "deadline_at = now()")
    await jobs.claim(database, lost)
    await jobs.change(database, lost, "lease_expires_at = now() - interval '1 s'")
    rescuer = Rescuer(database, settings.model_copy(update={"lease_s": 0.0}))
    await rescuer.tick()
    await expire(database)
    assert await jobs.column(database, late, "error_code") == "deadline_exceeded"
    assert await jobs.column(database, lost, "status") == "pending"


async def test_a_scheduler_that_was_frozen_leaves_the_leases_alone_for_one_lease(
    database: Database, settings: Settings
) -> None:
    rescuer = Rescuer(database, settings.model_copy(update={"lease_s": 0.5}))
    await rescuer.tick()
    lost = await jobs.insert(database)
    await jobs.claim(database, lost)
    await jobs.change(database, lost, "lease_expires_at = now() - interval '1 s'")
    assert rescuer._last_s is not None
    rescuer._last_s -= 60
    await rescuer.tick()
    assert await jobs.column(database, lost, "status") == "processing"

    async def rescued() -> bool:
        await rescuer.tick()
        return bool(await jobs.column(database, lost, "status = 'pending'"))

    await eventually(rescued, what="the job is rescued after the quiet time")


@pytest.mark.parametrize("how", ["rows", "begin"])
async def test_a_statement_that_takes_too_long_means_away_and_ends_on_the_server_too(
    database: Database, database_url: str, how: str
) -> None:
    hurried = Database(database_url, application_name="hurried", pool_size=1, statement_timeout_s=0.5)
    slow = text("SELECT pg_sleep(30)")
    with pytest.raises(TimeoutError) as raised:  # noqa: PT012 - a block is what is tried
        if how == "rows":
            await hurried.rows(slow)
        else:
            async with hurried.begin() as connection:
                await connection.execute(slow)
    assert is_away(raised.value)
    running = text("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'hurried' AND state = 'active'")

    async def is_over() -> bool:
        row = await database.row(running)
        return row is not None and row[0] == 0

    await eventually(is_over, what="the statement has ended")

    async def answers() -> bool:
        try:
            return len(await hurried.rows(text("SELECT 1"))) == 1
        except TimeoutError:  # half a second may be too short for that, too
            return False

    await eventually(answers, what="its connection, or another one, is of use again")
    await hurried.close()
