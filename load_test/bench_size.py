"""What every reading route costs with very many jobs, beside a thousand: how long it takes, and the buffers it reads.

The many are of a week: nearly all completed, of a few types and queues, some of them rare, with history and costs.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from statistics import median
from typing import Annotated, Any
from uuid import UUID

import httpx2
import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.application_state import part_of
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import load_settings
from app.jobs.api.resources import Resources
from app.main import create_app
from load_test import backlog, buffers, generic_plans, rig
from load_test.rig import Rig

FEW = 1_000
MOST_MS = 100.0
MOST_BUFFERS_RATIO = 1.5
TIMES = 5
CAUGHT_UP_S = 120.0  # for the scheduler, to add up the costs of all of them
CHUNK = 100_000
# Ages fall from a week to two minutes, so that costs may be added up; of a thousand jobs 40 failed, 10 were cancelled,
# and the last ones still wait.
WEEK = timedelta(days=7)
_FILL = text("""
    WITH numbered AS (
        SELECT n, CAST(:span AS interval) * (1 - n::float / :total) + interval '2 minutes' AS age,
               CASE WHEN n > CAST(:total AS bigint) - 200 THEN 'pending' WHEN n % 25 = 0 THEN 'failed'
                    WHEN n % 100 = 1 THEN 'cancelled' ELSE 'completed' END AS status,
               CASE WHEN n % 10000 = 7 THEN 'translate' WHEN n % 100 = 3 THEN 'classify'
                    WHEN n % 10 = 2 THEN 'summarize' ELSE 'echo' END AS type,
               CASE WHEN n % 20000 = 11 THEN 'rare' WHEN n % 50 = 5 THEN 'gpu' ELSE 'default' END AS queue
        FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n
    ), new AS (
        INSERT INTO jobs (id, owner_id, type, queue, status, attempt, run_at, queued_at, dispatch_at, timeout_s,
                          deadline_at, claimed_at, started_at, finished_at, worker, input, result, error, error_code,
                          version, created_at, metadata, model, provider, prompt_tokens, completion_tokens, cost_usd)
        SELECT uuidv7(-age), :owner_id, type, queue, status, CASE WHEN status = 'pending' THEN 0 ELSE 1 END,
               now() - age, now() - age, now() - age, 300, now() + interval '1 day',
               CASE WHEN status <> 'pending' THEN now() - age END, CASE WHEN status <> 'pending' THEN now() - age END,
               CASE WHEN status <> 'pending' THEN now() - age + interval '1 second' END, 'w1', '{"message": "hello"}',
               CASE WHEN status = 'completed' THEN '{"message": "hello"}'::jsonb END,
               CASE WHEN status = 'failed' THEN jsonb_build_object('code', 'unavailable', 'message', 'HTTP 503') END,
               CASE WHEN status = 'failed' THEN 'unavailable' END, CASE WHEN status = 'pending' THEN 1 ELSE 3 END,
               now() - age, CASE WHEN n % 1000 = 9 THEN jsonb_build_object('customer', n) END,
               CASE WHEN type <> 'echo' THEN 'small' END, CASE WHEN type <> 'echo' THEN 'openai' END,
               CASE WHEN type <> 'echo' THEN 100 END, CASE WHEN type <> 'echo' THEN 20 END,
               CASE WHEN type <> 'echo' THEN 0.0001 END
        FROM numbered RETURNING id, status, type, created_at
    )
    INSERT INTO job_events (job_id, version, name, status, attempt, worker, at, detail)
    SELECT id, line.version, line.name, line.status, line.attempt, 'w1', created_at + line.version * interval '0.3 s',
           line.detail
    FROM new, LATERAL (
        VALUES (1, 'submitted', 'pending', 0, NULL::jsonb), (2, 'started', 'processing', 1, NULL),
               (3, new.status, new.status, 1, CASE WHEN new.type <> 'echo' THEN jsonb_build_object('model', 'small',
                'prompt_tokens', 100, 'completion_tokens', 20, 'cost_usd', 0.0001, 'run_ms', 1000) END)
    ) AS line(version, name, status, attempt, detail)
    WHERE new.status <> 'pending' OR line.version = 1
