"""Headrace's promise under every fault at once, in one command; prints a table, and fails when a line does not hold.

2,000 jobs with model calls, while the broker is flushed and restarted empty, workers are killed and frozen past their
leases, and PostgreSQL is stopped at once. The witness of the calls is the provider itself, outside the database.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.database_errors import is_away
from app.core.redis import connect
from app.core.settings import Settings, load_settings
from tests.faults.nemesis import Nemesis
from tests.faults.report import commit
from tests.faults.torture_table import DRAINED_WITHIN_S, Outcome, Plan, as_json, show
from tests.rig.invariants import ResultWatch, Violation, check_rest, find_violations
from tests.rig.load import Load
from tests.rig.ports import free_port
from tests.rig.postgres import own_postgres
from tests.rig.stack import Stack, eventually, running
from tests.scripted_model.witness import read_calls

LEASE_S = 5.0
MAX_ATTEMPTS = 25
WORKERS = 3
SLOTS = 10
PACE_S = 2.0
LONG_EACH = 20  # every twentieth job has a text of several parts, so several calls
_OPEN = text("SELECT count(*) FROM jobs WHERE finished_at IS NULL")


def body(number: int) -> dict[str, Any]:
    """Return a job that asks the scripted model, which takes 0.2 to 1.4 s for it."""
    seconds = 0.2 + (number * 37 % 100) / 80
    marked = f"[[plan:slow:{seconds:.2f}]] The mill was built in 1784 and ground barley until 1963."
    if number % LONG_EACH == 0:
        marked += " It makes electricity now, as the miller's grandson wanted it to." * 450
    return {"type": "summarize", "input": {"text": marked}, "max_attempts": MAX_ATTEMPTS, "max_crashes": MAX_ATTEMPTS}


def settings_for(folder: Path, database_url: str) -> Settings:
    """Return the settings of a stack with short leases."""
    return load_settings(
        data_dir=folder / "data",
        database_url=database_url,
        redis_url=f"redis://:only-for-tests@127.0.0.1:{free_port()}/0",
        service_token="service-token-only-for-tests-0123456789",
        secret_key="secret-key-only-for-tests-0123456789abcdef",
        llm_provider="simulated",
        openai_context_tokens=9000,
        worker_concurrency=SLOTS,
        lease_s=LEASE_S,
        grace_s=2.0,
        retry_scale=0.02,
    )


async def run(plan: Plan, folder: Path, *, say: Any = lambda _: None) -> Outcome:
    """Run a whole stack through the plan and return what it came to."""
    begun_s = monotonic_s()
    async with own_postgres(folder / "postgres") as postgres:
        settings = settings_for(folder, postgres.url)
        settings.data_dir.mkdir()
        database = Database(postgres.url, application_name="tests")
        try:
            async with running(settings, folder) as stack:
                outcome = await _torture(plan, stack, Nemesis(stack, database, postgres, Random(plan.seed)), say)
        finally:
            await database.close()
    outcome.took_s = monotonic_s() - begun_s
    return outcome


async def _torture(plan: Plan, stack: Stack, nemesis: Nemesis, say: Any) -> Outcome:
    log = await stack.scripted_model()
    nemesis.start_broker()
    stack.scheduler()
    client = await stack.api()
    await asyncio.gather(*(nemesis.start_worker() for _ in range(WORKERS)))
    load, watch = Load(client, body), ResultWatch(nemesis.database)
    changed: list[Violation] = []
    faults = _shuffled(plan, nemesis)
    share, rest = divmod(plan.jobs, len(faults) + 2)
    say(f"{plan.jobs} jobs, {len(faults)} faults, {WORKERS} workers of {SLOTS} slots")
    await load.send(2 * share + rest)
    submitting, freezing = [], []
    for number, (is_long, fault) in enumerate(faults, 1):
        until_s = monotonic_s() + PACE_S
        submitting.append(asyncio.create_task(load.send(share, per_s=share / PACE_S)))
        acting = asyncio.create_task(fault())
        if is_long:
            freezing.append(acting)
        else:
            await acting
        changed += await nemesis.ask(watch.look)
        say(f"{number}/{len(faults)} {fault.__name__}: {len(load.accepted)} jobs accepted")
        await asyncio.sleep(until_s - monotonic_s())
    await asyncio.gather(*freezing)
    last_fault_s = monotonic_s()
    await asyncio.gather(*submitting)
    await eventually(lambda: _is_drained(nemesis.database), within_s=DRAINED_WITHIN_S * 3, what="every job ends")
    drained_s = monotonic_s() - last_fault_s
    changed += await watch.look()
    for worker in nemesis.workers:
        await nemesis.read_metrics(worker)
    return await _judge(plan, stack, nemesis, load, log, changed, drained_s)


def _shuffled(plan: Plan, nemesis: Nemesis) -> list[tuple[bool, Any]]:
    """Return the faults in the order of the seed, each with whether it lasts while others happen."""
    faults = [
        *[(False, nemesis.flush)] * plan.flushes,
        *[(False, nemesis.restart_broker)] * plan.broker_restarts,
        *[(False, nemesis.kill_worker)] * plan.kills,
        *[(True, nemesis.freeze_worker)] * plan.freezes,
        *[(False, nemesis.restart_postgres)] * plan.postgres_stops,
    ]
    nemesis.random.shuffle(faults)
    return faults


async def _is_drained(database: Database) -> bool:
    try:
        row = await database.row(_OPEN)
    except Exception as error:
        if is_away(error):
            return False
        raise
    return row is not None and row[0] == 0


async def _judge(
    plan: Plan, stack: Stack, nemesis: Nemesis, load: Load, log: Path, changed: list[Violation], drained_s: float
) -> Outcome:
    database = nemesis.database
    rows, violations = await find_violations(database, accepted=load.accepted, calls=log, lease_s=LEASE_S)
    redis = connect(stack.settings.redis_url.get_secret_value())
    await check_rest(database, redis, killed=True)
    await redis.aclose()
    last = {str(row.id): str(row.attempt) for row in rows}
    calls = read_calls(log)
    return Outcome(
        plan=plan,
        violations=[*violations, *changed],
        statuses=Counter(row.status for row in rows),
        faults=nemesis.counts(),
        recoveries=await nemesis.recoveries(),
        drained_s=drained_s,
        calls=len(calls),
        needed=sum(last.get(call["job"]) == call["attempt"] for call in calls),
        absorbed=nemesis.absorbed,
        refused=nemesis.refused,
        answered=len(load.accepted),
        unavailable=load.refused,
        latencies_s=load.latencies_s,
    )


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run it from the command line; return 0 when every promise holds."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.torture", description=__doc__)
    for name, value in asdict(Plan()).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value, help=f"default {value}")
    parser.add_argument("--json", type=Path, default=None, help="also write the table as JSON here")
    given = vars(parser.parse_args())
    target, of = given.pop("json"), commit()
    with tempfile.TemporaryDirectory(prefix="headrace-torture-", ignore_cleanup_errors=True) as folder:
        outcome = asyncio.run(run(Plan(**given), Path(folder), say=_say))
    _say(show(outcome))
    if target is not None:
        target.write_text(json.dumps({"commit": of, **as_json(outcome)}, ensure_ascii=False, indent=1), "utf-8")
    return 0 if all(holds for _, _, holds in outcome.promises()) else 1


if __name__ == "__main__":
    sys.exit(main())
