"""Every alert of docs/prometheus-rules.yml, fired once by what it is for: a real stack under a real Prometheus."""

import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.peers.servers import program
from tests.peers.watched import JOBS, Watched
from tests.rig import jobs
from tests.rig.exposition import RULES, rules
from tests.rig.ports import free_port
from tests.rig.proxy import Proxy
from tests.rig.stack import eventually, running

pytestmark = pytest.mark.peers
DOCS = RULES.parent
FIRES_WITHIN_S = 120.0
LEASE_S = 3.0
GUESSER = {"X-Forwarded-For": "203.0.113.9"}
FULL = """
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'full' USING ERRCODE = '53100'; END $$
"""


async def guesses(watched: Watched) -> None:
    for number in range(20):
        headers = {"X-Service-Token": f"wrong-{number}", **GUESSER}
        assert (await watched.client.get(JOBS, headers=headers)).status_code in {401, 429}


async def a_transaction_is_held(watched: Watched) -> None:
    async with watched.database.begin() as connection:
        await connection.execute(text("SELECT 1"))
        await eventually(lambda: "HeadraceTransactionHeld" in watched.firing(), within_s=FIRES_WITHIN_S)


async def the_disk_is_full(watched: Watched) -> None:
    await watched.database.rows(text(FULL))
    await watched.database.rows(
        text("CREATE TRIGGER disk_is_full BEFORE INSERT ON jobs FOR EACH STATEMENT EXECUTE FUNCTION disk_is_full()")
    )
    answer = await watched.client.post(JOBS, json={"type": "echo", "input": {"message": "x"}})
    assert answer.status_code == 507
    await watched.database.rows(text("DROP FUNCTION disk_is_full CASCADE"))


async def the_provider_refuses(watched: Watched) -> None:
    await watched.forgive()
    await watched.submit("429:1,429:1,429:1,429:1,429:1,429:1,ok")


async def jobs_fail(watched: Watched) -> None:
    await watched.submit("400", 2)


async def a_model_fails(watched: Watched) -> None:
    await watched.submit("500", 6, model="second")


async def the_provider_fails(watched: Watched) -> None:
    await watched.forgive()
    await watched.submit("401", 6)


async def a_worker_dies(watched: Watched) -> None:
    await watched.forgive()
    job_id = await jobs.insert(watched.database, input={"message": "long", "sleep_s": 600})
    runs = "status = 'processing'"
    await eventually(lambda: jobs.column(watched.database, job_id, runs), what="it runs")
    await watched.end("worker")


async def no_worker_lives(watched: Watched) -> None:
    """The one before is dead; its row is too old after a while."""


async def jobs_wait(watched: Watched) -> None:
    """What the dead worker left waits."""


async def workers_show_nothing(watched: Watched) -> None:
    await watched.worker(METRICS_PORT="")
    await eventually(lambda: "HeadraceWorkersUnseen" in watched.firing(), within_s=FIRES_WITHIN_S)
    await watched.end("worker")


async def a_worker_is_deaf(watched: Watched) -> None:
    url = watched.stack.settings.redis_url.get_secret_value()
    through = url.replace(str(urlsplit(url).port), str(watched.broker_line.port))
    await watched.worker(REDIS_URL=through)
    watched.broker_line.blackhole_who_says(b"BRPOP")
    await eventually(lambda: watched.broker_line.swallowed, what="the consumer has asked for messages in vain")
    await jobs.insert(watched.database)


async def the_scheduler_is_gone(watched: Watched) -> None:
    await watched.end("scheduler")


async def the_broker_is_away(watched: Watched) -> None:
    await watched.end("broker")


async def the_database_is_away(watched: Watched) -> None:
    await watched.line.cut()


async def the_api_is_away(watched: Watched) -> None:
    await watched.end("api")


# In this order: what comes later ends more of the stack.
CAUSES: dict[str, Callable[[Watched], Awaitable[None]]] = {
    "HeadraceGuesses": guesses,
    "HeadraceTransactionHeld": a_transaction_is_held,
    "HeadraceDatabaseFull": the_disk_is_full,
    "HeadraceJobsFail": jobs_fail,
    "HeadraceModelDown": a_model_fails,
    "HeadraceProviderRefuses": the_provider_refuses,
    "HeadraceProviderDown": the_provider_fails,
    "HeadraceWorkersDie": a_worker_dies,
    "HeadraceNoWorker": no_worker_lives,
    "HeadraceQueueGrows": jobs_wait,
    "HeadraceWorkersUnseen": workers_show_nothing,
    "HeadraceWorkerDeaf": a_worker_is_deaf,
    "HeadraceSchedulerStuck": the_scheduler_is_gone,
    "HeadraceBrokerAway": the_broker_is_away,
    "HeadraceDatabaseAway": the_database_is_away,
    "HeadraceApiAway": the_api_is_away,
}
CONSEQUENCES = {"HeadraceNoWorker", "HeadraceQueueGrows"}  # of the cause before; they may be there already


@pytest.fixture(scope="module")
async def watched(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Watched]:
    program("prometheus", "prometheus")
    await empty(open_database)
    database_url = settings.database_url.get_secret_value()
    line = Proxy(urlsplit(database_url).port or 0)
    broker_port = free_port()
    broker_line = Proxy(broker_port)
    given = settings.model_copy(
        update={
            "database_url": SecretStr(database_url.replace(f":{urlsplit(database_url).port}/", f":{line.port}/")),
            "redis_url": SecretStr(f"redis://:only-for-tests@127.0.0.1:{broker_port}/0"),
            "trusted_proxies": ("127.0.0.1/32",),
            "lease_s": LEASE_S,
            "breaker_failures": 3,
            "breaker_cooldown_s": 60.0,
            "retry_scale": 0.02,
        }
    )
    await line.mend()
    await broker_line.mend()
    async with running(given, tmp_path_factory.mktemp("watched"), BREAKER_RATIO="1") as stack:
        found = Watched(stack, open_database, line, broker_line)
        await found.start()
        yield found
    for one in (line, broker_line):
        await one.cut()
    await eventually(lambda: not (line._writers or broker_line._writers), what="their connections are closed")


def test_prometheus_takes_the_rules_and_the_example_as_they_are(tmp_path: Path) -> None:
    for name in ("prometheus-rules.yml", "prometheus.yml"):
        shutil.copy(DOCS / name, tmp_path)
    (tmp_path / "service-token").touch()
    subprocess.run([program("promtool", "prometheus"), "check", "config", "prometheus.yml"], cwd=tmp_path, check=True)


async def test_nothing_fires_while_nothing_happens(watched: Watched) -> None:
    assert set(CAUSES) == {rule["alert"] for rule in rules()}
    evaluated: set[str] = set()

    def often() -> bool:
        (group,) = watched.ask("rules")["groups"]
        evaluated.add(group["lastEvaluation"])
        return len(evaluated) > 5

    await eventually(often, what="the rules are evaluated several times")
    assert watched.firing() == set()


@pytest.mark.parametrize("alert", CAUSES)
async def test_it_fires_at_the_first_event(watched: Watched, alert: str) -> None:
    assert alert in CONSEQUENCES or alert not in watched.firing()
    await CAUSES[alert](watched)
    found: set[str] = set()

    def fires() -> bool:
        found.update(watched.firing())
        return alert in found

    await eventually(fires, within_s=FIRES_WITHIN_S, what=f"{alert} fires; firing: {watched.firing()}")
