"""A stack of real processes for end-to-end and fault tests: API, workers, scheduler, scripted model, own broker."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import Settings
from app.llm.exchange import certificates
from app.local.valkey import Valkey
from tests.rig import forked
from tests.rig.forked import INHERITED, Forked
from tests.rig.ports import free_port
from tests.scripted_model.process import ScriptedModel, command

ROOT = Path(__file__).parents[2]
TICK_S = 0.05
# These only bound what hangs, so they are long: a machine may be slow. What is promised has numbers of its own.
WITHIN_S = 60.0
READY_WITHIN_S = 120.0  # of a process
FINAL_WITHIN_S = 300.0  # of many jobs


@dataclass(slots=True)
class Process:
    """One process of the stack; its output goes to a file that a failing test can show."""

    name: str
    popen: "subprocess.Popen[bytes] | Forked"
    log: Path

    def signal(self, number: int) -> None:
        """Send a signal to this process alone."""
        if self.popen.poll() is None:
            os.kill(self.popen.pid, number)

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.popen.poll() is None

    async def ended(self, within_s: float = WITHIN_S) -> int:
        """Wait for its end and return its exit code."""
        await eventually(lambda: not self.is_alive, within_s=within_s, what=f"{self.name} ends")
        return self.popen.wait()


async def eventually(condition: Callable[[], Any], *, within_s: float = WITHIN_S, what: str = "condition") -> Any:
    """Wait until a condition (plain or async) holds, and return what it gave. The only wait that tests use."""
    until_s = monotonic_s() + within_s
    while True:
        found = condition()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert monotonic_s() < until_s, f"not within {within_s} s: {what}"
        await asyncio.sleep(TICK_S)


@dataclass(slots=True)
class Stack:
    """Processes with one environment. Everything that was started is ended by `close`."""

    settings: Settings
    folder: Path
    environment: dict[str, str]
    processes: list[Process] = field(default_factory=list)
    clients: list[httpx2.AsyncClient] = field(default_factory=list)
    root: Path = ROOT  # of the code that runs
    interpreter: Path = Path(sys.executable)
    api_command: Sequence[str] = ("-m", "app", "api")

    def start(self, name: str, argv: Sequence[str], **environment: str) -> Process:
        """Start one process."""
        with self._next_log(name).open("wb") as output:
            popen = subprocess.Popen(
                argv,
                cwd=self.root,
                env={**self.environment, **environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._started(name, popen)

    def python(self, name: str, *argv: str, **environment: str) -> Process:
        """Start a Python process: forked, where a new one would be the same."""
        whole = {**self.environment, **environment}
        role = forked.role_of(argv)
        if role is None or self.root != ROOT or not forked.is_same_as_new(whole):
            return self.start(name, [str(self.interpreter), *argv], **environment)
        with self._next_log(name).open("wb") as output:
            return self._started(name, forked.start(role, argv, whole, output))

    def _next_log(self, name: str) -> Path:
        return self.folder / f"{name}-{len(self.processes)}.log"

    def _started(self, name: str, popen: "subprocess.Popen[bytes] | Forked") -> Process:
        process = Process(name, popen, self._next_log(name))
        self.processes.append(process)
        return process

    async def worker(self, **environment: str) -> Process:
        """Start a worker and wait until it consumes."""
        process = self.python("worker", "-m", "app", "worker", **environment)
        await eventually(
            lambda: b" ready." in process.log.read_bytes(), within_s=READY_WITHIN_S, what="a worker is ready"
        )
        return process

    def scheduler(self, **environment: str) -> Process:
        """Start a scheduler."""
        return self.python("scheduler", "-m", "app", "scheduler", **environment)

    async def api(self, *, probe: str = "/ready", **environment: str) -> httpx2.AsyncClient:
        """Start an API process and return a client with the token, once it is ready; the process is the last one.

        `probe`: the path whose 200 says so.
        """
        port = free_port()
        self.python("api", *self.api_command, "--port", str(port), **environment)
        token = self.settings.service_token.get_secret_value()
        client = httpx2.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", headers={"X-Service-Token": token}, timeout=60, verify=certificates()
        )
        self.clients.append(client)

        await eventually(partial(is_ok, client, probe), within_s=READY_WITHIN_S, what="the API is ready")
        return client

    async def scripted_model(self) -> Path:
        """Start the scripted provider, make it the stack's model, and return its log: a line of JSON a call."""
        # It fails and refuses as a test likes, and not by any rate; tests of the governor use `provider`.
        self.environment |= {"BREAKER_FAILURES": "1000", "BREAKER_RATIO": "1", "LLM_QUOTA": "60000/min"}
        return (await self.provider()).log

    async def provider(self, **wanted: Any) -> ScriptedModel:
        """Start the scripted provider with the limits and the speed that are wanted, as the stack's model."""
        port, log = free_port(), self.folder / "calls.jsonl"
        self.python("model", *command(log, port=port, **wanted))
        found = ScriptedModel(f"http://127.0.0.1:{port}/v1", log)
        self.environment |= {
            "PROVIDERS_FILE": "/dev/null",
            "LLM_PROVIDER": "openai",
            "OPENAI_BASE_URL": found.base_url,
            "OPENAI_API_KEY": "sk-only-for-tests",
        }
        await eventually(lambda: _listens(port), within_s=READY_WITHIN_S, what="the scripted model listens")
        return found

    def broker(self) -> Process:
        """Start an empty Valkey of the stack's own on the port of its REDIS_URL."""
        valkey = self.own_valkey()
        valkey.prepare()
        return self.start("valkey", valkey.spec().argv)

    def own_valkey(self) -> Valkey:
        """Return the Valkey that REDIS_URL names; it keeps nothing when it ends."""
        url = urlsplit(self.settings.redis_url.get_secret_value())
        return Valkey(self.folder, url.port or 0, url.password or "", durable=False)

    async def close(self, *, within_s: float = WITHIN_S) -> None:
        """End every process, by id. Raises: AssertionError when one outlives the one that started it so long."""
        for process in reversed(self.processes):
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGKILL)
            process.popen.wait(WITHIN_S)
        sessions = {process.popen.pid for process in self.processes}
        try:
            await eventually(
                lambda: not list(_living_in(sessions)), within_s=within_s, what="no process of the stack is left"
            )
        finally:
            for pid in _living_in(sessions):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def logs(self) -> str:
        """Return the ends of all logs."""
        return "\n".join(
            f"== {one.log.name}\n{one.log.read_text('utf-8', 'replace')[-4000:]}" for one in self.processes
        )


