"""F18: this code replaces an older commit under load, process by process, in the runbook's order; and the way back."""

import asyncio
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import Settings
from app.local.postgres import Postgres
from app.local.valkey import Valkey
from tests.faults.asking import JOBS, asking, count, echo, wait_count, wait_none_open
from tests.faults.conftest import Record, with_own_broker
from tests.rig.invariants import check_invariants
from tests.rig.stack import ROOT, Process, Stack, eventually, running

NAME = "upgrade_test"
ENVIRONMENT = ".venv"
PER_S = 20
WORKERS = 2
STEP_JOBS = 60  # that end between two steps
GIT = shutil.which("git")
UV = shutil.which("uv") or str(ROOT / ".venv" / "bin" / "uv")


@dataclass(slots=True)
class Callers:
    """Submits and reads through whichever APIs there are, in turn, as a balancer would; keeps each answer's status."""

    apis: list[httpx2.AsyncClient] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    under_way: Counter[httpx2.AsyncClient] = field(default_factory=Counter)
    _number: int = 0

    async def forever(self) -> None:
        """Submit PER_S jobs a second, and read one of those before, until cancelled."""
        begun_s = monotonic_s()
        async with asyncio.TaskGroup() as group:
            while True:
                self._number += 1
                group.create_task(self._one(self._number))
                await asyncio.sleep(begun_s + self._number / PER_S - monotonic_s())

    async def _one(self, number: int) -> None:
        body = asking("slow:0.3") if number % 4 == 0 else echo(sleep_s=2.0 if number % 10 == 1 else 0.1)
        answer = await eventually(lambda: self._ask("POST", JOBS, json=body), what="a job is accepted")
        self.accepted.append(answer["id"])
        paths = (f"{JOBS}/{self.accepted[number % len(self.accepted)]}", f"{JOBS}?limit=20", "/api/v1/admin/stats")
        await self._ask("GET", paths[number % len(paths)])

    async def _ask(self, method: str, path: str, **more: Any) -> Any | None:
        api = self.apis[self._number % len(self.apis)]
        self.under_way[api] += 1
        try:
            answer = await api.request(method, path, **more)
        finally:
            self.under_way[api] -= 1
        is_told = answer.status_code == 503 and "retry-after" in answer.headers
        self.answers["later" if is_told else "ok" if answer.is_success else f"{answer.status_code} {path}"] += 1
        return answer.json() if answer.is_success else None

    async def leave(self, api: httpx2.AsyncClient) -> None:
        """Ask an API nothing more, and wait for what is under way."""
        self.apis.remove(api)
        await eventually(lambda: not self.under_way[api], what="every answer has come")


@dataclass(slots=True)
class Version:
    """One version's processes."""

    stack: Stack
    api: httpx2.AsyncClient | None = None
    processes: dict[str, list[Process]] = field(default_factory=lambda: {"worker": [], "scheduler": [], "api": []})

    async def start(self, what: str, callers: Callers) -> None:
        """Start the processes of one kind; the API is asked from then on."""
        if what == "worker":
            self.processes[what] = [await self.stack.worker(GRACE_S="5") for _ in range(WORKERS)]
        elif what == "scheduler":
            self.processes[what] = [self.stack.scheduler()]
        else:
            # one from before 0013 is not ready ahead of its own migrations, though it serves
            self.api = await self.stack.api(probe="/live")
            self.processes[what] = [self.stack.processes[-1]]
            callers.apis.append(self.api)

    async def stop(self, what: str, callers: Callers) -> None:
        """Stop them in good order."""
        if what == "api" and self.api is not None:
            await callers.leave(self.api)
        for process in self.processes[what]:
            process.signal(signal.SIGTERM)
        assert {await process.ended() for process in self.processes[what]} <= {0, -signal.SIGTERM}