""")
_NAMES = text("""
    SELECT (SELECT id FROM jobs WHERE status = 'completed' LIMIT 1) AS done,
           (SELECT id FROM jobs WHERE status = 'pending' LIMIT 1) AS waiting,
           (SELECT error_fingerprint FROM jobs WHERE status = 'failed' LIMIT 1) AS fingerprint,
           to_char(now() - interval '5 days', 'YYYY-MM-DD') AS day
""")
_console = Console(width=120)


@dataclass(frozen=True, slots=True)
class Figure:
    """A route's medians, in milliseconds, and its first answer after the start, at few jobs and at many."""

    route: str
    few_ms: float
    many_ms: float
    first_ms: float
    few_buffers: int
    many_buffers: int

    @property
    def is_met(self) -> bool:
        """Whether it is fast enough however many jobs there are; what is no route reads no more than beside few."""
        if self.many_ms:
            return max(self.many_ms, self.first_ms) < MOST_MS
        return self.many_buffers <= MOST_BUFFERS_RATIO * self.few_buffers


def main(
    *,
    jobs: Annotated[int, typer.Option(min=10 * FEW, help="How many, compared with 1,000.")] = 1_200_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask every route at 1,000 jobs and at many. Exits with 1 when one takes over 100 ms."""
    with rig.running() as servers:
        servers.settings["QUEUES"] = "default,gpu,rare"
        figures = asyncio.run(_measure(servers, jobs))
    if as_json:
        told = [{**asdict(one), "is_met": one.is_met} for one in figures]
        typer.echo(json.dumps({"few": FEW, "many": jobs, "figures": told}, indent=2))
    else:
        _print(figures, jobs)
    if not all(one.is_met for one in figures):
        raise typer.Exit(1)


async def _measure(servers: Rig, jobs: int) -> list[Figure]:
    found = []
    for size in (FEW, jobs):
        database = servers.database()
        await backlog.empty(database)
        begun_s = monotonic_s()
        slow = Database(servers.database_url, application_name="fill", pool_size=1, statement_timeout_s=600)
        await fill(slow, SERVICE_OWNER_ID, size)
        await buffers.vacuum(slow)
        rig.progress(f"{size:,} jobs stored in {monotonic_s() - begun_s:.0f} s")
        with servers.scope():
            servers.start("scheduler", "-m", "app", "scheduler")
            begun_s = monotonic_s()
            await _catch_up(database)
            rig.progress(f"their costs added up in {monotonic_s() - begun_s:.0f} s")
            asked = await _ask_all(servers, database)
        found.append({**asked, **await _of_a_job(servers)})
        if size > FEW:  # a small table is read whole, and a plan of then is not kept for long
            await generic_plans.check(database)
        await slow.close()
        await database.close()
    few, many = found
    return [
        Figure(
            route,
            few[route].later_ms,
            many[route].later_ms,
            many[route].first_ms,
            few[route].buffers,
            many[route].buffers,
        )
        for route in few
    ]


async def fill(database: Database, owner_id: UUID, size: int, *, span: timedelta = WEEK) -> None:
    """Store `size` jobs of a team, from `span` before two minutes ago on."""
    for first in range(1, size + 1, CHUNK):
        given = {"first": first, "last": min(size, first + CHUNK - 1), "total": size, "owner_id": owner_id}
        await database.rows(_FILL, {**given, "span": span})


@dataclass(frozen=True, slots=True)
class Asked:
    """How long a route took at first and later, and the buffers that its statements read."""

    first_ms: float
    later_ms: float
    buffers: int


_LEFT = text("SELECT count(*) FROM job_events WHERE seq > (SELECT coalesce(max(seq), 0) FROM cost_marks)")


async def _routes(database: Database) -> dict[str, str]:
    """Return the routes by what they are called here; some hold an id."""
    row = await database.row(_NAMES)
    assert row is not None  # noqa: S101 - jobs were stored
    lists = [
        *("", "status=completed", "status=failed", "status=pending", "status=scheduled", "status=processing"),
        *("type=echo", "type=translate", "type=nobody", "queue=rare", "queue=nowhere", "type=translate&queue=rare"),
        *("status=completed&type=translate", "status=cancelled&type=classify", "status=failed&queue=rare"),
        *(f"created_from={row.day}T00:00:00Z&created_to={row.day}T01:00:00Z", "created_to=2020-01-01T00:00:00Z"),
        *("sort=created_at", "sort=-finished_at", "sort=finished_at&status=failed", "sort=-finished_at&type=nobody"),
        *("metadata.customer=9", "count=estimate", "id_prefix=01", "limit=100"),
    ]
    others = [
        *("admin/stats", "admin/throughput", "admin/audit", "admin/sessions", "queues", "queues/default/jobs"),
        *("job-types", "providers", "dead-letters", "dead-letters/actions", "files"),
        *("costs", "costs?group_by=model", "costs?group_by=type"),
    ]
    named = {
        "jobs/ID": f"jobs/{row.done}",
        "jobs/ID/explain": f"jobs/{row.waiting}/explain",
        "dead-letters/groups/ID/jobs": f"dead-letters/groups/{row.fingerprint}/jobs",
    }
    return {**{f"jobs?{one}": f"jobs?{one}" for one in lists}, **named, **{one: one for one in others}}


async def _ask_all(servers: Rig, database: Database) -> dict[str, Asked]:
    routes = await _routes(database)
    read = await _buffers(servers, routes)
    async with _client(servers.api()) as client:
        first_ms = {name: await _ask_ms(client, route) for name, route in routes.items()}
        later_ms = {
            name: median([await _ask_ms(client, route) for _ in range(TIMES)]) for name, route in routes.items()
        }
    return {name: Asked(first_ms[name], later_ms[name], read[name]) for name in routes}


def _client(url: str, **options: Any) -> httpx2.AsyncClient:
    headers = {"X-Service-Token": rig.TOKEN}
    return httpx2.AsyncClient(base_url=f"{url}/api/v1/", headers=headers, timeout=60, **options)


async def _buffers(servers: Rig, routes: Mapping[str, str]) -> dict[str, int]:
    """Return the buffers of each route's statements, by an API in this process."""
    app = create_app(load_settings(**{name.lower(): value for name, value in _settings_of(servers).items()}))
    found = {}
    async with app.router.lifespan_context(app), _client("http://bench", transport=httpx2.ASGITransport(app)) as client:
        own = part_of(app, Resources).database
        for name, route in routes.items():
            with buffers.listening(own) as sent:
                await _ask_ms(client, route)
            plans = [await buffers.explain(own, one) for one in sent if not one.sql.startswith("EXPLAIN")]
            found[name] = sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in plans)
    return found


