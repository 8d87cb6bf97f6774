"""Versions side by side: which code the tables support, what is said when they do not fit, what migrations may do."""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from pydantic import SecretStr
from sqlalchemy import text

from app.auth.caller import SERVICE_OWNER_ID
from app.core.database import Database
from app.core.settings import Settings
from app.jobs.repository import counts
from app.main import create_app
from app.ops.health import schema_version, servers
from app.ops.health.repository import Schema, find_schema
from app.ops.health.schema_version import misfit
from tests.conftest import TOKEN

# What older code could miss, and new conditions that may refuse what it writes.
TAKES_AWAY = re.compile(
    r"op\.(drop_table|drop_column|rename_table|create_check_constraint|create_unique_constraint|create_foreign_key)"
    r"|new_column_name|type_=|\b(DROP|RENAME|SET NOT NULL|ADD CONSTRAINT)\b",
    re.IGNORECASE,
)
FIRST_COMPATIBLE = "0013"  # when the rule came


@pytest.mark.parametrize(
    ("found", "says"),
    [
        (None, "never run: run `headrace migrate`"),
        (Schema("0011", "0011"), "at migration 0011 and this version needs 0012: run `headrace migrate`"),
        (Schema("0012", "0011"), ""),
        (Schema("0013", "0011"), ""),
        (Schema("0020", "0012"), ""),
        (Schema("0020", "0013"), "supports versions from 0013 on; this one is of 0012: start a newer version"),
    ],
    ids=["none", "behind", "own", "ahead", "ahead at the edge", "too far ahead"],
)
def test_what_fits(found: Schema | None, says: str) -> None:
    reason = misfit(found, own="0012")
    assert (says in reason) if says else reason == ""


@pytest.fixture
async def client(settings: Settings, config: Config, migrated: Database) -> AsyncIterator[httpx2.AsyncClient]:
    """An API on a database of its own, which is at the newest migration."""
    await asyncio.to_thread(command.upgrade, config, "head")
    url = str(config.get_main_option("sqlalchemy.url"))
    app = create_app(settings.model_copy(update={"database_url": SecretStr(url)}))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app=app), base_url="http://test", headers={"X-Service-Token": TOKEN}
        ) as client,
    ):
        yield client


async def put(database: Database, revision: str, compatible_from: str) -> None:
    await database.rows(
        text("UPDATE alembic_version SET version_num = :revision, compatible_from = :compatible"),
        {"revision": revision, "compatible": compatible_from},
    )


async def test_an_older_api_stays_ready_while_it_is_supported(client: httpx2.AsyncClient, migrated: Database) -> None:
    own = schema_version.expected_revision()
    try:
        for revision, compatible_from, status, says in (
            (own, own, 200, ""),
            ("9999", own, 200, ""),
            ("9999", "9998", 503, "start a newer version"),
            ("0001", "0001", 503, "run `headrace migrate`"),
        ):
            await put(migrated, revision, compatible_from)
            answer = await client.get("/ready")
            assert (answer.status_code, says in answer.json()["detail"]) == (status, True), answer.text
            assert ("Retry-After" in answer.headers) is (status == 503)
    finally:
        await put(migrated, own, "0011")


