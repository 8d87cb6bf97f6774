"""Signing in on the command line, to an API process: the key that is kept, what it opens, and how it ends."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from typer.testing import CliRunner, Result

from app.cli.main import app
from app.core.database import Database
from app.core.settings import Settings
from tests.rig.people import KEYS, PASSWORD, SERVICE, bearer, key_of, person, status_of
from tests.rig.stack import running

CLEAN = {"HEADRACE_URL": None, "HEADRACE_PROFILE": None, "SERVICE_TOKEN": None}


@dataclass
class Terminal:
    """An account that calls commands; what they keep lies in a home of its own."""

    home: Path
    api: httpx2.AsyncClient

    @property
    def url(self) -> str:
        return str(self.api.base_url).rstrip("/")

    @property
    def kept(self) -> dict[str, Any]:
        path = self.home / "headrace" / "profiles.json"
        found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return found

    async def __call__(self, *words: str, typed: str = "", **variables: str) -> Result:
        env = {**CLEAN, "XDG_CONFIG_HOME": str(self.home), **variables}
        return await asyncio.to_thread(CliRunner().invoke, app, list(words), env=env, input=typed)

    async def login(self, email: str, *options: str, password: str = PASSWORD) -> Result:
        return await self("login", self.url, *options, typed=f"{email}\n{password}\n")


@pytest.fixture
async def terminal(settings: Settings, database: Database, tmp_path: Path) -> AsyncIterator[Terminal]:
    async with running(settings, tmp_path) as stack:
        api = await stack.api()
        del api.headers["X-Service-Token"]
        yield Terminal(tmp_path / "config", api)


async def test_a_user_signs_in_by_password_and_out_again(terminal: Terminal) -> None:
    viewer = await person(terminal.api, "viewer")
    done = await terminal.login(viewer.email)
    assert done.exit_code == 0, done.exception
    assert PASSWORD not in done.output + str(terminal.kept)
    key = terminal.kept["default"]["key"]
    assert key not in done.output
    (shown,) = (await terminal.api.get(KEYS, headers=viewer.headers)).json()["items"]
    assert shown["description"].startswith("headrace on ")
    assert shown["scopes"] == ["jobs:read"]
    who = await terminal("whoami")
    for said in (
        terminal.url,
        f"the viewer <{viewer.email}> (viewer)",
        f"{key[:16]}, ends {shown['expires_at']}",
        "jobs:read",
    ):
        assert said in done.stdout
        assert said in who.stdout
    assert (await terminal("jobs", "ls")).stdout == "no jobs\n"
    assert (await terminal("logout")).stdout == f"signed out of {terminal.url}\n"
    assert (terminal.kept, await status_of(terminal.api, bearer(key))) == ({}, 401)
    assert "there is no profile 'default'" in str((await terminal("logout")).exception)


async def test_a_wrong_password_keeps_nothing(terminal: Terminal) -> None:
    ada = await person(terminal.api)
    refused = await terminal.login(ada.email, password="the mill ran")
    assert str(refused.exception).startswith("The e-mail address or the password is wrong. (HTTP 401")
    assert terminal.kept == {}


async def test_to_sign_in_again_revokes_the_key_before(terminal: Terminal) -> None:
    ada = await person(terminal.api)
    await terminal.login(ada.email)
    first = terminal.kept["default"]["key"]
    await terminal.login(ada.email)
    second = terminal.kept["default"]["key"]
    assert [await status_of(terminal.api, bearer(one)) for one in (first, second)] == [401, 200]
    await terminal.api.delete(f"{KEYS}/{second[8:16]}", headers=ada.headers)
    refused = str((await terminal("jobs", "ls")).exception)
    assert "The key of profile 'default'" in refused
    assert f"sign in again: headrace login {terminal.url} (HTTP 401" in refused
    assert (await terminal.login(ada.email)).exit_code == 0, "one that opens nothing any more is in nobody's way"
    assert (await terminal("whoami")).exit_code == 0


async def test_a_key_is_read_from_standard_input_and_ends_itself(terminal: Terminal) -> None:
    ada = await person(terminal.api)
    made = await key_of(terminal.api, ada.headers, scopes=["files"])
    for wrong in ("", "the mill", made["key"][:-1], f"{made['key']}x"):
        refused = await terminal("login", terminal.url, "--with-key", typed=f"{wrong}\n")
        assert refused.exit_code == 2
        assert not wrong or wrong not in refused.output
    assert (await terminal("login", terminal.url, "--with-key", typed=f" {made['key']}\n")).exit_code == 0
    refused = await terminal("jobs", "ls")
    assert "needs the right jobs:read" in str(refused.exception)
    assert (await terminal("logout")).exit_code == 0
    assert await status_of(terminal.api, bearer(made["key"])) == 401
    refused = await terminal("login", terminal.url, "--with-key", typed=f"{made['key']}\n")
    assert "does not take this key" in str(refused.exception)
    assert terminal.kept == {}


async def test_several_profiles_are_apart(terminal: Terminal) -> None:
    people = {name: await person(terminal.api, name) for name in ("member", "viewer")}
    for name, one in people.items():
        assert (await terminal.login(one.email, "--profile", name)).exit_code == 0

    async def who(*words: str, **variables: str) -> str:
        answer = await terminal("whoami", "--json", *words, **variables)
        return str(json.loads(answer.stdout)["role"] if answer.exit_code == 0 else answer.exception)

    assert [await who("--profile", name) for name in people] == ["member", "viewer"]
    assert [await who(HEADRACE_PROFILE=name) for name in people] == ["member", "viewer"]
    assert await who("--profile", "viewer", HEADRACE_PROFILE="member") == "viewer"
    assert await who(HEADRACE_PROFILE="viewer", HEADRACE_URL=terminal.url, **TOKEN) == "admin", (
        "that is another address"
    )
    assert await who("--profile", "viewer", HEADRACE_URL=terminal.url, **TOKEN) == "viewer"
    assert "there is no profile 'ada' (there are member, viewer)" in await who("--profile", "ada")
    listed = await terminal("profiles")
    assert [line.split()[:2] for line in listed.stdout.splitlines()[1:]] == [[name, terminal.url] for name in people]
    assert "hr_live_" not in listed.stdout + (await terminal("profiles", "--json")).stdout
    await terminal("logout", "--profile", "member")
    assert list(terminal.kept) == ["viewer"]


TOKEN = {"SERVICE_TOKEN": SERVICE["X-Service-Token"]}
