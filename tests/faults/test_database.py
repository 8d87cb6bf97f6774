"""F7: PostgreSQL restarted, cut off or frozen under load: no 202 without a row, no job owned twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.faults.asking import asking, count, wait_count, wait_none_open
from tests.faults.conftest import LEASE_S, Record, with_own_broker
from tests.rig.invariants import check_invariants
from tests.rig.load import Load, quantile
from tests.rig.postgres import OwnPostgres, own_postgres
from tests.rig.stack import Stack, running

AWAY_S = 2.0
FROZEN_S = 5.0
STORMS = 4
STORM_EACH_S = 2.0
Hurt = Callable[[OwnPostgres, Database], Awaitable[None]]


@pytest.fixture(scope="module")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[OwnPostgres]:
    """A server of this module's own, which keeps what was committed."""
    async with own_postgres(tmp_path_factory.mktemp("postgres")) as started:
        yield started


@pytest.fixture
async def own_database(postgres: OwnPostgres) -> AsyncIterator[Database]:
    """The test's own way to it, with all tables empty."""
    database = Database(postgres.url, application_name="tests")
    await empty(database)
    yield database
    await database.close()


@pytest.fixture
async def own_stack(
    settings: Settings, postgres: OwnPostgres, own_database: Database, tmp_path: Path
) -> AsyncIterator[Stack]:
    """A stack against it."""
    own = with_own_broker(settings).model_copy(update={"database_url": SecretStr(postgres.url)})
    async with running(own, tmp_path) as started:
        yield started


async def restart(postgres: OwnPostgres, database: Database) -> None:
    await postgres.stop_at_once()
    await asyncio.sleep(AWAY_S)  # the outage
    await postgres.start()


async def storm(postgres: OwnPostgres, database: Database) -> None:
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'headrace-%'"
    for _ in range(STORMS):
        await database.rows(text(query))
        await asyncio.sleep(STORM_EACH_S)


async def freeze(postgres: OwnPostgres, database: Database) -> None:
    postgres.freeze()
    await asyncio.sleep(FROZEN_S)
    postgres.thaw()


async def under_load(stack: Stack, postgres: OwnPostgres, database: Database, hurt: Hurt, record: Record) -> Load:
    """Submit jobs all along; return when all have ended as they should."""
    log = await stack.scripted_model()
    stack.broker()
    client = await stack.api()
    await asyncio.gather(stack.worker(), stack.worker())
    stack.scheduler()
    load = Load(client, lambda number: asking(f"slow:{0.1 + number % 10 / 10:.1f}", max_attempts=25, max_crashes=25))
    await load.send(30)
    submitting = asyncio.create_task(load.send(300, per_s=25))
    await wait_count(database, "status = 'completed'", 10)
    await hurt(postgres, database)
    healed_s = monotonic_s()
    done = await count(database, "status = 'completed'")
    await wait_count(database, "status = 'completed'", done + 1)
    resumed_s = monotonic_s() - healed_s
    await submitting
    await wait_none_open(database)
    rows = await check_invariants(database, accepted=load.accepted, calls=log, lease_s=LEASE_S)
    assert {row.status for row in rows} == {"completed"}
    assert load.without_hint == 0
    record("jobs", len(rows))
    record("503s", load.refused)
    record("POST p99", f"{quantile(load.latencies_s, 0.99) * 1000:.0f} ms")
    record("first job after it", f"{resumed_s:.1f} s")
    return load


@pytest.mark.case("F7", "PostgreSQL stopped at once and restarted", "no 202 without a row; 503 with Retry-After")
async def test_a_restart_under_load_loses_nothing_that_was_accepted(
    own_stack: Stack, postgres: OwnPostgres, own_database: Database, record: Record
) -> None:
    load = await under_load(own_stack, postgres, own_database, restart, record)
    assert load.refused > 0


@pytest.mark.slow
@pytest.mark.case("F7", "all connections ended every 2 s", "no 202 without a row; no job owned twice")
async def test_connections_that_are_ended_again_and_again_lose_nothing(
    own_stack: Stack, postgres: OwnPostgres, own_database: Database, record: Record
) -> None:
    await under_load(own_stack, postgres, own_database, storm, record)


@pytest.mark.slow
@pytest.mark.case("F7", "PostgreSQL frozen 5 s", "no 202 without a row; no job owned twice")
async def test_a_frozen_database_loses_nothing(
    own_stack: Stack, postgres: OwnPostgres, own_database: Database, record: Record
) -> None:
    await under_load(own_stack, postgres, own_database, freeze, record)
