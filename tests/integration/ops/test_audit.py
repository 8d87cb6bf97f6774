"""The audit log as administrators read it: by filters, over pages, as CSV; and how long it is kept."""

import csv
import io
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings, SettingsError, load_settings
from app.ops.audit_log import service
from tests.rig.people import SERVICE, bearer, key_of, person

AUDIT = "/api/v1/admin/audit"
INSERT = text(
    "INSERT INTO audit_log (at, actor, action, target, detail, user_id, key_id, address)"
    " VALUES (:at, :actor, :action, :target, :detail, :user_id, :key_id, :address)"
)
NOW = utc_now()


async def write(database: Database, **given: Any) -> None:
    line = {"at": NOW, "actor": "ada", "action": "queue.pause", "target": "default", "detail": None}
    await database.rows(INSERT, {**line, "user_id": None, "key_id": None, "address": None, **given})


async def found(client: httpx2.AsyncClient, **params: str) -> list[int]:
    answer = await client.get(AUDIT, params=params)
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["items"]]


async def test_each_filter_finds_its_lines_and_no_others(client: httpx2.AsyncClient, database: Database) -> None:
    ada = uuid4()
    lines: list[dict[str, Any]] = [
        {"actor": "ada", "user_id": ada},
        {"actor": "eve", "action": "key.create", "key_id": "Ab3dE5gH"},
        {"actor": "eve", "action": "key.revoke", "address": "203.0.113.9"},
        {"actor": "gate", "action": "keyring.x", "target": "user:%"},
        {"actor": "ada", "at": NOW - timedelta(days=2)},
    ]
    for line in lines:
        await write(database, **line)
    yesterday = (NOW - timedelta(days=1)).isoformat()
    for params, ids in (
        ({}, [5, 4, 3, 2, 1]),
        ({"actor": "ada"}, [5, 1]),
        ({"actor": "Ada"}, []),
        ({"user_id": str(ada)}, [1]),
        ({"key_id": "Ab3dE5gH"}, [2]),
        ({"action": "key.create"}, [2]),
        ({"action": "key."}, [3, 2]),
        ({"action": "key"}, []),
        ({"action": "%."}, []),
        ({"target": "user:%"}, [4]),
        ({"address": "203.0.113.9"}, [3]),
        ({"since": yesterday}, [4, 3, 2, 1]),
        ({"until": yesterday}, [5]),
        ({"since": NOW.isoformat()}, [4, 3, 2, 1]),
        ({"until": NOW.isoformat()}, [5]),
        ({"actor": "eve", "action": "key.", "since": yesterday}, [3, 2]),
    ):
        assert await found(client, **params) == ids, params


async def test_filters_hold_over_pages(client: httpx2.AsyncClient, database: Database) -> None:
    for number in range(9):
        await write(database, actor="ada" if number % 2 else "eve")
    ids: list[int] = []
    params = {"actor": "eve", "limit": "2"}
    while True:
        answer = await client.get(AUDIT, params=params)
        page = answer.json()
        ids += [one["id"] for one in page["items"]]
        if page["next_cursor"] is None:
            break
        assert "actor=eve" in answer.headers["link"]
        params["cursor"] = page["next_cursor"]
    assert ids == [9, 7, 5, 3, 1]


