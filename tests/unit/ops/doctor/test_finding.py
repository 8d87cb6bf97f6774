"""Checks are bounded, run side by side, and cannot fail each other; what a server says of itself is judged."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from app.core.database_url import parse
from app.core.settings import load_settings
from app.ops.doctor import broker, database, machine
from app.ops.doctor.database import is_far
from app.ops.doctor.finding import Finding, State, examine, ok
from app.ops.doctor.repository import Server

SERVER = Server(
    version="15.0",
    number=150_000,
    encoding="UTF8",
    is_standby=False,
    is_read_only=False,
    username="u",
    name="x",
    schema="public",
    may_create=True,
    now=datetime(2026, 1, 1, tzinfo=UTC),
    is_tls=False,
    most=100,
    role_most=-1,
    others=0,
    has_workers=False,
)


async def test_a_check_that_hangs_or_fails_is_a_fault_and_holds_nobody_up() -> None:
    both = asyncio.Barrier(2)

    async def meet() -> Sequence[Finding]:
        await both.wait()
        return [ok("a", "met")]

    async def hang() -> Sequence[Finding]:
        await asyncio.Event().wait()
        raise AssertionError

    async def fail() -> Sequence[Finding]:
        raise RuntimeError("redis://:secret@host")

    found = await examine({"a": meet, "b": meet, "c": hang, "d": fail}, timeout_s=0.2)
    assert [(one.subject, one.state, one.text) for one in found] == [
        ("a", State.OK, "met"),
        ("a", State.OK, "met"),
        ("c", State.FAULT, "no answer within 0.2 s"),
        ("d", State.FAULT, "the check itself failed (RuntimeError)"),
    ]


@pytest.mark.parametrize(
    ("info", "line"),
    [
        ({"redis_version": "6.0.16"}, "it is Redis 6.0.16"),
        ({"redis_version": "7.2.4", "role": "slave"}, "it is a replica and takes no writes"),
        ({"redis_version": "7.2.4", "redis_mode": "cluster"}, "it is a cluster, which Celery cannot use"),
    ],
)
def test_a_broker_that_will_not_do_is_told(info: dict[str, Any], line: str) -> None:
    assert line in [one.text for one in broker._version(info) if one.state is State.FAULT]


@pytest.mark.parametrize("info", [{"redis_version": "6.2.0"}, {"redis_version": "7.2.4", "valkey_version": "9.1.0"}])
def test_one_that_is_new_enough_will_do(info: dict[str, Any]) -> None:
    assert [one.state for one in broker._version(info)] == [State.OK]


def test_a_full_broker_is_told() -> None:
    (found,) = broker._memory({"maxmemory": 100, "used_memory": 95})
    assert found.text == "it is full: over 90% of maxmemory is used"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"number": 140_011, "version": "14.11"}, "it is version 14.11"),
        ({"encoding": "SQL_ASCII"}, "the database is encoded in SQL_ASCII"),
        ({"is_standby": True}, "it takes no writes: it is a standby"),
        ({"is_read_only": True}, "it takes no writes: it is read-only by default_transaction_read_only"),
    ],
)
def test_a_postgresql_that_will_not_do_is_told(change: dict[str, Any], line: str) -> None:
    about = replace(SERVER, **change)
    address = parse("postgresql://u@127.0.0.1/x")
    assert line in [one.text for one in database._server(about, address) if one.state is State.FAULT]


def test_a_password_that_crosses_a_network_as_plain_text_is_told() -> None:
    (_, note) = database._server(SERVER, parse("postgresql://u@db.example/x"))
    assert (note.state, note.do) == (State.NOTE, "write sslmode=verify-full (or require) into DATABASE_URL")


@pytest.mark.parametrize(
    ("host", "far"),
    [("127.0.0.1", False), ("::1", False), ("/run/x", False), ("localhost", False), ("10.0.0.1", True), ("db", True)],
)
def test_another_machine_is_told_from_this_one(host: str, far: bool) -> None:
    assert is_far(host) == far


@pytest.mark.parametrize(
    ("free", "state"), [(10**8, State.FAULT), (10**9, State.NOTE), (10**11, State.OK)], ids=["full", "little", "well"]
)
async def test_room_on_the_disk_is_judged(
    free: int, state: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=free))
    settings = load_settings(data_dir=tmp_path / "data")
    found = await machine.check_files(settings)
    assert [one.state for one in found if one.subject == "disk"] == [state]
    assert not settings.data_dir.exists(), "a doctor makes nothing"


async def test_too_few_open_files_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 512))
    found = await machine.check_limits(load_settings(worker_concurrency=200))
    (fault,) = [one for one in found if one.state is State.FAULT]
    assert (fault.text, fault.do) == (
        "512 files may be open, and WORKER_CONCURRENCY needs 608",
        "raise LimitNOFILE to 608, or set WORKER_CONCURRENCY lower",
    )
