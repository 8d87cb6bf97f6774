"""A PostgreSQL of a test's own, which it may stop, freeze and start again. What was committed survives that."""

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from app.core.database import Database
from app.local import postgres_files
from app.local.postgres import Postgres
from app.local.process import spawn, stop
from tests.rig.ports import free_port
from tests.rig.stack import eventually

PASSWORD = "only-for-tests-0123456789"
DATABASE = "headrace_test"
START_WITHIN_S = 60.0


@dataclass(slots=True)
class OwnPostgres:
    """The server; `url` is that of its migrated test database."""

    server: Postgres
    log: Path
    child: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """The URL of the test database."""
        return self.server.url(DATABASE)

    async def start(self) -> None:
        """Start it and wait until it takes connections, without blocking the loop."""
        self.server.prepare()
        spec = self.server.spec()
        child = self.child = spawn(spec, log_path=self.log)
        await eventually(lambda: spec.ready(child.pid), within_s=START_WITHIN_S, what="PostgreSQL is ready")

    async def stop_at_once(self) -> None:
        """Stop it without a word to anybody, as `pg_ctl stop -m immediate` does: the next start recovers."""
        child = self._running()
        child.send_signal(signal.SIGQUIT)
        await eventually(lambda: child.poll() is not None, what="PostgreSQL has stopped")

    def freeze(self) -> None:
        """Stop every process of it where it is."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let every process of it go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        postmaster = self._running().pid
        for pid in (postmaster, *_children(postmaster)):  # each is of a group of its own
            with suppress(ProcessLookupError):
                os.kill(pid, number)

    def _running(self) -> "subprocess.Popen[bytes]":
        assert self.child is not None
        return self.child

    def close(self) -> None:
        """End it and delete its files."""
        if self.child is not None:
            if self.child.poll() is None:
                self.thaw()
            stop(self.server.spec(), self.child)
        postgres_files.remove(self.server.data_dir)


def _children(parent: int) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                    yield int(entry.name)


@asynccontextmanager
async def own_postgres(folder: Path) -> AsyncIterator[OwnPostgres]:
    """Yield a server with a migrated, empty database whose commits survive an immediate stop."""
    started = OwnPostgres(Postgres(folder, free_port(), PASSWORD, durable=True), folder / "postgres.log")
    try:
        await started.start()
        await started.server.create_database(DATABASE)
        _migrate(started.url)
        yield started
    finally:
        started.close()


def _migrate(url: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(Path(__file__).parents[2] / "alembic.ini")
    config.set_main_option("sqlalchemy.url", url)
    command.upgrade(config, "head")


def open_database(url: str) -> Database:
    """Return a pool for the test's own questions."""
    return Database(url, application_name="tests")