@pytest.mark.parametrize(
    "query", ["user_id=x", "since=yesterday", "since=2026-01-01", "actor=%00", "acton=x", "format=xml", "target=a%00"]
)
async def test_what_is_no_filter_is_refused(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"{AUDIT}?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["detail"]


@pytest.mark.parametrize(
    ("query", "accept", "is_csv"),
    [
        ("?format=csv", "application/json", True),
        ("", "text/csv", True),
        ("", "text/csv, application/json;q=0.5", True),
        ("", "application/json, text/csv;q=0.5", False),
        ("?format=json", "text/csv", False),
        ("", "*/*", False),
        ("", "text/csv;q=0", False),
    ],
)
async def test_csv_is_for_who_asks_for_it(client: httpx2.AsyncClient, query: str, accept: str, *, is_csv: bool) -> None:
    answer = await client.get(f"{AUDIT}{query}", headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv") is is_csv
    assert ("attachment" in answer.headers.get("content-disposition", "")) is is_csv


async def test_csv_has_all_lines_that_match(client: httpx2.AsyncClient, database: Database) -> None:
    count = service.CSV_LINES + 3
    many = text(
        "INSERT INTO audit_log (actor, action, target) SELECT 'ada', 'a.b', n::text FROM generate_series(1, :n) n"
    )
    await database.rows(many, {"n": count})
    await write(database, actor="eve")
    answer = await client.get(AUDIT, params={"format": "csv", "actor": "ada"})
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    assert [row["target"] for row in rows] == [str(number) for number in range(count, 0, -1)]
    nothing = await client.get(AUDIT, params={"format": "csv", "actor": "nobody"})
    assert nothing.text.count("\r\n") == 1
    paged = await client.get(AUDIT, params={"format": "csv", "limit": "5"})
    assert (paged.status_code, "leave it out" in paged.json()["detail"]) == (422, True)


async def test_csv_starts_no_formula_and_json_loses_nothing(client: httpx2.AsyncClient, database: Database) -> None:
    evil = '=HYPERLINK("http://evil.test")'
    detail = {"before": {"name": evil}, "after": {"name": "-5", "über": 'a "b"\n'}}
    await write(database, actor=evil, target="-5", detail=json.dumps(detail), address="203.0.113.9")
    (row,) = csv.DictReader(io.StringIO((await client.get(f"{AUDIT}?format=csv")).text, newline=""))
    assert (row["actor"], row["target"], row["address"], row["key_id"]) == (f"'{evil}", "-5", "203.0.113.9", "")
    assert json.loads(row["detail"]) == detail
    assert datetime.fromisoformat(row["at"]) == NOW
    (item,) = (await client.get(AUDIT)).json()["items"]
    assert (item["actor"], item["target"], item["detail"]) == (evil, "-5", detail)
    assert set(row) == set(item)


async def test_who_may_read_it(anonymous: httpx2.AsyncClient) -> None:
    for role, status in (("operator", 403), ("member", 403), ("admin", 200)):
        headers = (await person(anonymous, role)).headers
        for query in ("", "?format=csv"):
            assert (await anonymous.get(AUDIT + query, headers=headers)).status_code == status
    key = bearer((await key_of(anonymous, SERVICE, scopes=["jobs:read"]))["key"])
    assert (await anonymous.get(f"{AUDIT}?format=csv", headers=key)).status_code == 403


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'nobody'",
        "UPDATE audit_log SET at = now() - interval '90 days'",
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE at < now() - interval '80 days'",
        "TRUNCATE audit_log",
        "WITH one AS (DELETE FROM audit_log RETURNING id) SELECT * FROM one",
        "SELECT set_config('headrace.prunes_audit_log', 'on', true); DELETE FROM audit_log WHERE actor = 'ada'",
        "INSERT INTO audit_log OVERRIDING SYSTEM VALUE TABLE audit_log ON CONFLICT (id) DO UPDATE SET actor = 'eve'",
    ],
)
async def test_a_line_is_neither_changed_nor_deleted(database: Database, statement: str) -> None:
    await write(database)
    await write(database, at=NOW - timedelta(days=90), actor="eve")
    before = await database.rows(text("SELECT * FROM audit_log ORDER BY id"))

    async def run() -> None:
        async with database.begin() as connection:
            for part in statement.split("; "):
                await connection.execute(text(part))

    with pytest.raises(DBAPIError, match="audit_log only takes new lines"):
        await run()
    assert await database.rows(text("SELECT * FROM audit_log ORDER BY id")) == before


async def test_lines_go_by_their_age_alone(database: Database, settings: Settings) -> None:
    for days in (400, 364, 40, 29, 0):
        await write(database, at=NOW - timedelta(days=days), target=str(days))

    async def left() -> list[str]:
        return [row.target for row in await database.rows(text("SELECT target FROM audit_log ORDER BY at"))]

    await service.prune(database, settings.model_copy(update={"audit_days": 0.0}))
    assert await left() == ["400", "364", "40", "29", "0"], "0: for ever"
    await service.prune(database, settings)
    assert await left() == ["364", "40", "29", "0"]
    await service.prune(database, settings.model_copy(update={"audit_days": 1.0}))
    assert await left() == ["29", "0"], "what the tables keep in any case"


async def test_a_role_that_may_only_add_lines_can_prune(database: Database, settings: Settings) -> None:
    await write(database, at=NOW - timedelta(days=400))
    await write(database, target="fresh")
    async with database.begin() as connection:
        for statement in (
            "CREATE ROLE headrace_adds",
            "GRANT SELECT, INSERT ON audit_log TO headrace_adds",
            "SET LOCAL ROLE headrace_adds",
            "SELECT prune_audit_log(365)",
        ):
            await connection.execute(text(statement))
        rows = (await connection.execute(text("SELECT target FROM audit_log"))).all()
        assert [row.target for row in rows] == ["fresh"]
        await connection.rollback()


@pytest.mark.parametrize(
    ("days", "is_refused"), [("0", False), ("30", False), ("365", False), ("29", True), ("-1", True)]
)
def test_how_long_it_is_kept(days: str, monkeypatch: pytest.MonkeyPatch, *, is_refused: bool) -> None:
    monkeypatch.setenv("AUDIT_DAYS", days)
    if is_refused:
        with pytest.raises(SettingsError, match=r"^AUDIT_DAYS: write "):
            load_settings()
    else:
        assert load_settings().audit_days == float(days)
