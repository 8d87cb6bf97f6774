"""Lists of jobs in every order, by metadata, and with how many there are."""

from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.jobs.listing import Sort
from app.jobs.repository import read
from app.jobs.repository.read import JobFilter
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
    ("wanted", "index"),
    [
        (JobFilter(metadata={"customer": "42"}), "jobs_metadata"),
        (JobFilter(sort=Sort.LAST_ENDED), "jobs_final"),
        (JobFilter(sort=Sort.OLDEST), "jobs_owner"),
    ],
)
async def test_each_order_and_the_metadata_have_an_index(database: Database, wanted: JobFilter, index: str) -> None:
    async with database.begin() as connection:
        await connection.execute(text("SET LOCAL enable_seqscan = off"))
        statement = read.page_statement(SERVICE_OWNER_ID, wanted, limit=20)
        plan = (await connection.execute(read.Explain(statement))).scalar_one()
    assert f'"{index}"' in str(plan).replace("'", '"')
