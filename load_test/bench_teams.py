"""What the lists of one team read beside another one with as many jobs, and those of who sees both.

The other team's jobs are all newer, wait before and ended after: whatever walked past them would show.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.jobs.listing import Sort
from app.jobs.repository import backlog, costs, counts, dead_letters, dispatch, read
from app.jobs.repository.dead_letters import Selection
from app.jobs.repository.job_filter import JobFilter
from app.jobs.states import ShownStatus
from app.storage import repository as files
from load_test import bench_size, buffers, rig
from load_test.backlog import empty

OTHER = UUID("00000000-0000-7000-8000-00000000000b")
PAGE = 21
MOST = 1.2  # times as many as alone
_FINGERPRINT = text("SELECT error_fingerprint FROM jobs WHERE status = 'failed' LIMIT 1")
List = Callable[[Database, UUID | None], Awaitable[Any]]


def main(
    *,
    jobs: Annotated[int, typer.Option(min=5_000, help="How many each team has.")] = 200_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read every list of a team alone, then beside another, and of both. Exits with 1 where the other one is felt."""
    with rig.running() as servers:
        figures = asyncio.run(_measure(servers.database_url, jobs))
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        _print(figures, jobs)
    if felt(figures["alone"], figures["beside"]):
        raise typer.Exit(1)


def felt(alone: Mapping[str, int], beside: Mapping[str, int]) -> list[str]:
    """Return the lists that read more beside another team than alone, by over a fifth."""
    return [f"{name}: {alone[name]}, then {read}" for name, read in beside.items() if read > MOST * alone[name]]


async def _measure(url: str, jobs: int) -> dict[str, dict[str, int]]:
    database = Database(url, application_name="bench", pool_size=2, statement_timeout_s=600)
    await empty(database)
    try:
        await fill(database, SERVICE_OWNER_ID, jobs)
        alone = await measure(database, SERVICE_OWNER_ID)
        await fill(database, OTHER, jobs, span=timedelta(seconds=1))
        return {
            "alone": alone,
            "beside": await measure(database, SERVICE_OWNER_ID),
            "both": await measure(database, None),
        }
    finally:
        await database.close()


async def fill(database: Database, team: UUID, jobs: int, *, span: timedelta = bench_size.WEEK) -> None:
    """Store jobs of a team, and let all be as it is soon after: tallies and costs added up, tables vacuumed."""
    await bench_size.fill(database, team, jobs, span=span)
    await counts.add_up(database)
    while await costs.roll_up(database):
        pass
    await buffers.vacuum(database)


async def measure(database: Database, owner_id: UUID | None) -> dict[str, int]:
    """Return the buffers that each list reads, of one team or of all."""
    row = await database.row(_FINGERPRINT)
    lists = _lists(row.error_fingerprint if row else "")
    return {name: sum(await buffers.buffers(database, partial(one, database, owner_id))) for name, one in lists.items()}


def _page(**wanted: Any) -> List:
    return lambda database, owner_id: read.find_page(database, owner_id, JobFilter(**wanted), limit=PAGE)


async def _resent(database: Database, owner_id: UUID | None) -> None:
    async with database.begin() as connection:
        await dispatch.find_sent(connection, owner_id)


def _lists(fingerprint: str) -> dict[str, List]:
    today, days_ago = utc_now(), utc_now() - timedelta(days=5)
    first: date = (today - timedelta(days=30)).date()
    return {
        "all": _page(),
        "oldest first": _page(sort=Sort.OLDEST),
        **{f"{status}": _page(status=status) for status in ShownStatus},
        "completed, oldest first": _page(status=ShownStatus.COMPLETED, sort=Sort.OLDEST),
        **{f"type {name}": _page(type=name) for name in ("echo", "classify", "nobody")},
        "queue gpu": _page(queue="gpu"),
        "failed of a type and queue": _page(status=ShownStatus.FAILED, type="echo", queue="default"),
        "of a time": _page(created_from=days_ago, created_to=days_ago + timedelta(hours=1)),
        "of a time and type": _page(created_from=days_ago, type="summarize"),
        "ended last": _page(sort=Sort.LAST_ENDED),
        "ended first": _page(sort=Sort.FIRST_ENDED),
        "failed last": _page(sort=Sort.LAST_ENDED, status=ShownStatus.FAILED),
        "one kind of failures": _page(fingerprint=fingerprint),
        "dead letters": lambda database, owner_id: dead_letters.find_groups(database, owner_id, Selection(), limit=50),
        "backlog": lambda database, owner_id: backlog.find_page(database, owner_id, "default", after=None, limit=PAGE),
        "resend": _resent,
        "costs": lambda database, owner_id: costs.sums(database, owner_id, by="type", first=first, last=today.date()),
        "files": lambda database, owner_id: files.find_page(database, owner_id, before=None, limit=PAGE),
    }


def _print(figures: Mapping[str, Mapping[str, int]], jobs: int) -> None:
    table = Table(title=f"Buffers of each list: a team of {jobs:,} jobs alone, beside another, and both")
    for column in ("", *figures):
        table.add_column(column, justify="left" if not column else "right")
    for name in figures["alone"]:
        table.add_row(name, *(f"{one[name]:,}" for one in figures.values()))
    Console(width=100).print(table)


if __name__ == "__main__":
    typer.run(main)