async def _of_a_job(servers: Rig) -> dict[str, Asked]:
    """Return what a job's own statements read; they have no time of their own."""
    database = servers.database()
    try:
        return {f"({name})": Asked(0.0, 0.0, read) for name, read in (await buffers.of_a_job(database)).items()}
    finally:
        await database.close()


def _settings_of(servers: Rig) -> dict[str, Any]:
    given: dict[str, Any] = servers.environment()
    del given["PYTHONPATH"]
    return {**given, "QUEUES": tuple(given["QUEUES"].split(","))}


async def _catch_up(database: Database) -> None:
    until_s = monotonic_s() + CAUGHT_UP_S
    while (row := await database.row(_LEFT)) is not None and row[0]:
        if monotonic_s() > until_s:
            raise SystemExit(f"after {CAUGHT_UP_S:.0f} s the costs of {row[0]} lines are not added up")
        await asyncio.sleep(0.5)


async def _ask_ms(client: httpx2.AsyncClient, route: str) -> float:
    begun_s = monotonic_s()
    (await client.get(route)).raise_for_status()
    return (monotonic_s() - begun_s) * 1000


def _print(figures: list[Figure], jobs: int) -> None:
    table = Table(title=f"{jobs:,} jobs beside {FEW:,}: milliseconds, and buffers of their statements")
    for column in ("", f"{FEW:,}", f"{jobs:,}", "at first", "buffers", "of many", ""):
        table.add_column(column, justify="left" if not column else "right")
    for one in figures:
        met = "met" if one.is_met else "NOT met"
        table.add_row(
            one.route,
            f"{one.few_ms:.1f}",
            f"{one.many_ms:.1f}",
            f"{one.first_ms:.1f}",
            f"{one.few_buffers:,}",
            f"{one.many_buffers:,}",
            met,
        )
    _console.print(table)


if __name__ == "__main__":
    typer.run(main)
