"""Lists of jobs in every order, by metadata, and with how many there are."""

import asyncio
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain, combinations, cycle
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from app.auth.caller import SERVICE_OWNER_ID
from app.core.clock import utc_now
from app.core.database import Database
from app.jobs.listing import Place, Sort
from app.jobs.repository import counts, read
from app.jobs.repository.job_filter import JobFilter
from app.jobs.states import ShownStatus
from load_test import backlog, buffers
from tests.rig import jobs

JOBS = "/api/v1/jobs"


@pytest.fixture
async def ids(database: Database) -> list[str]:
    """Seven jobs, oldest first; all but the last ended, in the reverse order, two of them in the same moment."""
    made = [await jobs.insert(database) for _ in range(7)]
    for minutes, job_id in zip((6, 5, 5, 4, 3, 2), made, strict=False):
        ended = (
            f"(status, result, finished_at) = ('completed', '{{}}', date_trunc('day', now()) + interval '{minutes} h')"
        )
        await jobs.change(database, job_id, ended)
    return [str(one) for one in made]


async def pages(client: httpx2.AsyncClient, **query: Any) -> list[str]:
    """Return the ids of all pages, two a page, by the links, and see that the cursors are the same."""
    found: list[str] = []
    url: str | None = f"{JOBS}?{httpx2.QueryParams({**query, 'limit': 2})}"
    while url is not None:
        answer = await client.get(url)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        url = answer.links["next"]["url"] if page["next_cursor"] else None
        assert (url is None) == ("link" not in answer.headers)
    return found


async def test_every_order_is_read_to_its_end_by_cursors(client: httpx2.AsyncClient, ids: list[str]) -> None:
    assert await pages(client) == await pages(client, sort="-created_at") == ids[::-1]
    assert await pages(client, sort="created_at") == ids
    assert await pages(client, sort="-finished_at") == [ids[0], ids[2], ids[1], *ids[3:6]]
    assert await pages(client, sort="finished_at", status="completed") == [*ids[5:2:-1], ids[1], ids[2], ids[0]]


async def test_a_cursor_of_one_order_is_refused_by_name_in_another(client: httpx2.AsyncClient, ids: list[str]) -> None:
    cursors = {sort: (await client.get(JOBS, params={"sort": sort, "limit": 2})).json()["next_cursor"] for sort in Sort}
    for made, cursor in cursors.items():
        for asked in Sort:
            answer = await client.get(JOBS, params={"sort": asked, "cursor": cursor})
            if asked is made:
                assert answer.status_code == 200
            else:
                assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor")
                assert f"sort={made.value};" in answer.json()["detail"]
    for wrong in ("", "x", "%%%", "A" * 34, f"{cursors[Sort.OLDEST]}A", "_" * 33 + "8"):
        for asked in Sort:
            answer = await client.get(JOBS, params={"sort": asked, "cursor": wrong})
            assert (answer.status_code, answer.json()["code"]) == (422, "bad_cursor"), wrong


async def test_an_order_that_jobs_of_a_state_do_not_have_is_refused(client: httpx2.AsyncClient) -> None:
    for status in ("pending", "scheduled", "processing"):
        answer = await client.get(JOBS, params={"sort": "finished_at", "status": status})
        assert answer.status_code == 422
        assert "created_at" in answer.json()["detail"]
    assert (await client.get(JOBS, params={"sort": "priority"})).status_code == 422


async def with_metadata(client: httpx2.AsyncClient, *metadata: dict[str, Any] | None) -> list[str]:
    body = {"jobs": [{"type": "echo", "input": {"message": "x"}, "metadata": one} for one in metadata]}
    return [one["id"] for one in (await client.post(f"{JOBS}/batch", json=body)).json()["jobs"]]


