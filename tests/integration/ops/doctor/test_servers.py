"""The doctor at real servers: each fault is found, and it is said what to write instead."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.ops.doctor import broker, machine
from app.ops.doctor import database as postgres
from app.ops.doctor.finding import Finding, State
from tests.rig.stack import environment_of

ROOT = Path(__file__).parents[4]
AHEAD = 50
ROLE, PASSWORD = "headrace_doctor", "canary-of-a-password-1"


def faults(found: Sequence[Finding]) -> list[str]:
    return [f"{one.text} -> {one.do}" for one in found if one.state is State.FAULT]


def with_login(url: str, user: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{user}:{PASSWORD}@{parts.hostname}:{parts.port}{parts.path}"


async def test_a_good_server_has_no_fault(settings: Settings, database: Database, redis: Redis) -> None:
    found = [*await postgres.check(settings), *await broker.check(settings), *await machine.check_uploads(settings)]
    assert faults(found) == []
    said = " | ".join(one.text for one in found)
    assert "version 18" in said
    assert "Valkey" in said
    assert "migrated" in said
    assert "room for 24 connections" in said
    assert await redis.keys("*doctor*") == []


@pytest.fixture
async def own_role(settings: Settings, database: Database) -> AsyncIterator[Settings]:
    """The settings of a user who may log in, and nothing else."""
    await database.rows(text(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'"))
    url = with_login(settings.database_url.get_secret_value(), ROLE)
    yield Settings(**{**settings.model_dump(), "database_url": url})
    await database.rows(text(f"DROP OWNED BY {ROLE}"))
    await database.rows(text(f"DROP ROLE {ROLE}"))


async def test_missing_rights_are_named_with_the_grant(own_role: Settings, database: Database) -> None:
    said = faults(await postgres.check(own_role))
    assert any(one.endswith(f"IN SCHEMA public TO {ROLE}") and "may not write" in one for one in said), said
    await database.rows(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {ROLE}"))
    await database.rows(text(f"GRANT SELECT ON alembic_version TO {ROLE}"))
    found = await postgres.check(own_role)
    assert faults(found) == []
    notes = {one.text for one in found if one.state is State.NOTE}
    assert {"this user may not make tables", "the tables belong to another user"} <= notes
    await database.rows(text(f"REVOKE UPDATE, DELETE ON audit_log FROM {ROLE}"))
    assert faults(await postgres.check(own_role)) == [], "lines of the audit log are only added"
    await database.rows(text(f"REVOKE UPDATE ON users FROM {ROLE}"))
    assert "this user may not write users -> " in str(faults(await postgres.check(own_role)))


async def test_who_holds_the_oldest_snapshot_is_named_whoever_asks(
    own_role: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "OLD_TRANSACTIONS", AHEAD)

    async def notes() -> list[str]:
        found = await postgres.check(own_role)
        return [f"{one.text} -> {one.do}" for one in found if "may still see" in one.text]

    async with database.engine.execution_options(isolation_level="REPEATABLE READ").connect() as reader:
        pid = (await reader.execute(text("SELECT pg_backend_pid() FROM pg_class LIMIT 1"))).scalar_one()
        assert await notes() == []
        for _ in range(AHEAD):
            await database.rows(text("SELECT pg_current_xact_id()"))
        (said,) = await notes()
        await reader.rollback()
    assert said.startswith(f"nothing is cleaned up that process {pid} tests (client) may still see: ")
    assert said.endswith("end a forgotten session by pg_terminate_backend")
    assert await notes() == []


async def test_too_few_connections_and_a_role_that_only_reads_are_faults(
    own_role: Settings, database: Database
) -> None:
    await database.rows(text(f"ALTER ROLE {ROLE} CONNECTION LIMIT 6"))
    await database.rows(text(f"ALTER ROLE {ROLE} SET default_transaction_read_only = on"))
    said = faults(await postgres.check(own_role))
    assert any(one.startswith("6 connections are left for us, and ") for one in said), said
    assert any(one.startswith("it takes no writes: it is read-only") for one in said)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ("postgresql://headrace:{password}@127.0.0.1:1/x", "nobody listens where PostgreSQL should"),
        ("postgresql://headrace:{password}@127.0.0.1:{port}/x", "PostgreSQL refuses the user or the password"),
    ],
)
async def test_a_server_that_cannot_be_used_is_told_without_the_password(
    settings: Settings, change: str, line: str
) -> None:
    port = urlsplit(settings.database_url.get_secret_value()).port
    url = change.format(password=PASSWORD, port=port)
    (said,) = faults(await postgres.check(Settings(**{**settings.model_dump(), "database_url": url})))
    assert said.startswith(line)
    assert PASSWORD not in said


async def test_rights_that_a_user_of_redis_lacks_are_named_with_the_rule(settings: Settings, redis: Any) -> None:
    url = with_login(settings.redis_url.get_secret_value(), ROLE)
    own = Settings(**{**settings.model_dump(), "redis_url": url})
    rules = f"on >{PASSWORD} ~headrace:* +@all"
    await redis.execute_command(
        "ACL", "SETUSER", ROLE, *f"{rules} &headrace:doctor:* -eval -brpop -script|load".split()
    )
    try:
        said = faults(await broker.check(own))
        assert said[0] == (
            "this user may not BRPOP, EVAL, SCRIPT LOAD -> ACL SETUSER name ~headrace:* +brpop +eval +script|load"
        )
        assert said[1].startswith("this user may not listen to the channels")
        await redis.execute_command("ACL", "SETUSER", ROLE, *f"{rules} +eval +brpop +script|load &headrace:*".split())
        assert faults(await broker.check(own)) == []
        await redis.execute_command("ACL", "SETUSER", ROLE, "off")
        assert faults(await broker.check(own)) == ["it refuses the user or the password -> mend them in REDIS_URL"]
    finally:
        await redis.execute_command("ACL", "DELUSER", ROLE)


async def test_a_broker_that_may_throw_messages_away_is_a_fault(settings: Settings, redis: Redis) -> None:
    await redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        (said,) = faults(await broker.check(settings))
        assert said == "it may throw messages away: maxmemory-policy is allkeys-lru -> set it to noeviction"
    finally:
        await redis.config_set("maxmemory-policy", "noeviction")


async def test_a_broker_that_is_not_there_or_has_no_such_database_is_told(settings: Settings) -> None:
    url = settings.redis_url.get_secret_value()
    for changed, line in (
        ("redis://:x@127.0.0.1:1/0", "nobody listens where it should"),
        (url.removesuffix("/0") + "/99", "it has no database of this number"),
    ):
        (said,) = faults(await broker.check(Settings(**{**settings.model_dump(), "redis_url": changed})))
        assert said.startswith(line)


def test_the_command_ends_with_1_for_a_fault_and_prints_no_secret(settings: Settings, tmp_path: Path) -> None:
    environment = environment_of(
        settings,
        PYTHONPATH=str(ROOT),
        LEASE_S="1",
        WORKER_CONCURENCY="5",
        OPENAI_API_KEY=f"sk-{PASSWORD}",
        FILES_URL=f"s3://key:{PASSWORD}@bucket",
    )
    ended = subprocess.run(
        [sys.executable, "-m", "app", "doctor", "--json", "--providers"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 1, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["ok"] is False
    said = [f"{one['state']} {one['subject']}: {one['text']}" for one in answer["findings"]]
    assert "fault settings: LEASE_S: write a number from 3 to 3600 (got '1')" in said
    assert "note settings: WORKER_CONCURENCY is no setting" in said
    assert "ok schema: migrated" in said
    assert "ok provider simulated: It is simulated: nobody is asked." in said
    secrets = [getattr(settings, name).get_secret_value() for name in ("service_token", "secret_key")]
    secrets += [urlsplit(settings.database_url.get_secret_value()).password or "", PASSWORD]
    assert not [one for one in secrets if one in ended.stdout + ended.stderr]
