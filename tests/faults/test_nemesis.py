"""F21: faults of every kind at random, one after another; whatever their order, every promise holds."""

import asyncio
from pathlib import Path
from random import Random

import pytest

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.redis import connect
from tests.faults.asking import asking, wait_none_open
from tests.faults.conftest import Record
from tests.faults.nemesis import Nemesis
from tests.faults.torture import settings_for
from tests.rig.invariants import ResultWatch, check_invariants, check_rest
from tests.rig.load import Load
from tests.rig.postgres import own_postgres
from tests.rig.stack import running
from tests.scripted_model.witness import read_calls

SHORT_S = 40.0
PER_S = 8.0
WORKERS = 2


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.case("F21", "faults of F1 to F9 at random every 2 to 5 s", "all invariants")
async def test_no_mixture_of_faults_breaks_a_promise(
    request: pytest.FixtureRequest, tmp_path: Path, record: Record
) -> None:
    lasts_s = float(request.config.getoption("--nemesis-s", default=SHORT_S))
    async with own_postgres(tmp_path / "postgres") as postgres:
        settings = settings_for(tmp_path, postgres.url)
        database = Database(postgres.url, application_name="tests")
        async with running(settings, tmp_path) as stack:
            nemesis = Nemesis(stack, database, postgres, Random(2))
            load, log = await _torment(nemesis, lasts_s)
            rows = await check_invariants(database, accepted=load.accepted, calls=log, lease_s=settings.lease_s)
            redis = connect(settings.redis_url.get_secret_value())
            await check_rest(database, redis, killed=True)
            await redis.aclose()
        await database.close()
    assert {row.status for row in rows} == {"completed"}
    record("seconds", int(lasts_s))
    record("jobs", len(rows))
    record("faults", ", ".join(f"{count} x {kind}" for kind, count in sorted(nemesis.counts().items())))
    record("model calls", len(read_calls(log)))


async def _torment(nemesis: Nemesis, lasts_s: float) -> tuple[Load, Path]:
    log = await nemesis.stack.scripted_model()
    nemesis.start_broker()
    nemesis.stack.scheduler()
    load = Load(
        await nemesis.stack.api(), lambda number: asking(f"slow:{number % 10 / 5:.1f}", max_attempts=25, max_crashes=25)
    )
    for _ in range(WORKERS):
        await nemesis.start_worker()
    faults = (
        *(nemesis.kill_worker, nemesis.stop_worker, nemesis.freeze_worker, nemesis.flush, nemesis.drop_connections),
        *(nemesis.restart_broker, nemesis.freeze_broker, nemesis.restart_postgres),
    )
    submitting = asyncio.create_task(load.send(int(lasts_s * PER_S), per_s=PER_S))
    watch = ResultWatch(nemesis.database)
    until_s = monotonic_s() + lasts_s
    while monotonic_s() < until_s:
        await nemesis.random.choice(faults)()
        assert not await nemesis.ask(watch.look)
        await asyncio.sleep(nemesis.random.uniform(2, 5))
    await submitting
    await wait_none_open(nemesis.database, within_s=120)
    assert not await watch.look()
    return load, log