async def test_jobs_are_found_by_members_of_their_metadata(client: httpx2.AsyncClient) -> None:
    values: list[dict[str, Any] | None] = [
        {"customer": "42", "a.b": "x"},
        {"customer": 42, "team": "red"},
        {"customer": 42.0, "vip": True},
        {"customer": "42 ", "none": None},
        {"customer": {"customer": "42"}},
        None,
    ]
    ids = await with_metadata(client, *values)
    found = {
        "metadata.customer=42": {0, 1, 2},
        "metadata[customer]=42": {0, 1, 2},
        "metadata%5Bcustomer%5D=42": {0, 1, 2},
        "metadata.customer=42&metadata.team=red": {1},
        "metadata.customer=42%20": {3},
        "metadata.a.b=x": {0},
        "metadata.vip=true": {2},
        "metadata.none=null": {3},
        "metadata.customer=%27%20OR%201=1--": set(),
        "metadata.customer=%22%7D": set(),
        "metadata.customer=NaN": set(),
        "metadata.customer=1e999": set(),
        "metadata.customer=" + "9" * 400: set(),
    }
    for query, places in found.items():
        answer = await client.get(f"{JOBS}?{query}&type=echo")
        assert answer.status_code == 200, answer.text
        assert {item["id"] for item in answer.json()["items"]} == {ids[place] for place in places}, query
    assert await pages(client, **{"metadata.customer": "42"}) == [ids[2], ids[1], ids[0]]


async def test_filters_by_metadata_are_bounded(client: httpx2.AsyncClient) -> None:
    for query in (
        "&".join(f"metadata.k{number}=1" for number in range(6)),
        f"metadata.k={'x' * 501}",
        f"metadata.{'k' * 501}=x",
        "metadata.k=%00",
        "metadata.k=1&metadata[k]=2",
        "metadata.k=1&metadata.k=1",
        "metadata=x",
        "metadata.=x",
        "metadata[]=x",
    ):
        answer = await client.get(f"{JOBS}?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"][:15]) == (422, "#query/metadata"), query


async def test_a_count_is_roughly_told_where_it_is_asked_for(
    client: httpx2.AsyncClient, database: Database, ids: list[str]
) -> None:
    assert (await client.get(JOBS)).json()["estimated_count"] is None
    assert (await client.get(JOBS, params={"count": "estimate"})).json()["estimated_count"] == 7
    assert (await client.get(JOBS, params={"count": "exact"})).status_code == 422
    await database.rows(text("ANALYZE jobs"))
    page = (await client.get(JOBS, params={"count": "estimate", "limit": 2})).json()
    assert page["estimated_count"] == 7
    query: dict[str, Any] = {"count": "estimate", "status": "completed", "metadata.k": "1", "sort": "finished_at"}
    assert (await client.get(JOBS, params=query)).json()["estimated_count"] == 0


@pytest.mark.parametrize(
    ("wanted", "owner_id", "index"),
    [
        (JobFilter(metadata={"customer": "42"}), SERVICE_OWNER_ID, "jobs_metadata"),
        (JobFilter(sort=Sort.LAST_ENDED), SERVICE_OWNER_ID, "jobs_owner_final"),
        (JobFilter(sort=Sort.LAST_ENDED), None, "jobs_(owner_)?final"),  # of none it is all the same
        (JobFilter(sort=Sort.OLDEST), SERVICE_OWNER_ID, "jobs_(owner|pkey)"),  # one owner has them all
        (JobFilter(sort=Sort.OLDEST), None, "jobs_pkey"),
    ],
)
async def test_each_order_and_the_metadata_have_an_index(
    database: Database, wanted: JobFilter, owner_id: UUID | None, index: str
) -> None:
    if wanted.metadata:
        await backlog.fill_at_once(database, 2000)
        await buffers.vacuum(database)
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        statement = read.page_statement(owner_id, wanted, limit=20)
        plan = (await connection.execute(read.Explain(statement))).scalar_one()
    assert re.search(f"'{index}'", str(plan))


@pytest.fixture
async def many(database: Database) -> Database:
    """20,000 waiting jobs, and before them a few of another type, queue or state."""
    await jobs.insert(database, type="rare")
    await jobs.insert(database, queue="rare")
    await jobs.insert(database, delay_s=1000.0)
    await jobs.finish(database, await jobs.claim(database, await jobs.insert(database)), {})
    await asyncio.sleep(0.01)  # so that these have ids of their own millisecond
    await backlog.fill_at_once(database, 20_000)
    await counts.add_up(database)
    await buffers.vacuum(database)
    return database