@pytest.fixture(scope="session")
def before(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code of the commit that is replaced, in a folder with an environment of its own."""
    commit, folder = request.config.getoption("--upgrade-from"), tmp_path_factory.mktemp("before")
    if GIT is None:
        pytest.skip("there is no git")
    wanted = ("app", "alembic.ini", "migrations", "requirements.txt")
    there = subprocess.run(
        [GIT, "-C", str(ROOT), "ls-tree", "--name-only", commit, *wanted], capture_output=True, text=True, check=False
    )
    packed = subprocess.run(
        [GIT, "-C", str(ROOT), "archive", commit, *there.stdout.split()], capture_output=True, check=False
    )
    if packed.returncode:
        pytest.skip(f"the commit {commit} is not in this checkout")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed.stdout, check=True)
    subprocess.run([UV, "venv", "--quiet", "--python", sys.executable, folder / ENVIRONMENT], check=True)
    install = [UV, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--requirements", "requirements.txt"]
    subprocess.run([*install, "--python", folder / ENVIRONMENT], cwd=folder, check=True)
    return folder


@pytest.fixture
async def versions(
    settings: Settings, servers: tuple[Postgres, Valkey], before: Path, tmp_path: Path
) -> AsyncIterator[tuple[Version, Version]]:
    """The version before and this one, on a database and a broker of their own."""
    await servers[0].create_database(NAME)
    own = with_own_broker(settings).model_copy(
        update={"database_url": SecretStr(servers[0].url(NAME)), "lease_s": 20.0}
    )
    folders = [tmp_path / name for name in ("old", "new")]
    for folder in folders:
        folder.mkdir()
    async with running(own, folders[1]) as new, running(own, folders[0]) as old:
        new.broker()
        await new.scripted_model()
        old.environment, old.root = dict(new.environment), before
        old.interpreter = before / ENVIRONMENT / "bin" / "python"
        if "def api(" not in (before / "app" / "cli" / "stack.py").read_text("utf-8"):
            old.api_command = ("-m", "uvicorn", "app.main:create_app", "--factory", "--no-access-log")
        yield Version(old), Version(new)


async def migrate(version: Version) -> None:
    step = version.stack.python("migrate", "-m", "app", "migrate")
    assert await step.ended() == 0, step.log.read_text()


@pytest.mark.slow
@pytest.mark.case(
    "F18",
    "the commit before replaced under load, two workers, a scheduler and an API of each, and back",
    "no job lost or failed; no answer but 2xx, or 503 with Retry-After",
)
async def test_an_upgrade_and_the_way_back_lose_and_fail_nothing(
    versions: tuple[Version, Version], servers: tuple[Postgres, Valkey], record: Record
) -> None:
    old, new = versions
    callers = Callers()
    database = Database(servers[0].url(NAME), application_name="tests")

    async def go_on() -> None:
        done = await count(database, "status = 'completed'")
        await wait_count(database, "status = 'completed'", done + STEP_JOBS)

    async def replace(one: Version, other: Version, order: tuple[str, ...]) -> None:
        for what in order:
            await other.start(what, callers)
            await go_on()
            await one.stop(what, callers)
            await go_on()

    await migrate(old)
    for what in ("worker", "scheduler", "api"):
        await old.start(what, callers)
    load = asyncio.create_task(callers.forever())
    await go_on()
    await migrate(new)
    await go_on()
    await replace(old, new, ("worker", "scheduler", "api"))
    assert (await new.api.get("/ready")).status_code == 200 if new.api else False
    await migrate(new)
    await replace(new, old, ("api", "scheduler", "worker"))
    load.cancel()
    [end] = await asyncio.gather(load, return_exceptions=True)
    assert isinstance(end, asyncio.CancelledError), end
    await wait_none_open(database)
    rows = await check_invariants(database, accepted=callers.accepted)
    failed = await database.rows(text("SELECT id, error FROM jobs WHERE status <> 'completed'"))
    assert not failed, failed
    assert {row.attempt - row.refunds for row in rows} == {1}
    assert set(callers.answers) <= {"ok", "later"}, callers.answers
    await database.close()
    record("jobs", len(rows))
    record("503 with Retry-After", callers.answers["later"])
    record("handed back", sum(row.refunds for row in rows))