def _living_in(sessions: set[int]) -> Iterator[int]:
    """Return the processes of these sessions; each process of a stack has been given one of its own."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                state, _parent, _group, session = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
                if int(session) in sessions and state != "Z":
                    yield int(entry.name)


async def is_ok(client: httpx2.AsyncClient, url: str) -> bool:
    """Whether a GET is answered, and with 200."""
    try:
        return (await client.get(url)).status_code == 200
    except httpx2.TransportError:
        return False


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def environment_of(settings: Settings, **changes: str) -> dict[str, str]:
    """Return the environment that gives a process these settings, and nothing of the test's own beside."""
    named: dict[str, str] = {name: os.environ[name] for name in INHERITED if name in os.environ}  # noqa: TID251
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        text = value.get_secret_value() if hasattr(value, "get_secret_value") else value
        named[name.upper()] = ",".join(text) if isinstance(text, tuple) else "" if text is None else str(text)
    return {**named, "PYTHONUNBUFFERED": "1", **changes}


@asynccontextmanager
async def running(settings: Settings, folder: Path, **environment: str) -> AsyncIterator[Stack]:
    """Yield an empty stack and end all its processes; when the test fails, print their logs."""
    stack = Stack(settings, folder, environment_of(settings, **environment))
    try:
        yield stack
    except BaseException:
        print(stack.logs())  # noqa: T201 - pytest shows it with the failure
        raise
    finally:
        for client in stack.clients:
            await client.aclose()
        await stack.close()


@asynccontextmanager
async def frontend(stack: Stack, api_port: int, **environment: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Start the interface's server before an API, and yield a client of it as a browser has one."""
    port = free_port()
    stack.python(
        "frontend",
        *("-m", "app", "frontend", "--port", str(port)),
        API_HOST="127.0.0.1",
        API_PORT=str(api_port),
        **environment,
    )
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:

        async def listens() -> bool:
            try:
                await client.get("/")
            except httpx2.TransportError:
                return False
            return True

        await eventually(listens, what="the frontend listens")
        yield client


async def wait_all_final(database: Database, count: int, *, within_s: float = FINAL_WITHIN_S) -> None:
    """Wait until `count` jobs are in a final state."""
    query = text("SELECT count(*) FROM jobs WHERE finished_at IS NOT NULL")

    async def done() -> bool:
        row = await database.row(query)
        return row is not None and row[0] >= count

    await eventually(done, within_s=within_s, what=f"{count} jobs end")