LONG_AGO, TODAY = datetime(2020, 1, 1, tzinfo=UTC), utc_now()
RARE = {
    "type": (JobFilter(type="rare"), 1),
    "type, oldest first": (JobFilter(type="rare", sort=Sort.OLDEST), 1),
    "queue": (JobFilter(queue="rare"), 1),
    "both": (JobFilter(type="rare", queue="rare"), 0),
    "nobody's": (JobFilter(type="nobody"), 0),
    "state": (JobFilter(status=ShownStatus.COMPLETED), 1),
    "state and type": (JobFilter(status=ShownStatus.COMPLETED, type="echo"), 1),
    "another state": (JobFilter(status=ShownStatus.FAILED, type="echo"), 0),
    "long ago": (JobFilter(created_to=LONG_AGO), 0),
    "from tomorrow": (JobFilter(created_from=TODAY + timedelta(days=1)), 0),
    "of a day long ago": (JobFilter(created_from=LONG_AGO, created_to=LONG_AGO + timedelta(days=1), type="echo"), 0),
    "the newest of a place": (JobFilter(status=ShownStatus.PENDING, type="echo", queue="default"), 20),
    "ended": (JobFilter(sort=Sort.LAST_ENDED, type="nobody"), 0),
}


async def test_what_is_rare_is_found_without_reading_the_rest(many: Database) -> None:
    for name, (wanted, count) in RARE.items():
        page = partial(read.find_page, many, SERVICE_OWNER_ID, wanted, limit=20)
        assert len(await page()) == count, name
        assert sum(await buffers.buffers(many, page)) < 150, name


async def test_a_list_shows_what_its_filters_say(database: Database) -> None:
    made = []
    for number, job_type, queue in zip(range(24), cycle(("a", "b", "c")), cycle(("x", "x", "x", "y")), strict=False):
        job_id = await jobs.insert(database, type=job_type, queue=queue, delay_s=1000.0 * (number % 5 == 0))
        status = "scheduled" if number % 5 == 0 else "pending"
        if number % 3 and status == "pending":
            await jobs.finish(database, await jobs.claim(database, job_id), {})
            status = "completed"
        made.append((job_id, {"type": job_type, "queue": queue, "status": status}))
    for names in powerset(("type", "queue", "status")):
        for values in {tuple(job[name] for name in names) for _, job in made}:
            named = dict(zip(names, values, strict=True))
            shown_status = ShownStatus(named["status"]) if "status" in named else None
            shown = JobFilter(status=shown_status, type=named.get("type"), queue=named.get("queue"))
            fitting = [job_id for job_id, job in made if named.items() <= job.items()]
            for sort, expected in ((Sort.NEWEST, fitting[::-1]), (Sort.OLDEST, fitting)):
                found: list[UUID] = []
                while len(found) < len(expected) + 1:
                    after = Place(found[-1]) if found else None
                    wanted = replace(shown, sort=sort, after=after)
                    page = await read.find_page(database, SERVICE_OWNER_ID, wanted, limit=3)
                    found += [row.id for row in page]
                    if len(page) < 3:
                        break
                assert found == expected, (named, sort)


def powerset(names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(names, size) for size in range(len(names) + 1))


async def test_a_list_by_time_believes_no_clock_of_an_api_too_much(database: Database) -> None:
    now = utc_now()
    for minutes in (-50, 0, 50):
        milliseconds = int(now.timestamp() * 1000) + 60_000 * minutes
        await jobs.insert(database, id=UUID(int=milliseconds << 80 | uuid7().int & ((1 << 80) - 1)))
    for wanted in (
        JobFilter(created_from=now - timedelta(seconds=5)),
        JobFilter(created_to=utc_now() + timedelta(seconds=5)),
    ):
        assert len(await read.find_page(database, SERVICE_OWNER_ID, wanted, limit=20)) == 3


async def test_a_job_that_moves_while_a_list_is_read_is_in_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await jobs.insert(database, type="rare")
    before = await counts.read_owned(database, None)
    await jobs.claim(database, job_id)  # between the two statements of a list

    async def read_before(*_: object) -> Any:
        return before

    monkeypatch.setattr(counts, "read_owned", read_before)
    for wanted in (JobFilter(type="rare"), JobFilter(queue="default")):
        assert [row.id for row in await read.find_page(database, SERVICE_OWNER_ID, wanted, limit=20)] == [job_id]
