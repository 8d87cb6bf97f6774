"""Real servers and processes for the benchmarks: embedded PostgreSQL (durable) and Valkey, ended with the run."""

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import typer

from app.core.database import Database
from app.local import postgres_files
from app.local.process import ProcessSpec, spawn, stop, wait_ready
from app.local.test_servers import database_servers

ROOT = Path(__file__).parents[1]
TOKEN = "only-for-benchmarks-0123456789abcdef"  # noqa: S105 - of servers that live for a minute on loopback
DATABASE = "headrace_bench"


@dataclass(slots=True)
class Rig:
    """Servers that run, the settings that reach them, and the processes started so far.

    `settings`: what every process started from now on gets in its environment, beside the rig's own.
    """

    folder: Path
    database_url: str
    redis_url: str
    cleanup: ExitStack
    logs: dict[str, Path] = field(default_factory=dict)
    pids: dict[str, int] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, *argv: str, port: int | None = None, **environment: str) -> subprocess.Popen[bytes]:
        """Start a Python process with the rig's settings; with `port`, wait until it listens."""
        self.logs[name] = self.folder / f"{name}.log"
        spec = ProcessSpec(
            name=name,
            argv=(sys.executable, *argv),
            ready=lambda _: port is None or listens(port),
            env={**self.environment(), **environment},
        )
        child = spawn(spec, log_path=self.logs[name])
        self.pids[name] = child.pid
        self.cleanup.callback(stop, spec, child)
        wait_ready(spec, child, log_path=self.logs[name])
        return child

    def api(self, name: str = "api", **environment: str) -> str:
        """Run the API; return its base URL."""
        port = free_port()
        self.start(name, "-m", "app", "api", "--port", str(port), port=port, **environment)
        return f"http://127.0.0.1:{port}"

    def serve(self, name: str, factory: str, **environment: str) -> str:
        """Serve an ASGI application that is not the API with one uvicorn process; return its base URL."""
        port = free_port()
        argv = ("-m", "uvicorn", factory, "--factory", "--port", str(port), "--no-access-log")
        self.start(name, *argv, port=port, **environment)
        return f"http://127.0.0.1:{port}"

    @contextmanager
    def scope(self) -> Iterator[None]:
        """End what is started in this block with the block."""
        outer = self.cleanup
        with ExitStack() as self.cleanup:
            yield
        self.cleanup = outer

    def environment(self) -> dict[str, str]:
        """Return the settings of every process of the rig."""
        return {
            "PYTHONPATH": str(ROOT),
            "DATA_DIR": str(self.folder),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis_url,
            "SERVICE_TOKEN": TOKEN,
            "SECRET_KEY": TOKEN,
            "PROVIDERS_FILE": "/dev/null",
            "LLM_PROVIDER": "simulated",
            "LOG_LEVEL": "WARNING",
            **self.settings,
        }

    def database(self) -> Database:
        """Return a pool of connections for the benchmark itself."""
        return Database(self.database_url, application_name="headrace-bench", pool_size=2)


@contextmanager
def running() -> Iterator[Rig]:
    """Yield a rig with a migrated database; everything ends with the block, and its files go."""
    with ExitStack() as cleanup:
        folder = Path(cleanup.enter_context(tempfile.TemporaryDirectory(prefix="headrace-bench-")))
        cleanup.callback(postgres_files.remove, folder)
        servers = database_servers(folder, free_port(), free_port(), TOKEN, durable=True)
        postgres, valkey = cleanup.enter_context(servers)
        rig = Rig(folder, postgres.url(DATABASE), valkey.url, cleanup)
        asyncio.run(postgres.create_database(DATABASE))
        argv = (sys.executable, "-m", "app", "migrate")
        subprocess.run(argv, env=rig.environment(), cwd=ROOT, check=True, timeout=60, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
        yield rig


def progress(line: str) -> None:
    """Say on stderr how far a benchmark is; stdout has its figures alone."""
    typer.echo(line, err=True)


def free_port() -> int:
    """Return a port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Say whether something accepts connections on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def cpu_s(pid: int) -> float:
    """Return the processor time that a process has used, in seconds. Source: proc(5), stat."""
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def memory_mb(pid: int) -> float:
    """Return the memory that a process has now, in megabytes. Source: proc(5), statm."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def servers_of(started: Collection[int]) -> dict[str, int]:
    """Return the process ids of PostgreSQL and Valkey: children of this process beside those `started` by a rig."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            name = Path(f"/proc/{child}/comm").read_text().strip()
            if child not in started and name.startswith(("postgres", "valkey", "redis")):
                found["postgres" if name == "postgres" else "valkey"] = child
    return found


def peak_memory_mb(pid: int) -> float:
    """Return the most memory a process has had, in megabytes. Source: proc(5), status, VmHWM."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
