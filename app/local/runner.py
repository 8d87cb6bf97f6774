"""`headrace run`: brings the stack up in order, says so, and takes it down when asked to."""

import asyncio
import os
import shutil
import signal
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from app.core import clock
from app.core.checkout import CHECKOUT
from app.core.settings import SettingsError
from app.local import control, credentials, logpipe, ports
from app.local.doctor import check_named_servers
from app.local.errors import LocalError
from app.local.lock import StackLock, take_lock
from app.local.output import Output
from app.local.plan import LOOPBACK, VITE_PORT, Plan, plan, port_clashes
from app.local.signin import MINUTES, make_link
from app.local.stack import Stack
from app.local.stopping import interrupts_of, tell
from app.local.uploads_check import check_uploads
from app.ops import configuration

SAME_KEYSTROKE_S = 0.3  # a tool that started us may pass on the Ctrl-C that the terminal sent us as well
KILLED_PATIENCE_S = 10.0
DRAIN_S = 1.0
TERMINAL_POLL_S = 1.0
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(output: Output, *, workers: int, web: bool, dev: bool = False, parent: int | None = None) -> int:
    """Run the stack of this process's settings until it is asked to stop; return the exit code.

    `web`: build the browser interface beside it. `dev`: serve its sources instead, and reload the API on change.
    `parent`: the process with which the stack ends.

    Raises: SettingsError, and LocalError when something is wrong before anything was started.
    """
    settings = configuration.load()
    if lines := tuple(port_clashes(settings)):
        raise SettingsError(*lines)
    with take_lock(settings.data_dir) as lock:
        made = credentials.ensure(settings)
        wanted = plan(configuration.load(*(name.lower() for name in credentials.NAMES)), made)
        ports.check(wanted.ports(), patience_s=KILLED_PATIENCE_S if lock.was_killed else 0.0)
        return asyncio.run(Runner(wanted, output, workers=workers, web=web, dev=dev, parent=parent).run(lock))