async def test_a_step_back_has_nothing_to_migrate(
    config: Config, migrated: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    """An older version that is started again migrates, too, and must not fail for what it does not know."""
    await asyncio.to_thread(command.upgrade, config, "head")
    own = schema_version.expected_revision()
    try:
        await put(migrated, "9999", own)
        await asyncio.to_thread(command.upgrade, config, "head")
        assert "ahead of" in capsys.readouterr().out
        await put(migrated, "9999", "9998")
        with pytest.raises(CommandError, match="start a newer version"):
            await asyncio.to_thread(command.upgrade, config, "head")
    finally:
        await put(migrated, own, "0011")
    assert await servers.check_database(migrated) == ""


async def test_a_worker_that_came_too_early_waits_for_the_migration(config: Config, migrated: Database) -> None:
    await asyncio.to_thread(command.upgrade, config, "head")
    await asyncio.to_thread(command.downgrade, config, "0011")
    waiting = asyncio.create_task(schema_version.wait_until_fit(migrated))
    assert "run `headrace migrate`" in await schema_version.check(migrated)
    assert not waiting.done()
    await asyncio.to_thread(command.upgrade, config, "head")
    await asyncio.wait_for(waiting, 60)


def test_a_migration_that_takes_something_away_says_since_when_that_is_well() -> None:
    """Expand first; contract later, and raise `compatible_from` in the same migration."""
    for script in ScriptDirectory(str(schema_version.MIGRATIONS)).walk_revisions():
        if script.revision == FIRST_COMPATIBLE:
            assert TAKES_AWAY.search(inspect.getsource(script.module.downgrade)), "the rule sees what is taken away"
        if script.revision > FIRST_COMPATIBLE:
            source = inspect.getsource(script.module.upgrade)
            found = TAKES_AWAY.search(source)
            assert not found or "compatible_from" in source, f"{script.revision} takes away: {found}"


OWNERS = "SELECT owner_id::text, type, sum(count) AS count FROM job_tallies GROUP BY 1, 2 ORDER BY 1, 2"


@pytest.mark.parametrize("strangers", [0, 1])
async def test_counts_of_before_get_their_owner_and_lose_it(config: Config, migrated: Database, strangers: int) -> None:
    """All of one owner are the owner's; of several, it is not known whose, and a scheduler of now counts anew."""
    await asyncio.to_thread(command.upgrade, config, "head")
    await migrated.rows(text("DELETE FROM jobs"))
    await asyncio.to_thread(command.downgrade, config, "0018")
    for owner_id, count in ((str(SERVICE_OWNER_ID), 2), (str(uuid4()), strangers)):
        await migrated.rows(
            text(
                "INSERT INTO jobs (id, owner_id, type, run_at, queued_at, dispatch_at, timeout_s, deadline_at, input)"
                " SELECT gen_random_uuid(), :owner_id, 'echo', now(), now(), now(), 1, now(), '{}'"
                " FROM generate_series(1, :count)"
            ),
            {"owner_id": owner_id, "count": count},
        )
    await asyncio.to_thread(command.upgrade, config, "head")
    assert [tuple(row) for row in await migrated.rows(text(OWNERS))] == [
        (None if strangers else str(SERVICE_OWNER_ID), "echo", 2 + strangers)
    ]
    await counts.add_up(migrated)
    assert sorted(row.count for row in await migrated.rows(text(OWNERS))) == [1, 2][1 - strangers :]
    await migrated.rows(
        text("INSERT INTO bulk_actions (id, action, filter, total) VALUES (gen_random_uuid(), 'prune', '{}', 0)")
    )
    await asyncio.to_thread(command.downgrade, config, "0018")
    rows = await migrated.rows(text("SELECT sum(count) FROM job_tallies"))
    assert rows[0][0] == 2 + strangers
    await migrated.rows(text("UPDATE jobs SET queue = 'gpu'"))
    rows = await migrated.rows(text("SELECT queue, sum(count) FROM job_tallies GROUP BY 1 HAVING sum(count) <> 0"))
    assert [tuple(row) for row in rows] == [("gpu", 2 + strangers)]
    assert [row[0] for row in await migrated.rows(text("SELECT owner_id FROM bulk_actions"))] == [SERVICE_OWNER_ID]
    await migrated.rows(text("DELETE FROM bulk_actions"))
    await migrated.rows(text("DELETE FROM jobs"))
    await asyncio.to_thread(command.upgrade, config, "head")


async def test_old_words_become_the_new_ones_and_come_back(config: Config, migrated: Database) -> None:
    await asyncio.to_thread(command.upgrade, config, "head")
    await asyncio.to_thread(command.downgrade, config, "0015")
    await migrated.rows(text("INSERT INTO provider_states (provider, state) VALUES ('p', 'forced'), ('p', 'open')"))
    await migrated.rows(
        text(
            "INSERT INTO bulk_actions (id, owner_id, action, filter, total)"
            " SELECT gen_random_uuid(), gen_random_uuid(), one, '{}', 0 FROM unnest(ARRAY['replay', 'prune']) AS one"
        )
    )
    states = text("SELECT state FROM provider_states ORDER BY id")
    actions = text("SELECT action FROM bulk_actions ORDER BY action")
    await asyncio.to_thread(command.upgrade, config, "head")
    assert [row.state for row in await migrated.rows(states)] == ["forced_open", "open"]
    assert [row.action for row in await migrated.rows(actions)] == ["prune", "retry"]
    assert await find_schema(migrated) == Schema(schema_version.expected_revision(), "0016")
    await asyncio.to_thread(command.downgrade, config, "0015")
    assert [row.state for row in await migrated.rows(states)] == ["forced", "open"]
    assert [row.action for row in await migrated.rows(actions)] == ["prune", "replay"]
    await asyncio.to_thread(command.upgrade, config, "head")