class Runner:
    """One run of a plan, from the first start to the last stop."""

    def __init__(
        self, wanted: Plan, output: Output, *, workers: int, web: bool, dev: bool, parent: int | None = None
    ) -> None:
        self._plan = wanted
        self._output = output
        self._first_workers = workers
        self._wants_web = web and not dev
        self._is_dev = dev
        self._parent = parent
        self._stack = Stack(output)
        self._up = False
        self._web: asyncio.Task[None] | None = None
        self._stop_asked_at: float | None = None

    async def run(self, lock: StackLock) -> int:
        """Return 0 after an orderly stop, 1 when the stack did not come up."""
        self._stop_asked, self._kill_asked = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._on_signal, number)
        watches = [asyncio.create_task(one) for one in (self._watch_terminal(), self._watch_parent())]
        async with control.serve(self._plan.settings.data_dir, self._handle) as socket_path:
            lock.publish(socket_path)
            code = await self._until_asked()
            grace_s = self._plan.settings.grace_s
            self._output.say(f"stopping: running jobs get {grace_s:g} s at most; Ctrl-C again ends all of it at once")
            if self._web is not None:
                self._web.cancel()  # its finally ends the build
            stopping = asyncio.create_task(self._stack.stop())
            if self._up:
                watches.append(asyncio.create_task(tell(self._output, self._plan.settings, self._stack.worker_pids)))
            await _first_of(stopping, self._kill_asked.wait())
            if not stopping.done():
                self._stack.kill()
            await stopping
            self._output.say("killed" if self._kill_asked.is_set() else "stopped")
        for watch in watches:
            watch.cancel()
        await asyncio.gather(*watches, return_exceptions=True)
        await logpipe.drain(DRAIN_S)
        lock.clear()
        return code

    async def _until_asked(self) -> int:
        """Start everything and wait for a signal; return early when the start failed."""
        start = asyncio.create_task(self._start())
        await _first_of(start, self._stop_asked.wait())
        if not start.done():
            start.cancel()
            await asyncio.wait({start})
            return 0
        try:
            start.result()
        except Exception as error:  # noqa: BLE001 - whatever it was, what runs must still be stopped in order
            kind = "" if isinstance(error, LocalError) else f"{type(error).__name__}: "
            self._output.say(f"not started: {kind}{error}")
            return 1
        await self._stop_asked.wait()
        return 0

    async def _start(self) -> None:
        began_at = clock.monotonic_s()
        wanted = self._plan
        await check_named_servers(wanted.settings, wanted)
        if self._wants_web:
            self._web = asyncio.create_task(self._build_web())  # beside the rest: nothing waits for it
        for server in (wanted.postgres, wanted.valkey):
            if server is not None:
                await asyncio.to_thread(server.prepare)
                await self._stack.add(server.spec())
        if wanted.postgres is not None:
            await wanted.postgres.create_database(credentials.DATABASE)
        await self._stack.step(wanted.migrate())
        await check_uploads(wanted.settings)
        copy_missing(CHECKOUT / "examples" if CHECKOUT else None, wanted.settings.files_dir)
        if wanted.model:
            await self._stack.add(wanted.model_server())
        workers = (wanted.worker(number) for number in range(1, self._first_workers + 1))
        together = (wanted.api(reload=self._is_dev), *workers, wanted.scheduler())
        for spec in together:
            await self._stack.add(spec, wait=False)
        await self._stack.add(wanted.flower(), wait=False)
        await self._stack.ready(spec.name for spec in together)
        if self._is_dev:
            await self._stack.add(wanted.vite(_node(), _checkout()))
        self._up = True
        await self._announce(clock.monotonic_s() - began_at)

    async def _build_web(self) -> None:
        make = shutil.which("make")
        if make is None or CHECKOUT is None:
            return
        try:
            await self._stack.step(self._plan.web(make, CHECKOUT))
        except LocalError as error:
            self._output.say(f"no browser interface: {error}; the API works without it")
            return
        if self._up:
            self._output.say(f"the browser interface is ready at {self._plan.settings.api_url}")

    async def _announce(self, took_s: float) -> None:
        settings, url = self._plan.settings, self._plan.settings.api_url
        site = f"http://{LOOPBACK}:{VITE_PORT}" if self._is_dev else None
        self._output.say(f"sign in, once, within {MINUTES} minutes: {await make_link(settings, site=site)}")
        if self._web is not None and not self._web.done():
            self._output.say("the browser interface is still being built")
        flower = f"http://127.0.0.1:{settings.flower_port}"
        self._output.say(
            f"up in {took_s:.1f} s at {url} (documentation: {url}/docs, Flower: {flower}, "
            f"secrets: {settings.credentials_path}, stop: Ctrl-C)"
        )

    async def _watch_terminal(self) -> None:
        """Stop when our terminal is closed. Its signal goes to the session's leader: `make`, which waits for us."""
        while self._output.on_terminal():
            await asyncio.sleep(TERMINAL_POLL_S)
            if not self._output.on_terminal():
                self._on_signal(signal.SIGHUP)

    async def _watch_parent(self) -> None:
        """Take an interrupted `make` for a Ctrl-C: it passes the signal on to nobody, and waits for us."""
        while self._parent is not None and (times := interrupts_of(self._parent)) is not None:
            if times and self._stop_asked_at is None:
                self._on_signal(signal.SIGINT)
            elif times > 1:
                self._kill_asked.set()
                return
            await asyncio.sleep(TERMINAL_POLL_S)

    def _on_signal(self, number: signal.Signals) -> None:
        """Stop on the first signal; kill on a later Ctrl-C, and when `make` is ended meanwhile.

        A closed terminal may well send two signals.
        """
        now = clock.monotonic_s()
        if self._stop_asked_at is None:
            self._stop_asked_at = now
            self._stop_asked.set()
        elif self._is_impatient(number) and now - self._stop_asked_at > SAME_KEYSTROKE_S:
            self._kill_asked.set()

    def _is_impatient(self, number: signal.Signals) -> bool:
        return number == signal.SIGINT or (self._parent is not None and os.getppid() != self._parent)

    async def _handle(self, request: dict[str, Any]) -> dict[str, Any]:
        """Answer `ps` and `scale`."""
        match request:
            case {"command": "ps"}:
                pass
            case {"command": "scale", "name": "worker", "count": int(count)}:
                if not self._up:
                    raise LocalError("it is still starting")
                self._stack.scale(count, self._plan.worker)
            case {"command": "scale"}:
                raise LocalError("only `worker` can be scaled")
            case _:
                raise LocalError("no such command")
        return {"processes": self._stack.describe()}


def _checkout() -> Path:
    if CHECKOUT is None:
        raise LocalError("--dev needs a checkout of the sources")
    return CHECKOUT


def _node() -> str:
    if (node := shutil.which("node")) is None:
        raise LocalError("there is no node on the PATH: `make dev` knows where one is")
    return node


def copy_missing(source: Path | None, target: Path) -> None:
    """Make a folder and copy into it the files that another has; Python and TOML are no examples for a job."""
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    if source is None or not source.is_dir():
        return
    for path in sorted(source.rglob("*")):
        copy = target / path.relative_to(source)
        if path.is_file() and path.suffix not in {".py", ".pyc", ".toml"} and not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


async def _first_of(task: "asyncio.Task[None]", other: Awaitable[object]) -> None:
    """Return when one of both is done; the task goes on if it was the other."""
    waiting = asyncio.ensure_future(other)
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
