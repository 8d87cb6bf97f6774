"""One process of the stack that is kept alive: started, watched until ready, started again after a death, stopped."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.core import clock
from app.core.settings import REFUSED_CODE
from app.local.backoff import next_pause_s
from app.local.errors import LocalError
from app.local.logpipe import spawn
from app.local.output import Output
from app.local.process import ProcessSpec, kill_group

State = Literal["starting", "ready", "silent", "backoff", "refused", "stopping", "stopped"]

BEAT_POLL_S = 5.0
FIRST_START_DEATHS = 3


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """What `ps` shows of one service; `pid` is None while it does not run."""

    name: str
    pid: int | None
    port: int | None
    state: State
    since: datetime
    restarts: int


class Service:
    """Keeps the process of one spec alive, on one event loop, from the main thread."""

    def __init__(self, spec: ProcessSpec, output: Output) -> None:
        self.spec = spec
        self._output = output
        self._child: asyncio.subprocess.Process | None = None
        self._task: asyncio.Task[None] | None = None
        self._first_ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._stop_asked = asyncio.Event()
        self._restarts = 0
        self._state: State = "starting"
        self._since = clock.utc_now()

    @property
    def status(self) -> ServiceStatus:
        """Return what is known now."""
        pid = self._child.pid if self._child is not None and self._child.returncode is None else None
        return ServiceStatus(self.spec.name, pid, self.spec.port, self._state, self._since, self._restarts)

    def start(self) -> None:
        """Begin to keep the process alive; returns at once."""
        self._task = asyncio.create_task(self._keep(), name=self.spec.name)

    async def first_ready(self) -> None:
        """Return when the service was ready once. Raises: LocalError when it died too often before."""
        await asyncio.shield(self._first_ready)

    async def stop(self) -> None:
        """Ask the process to end, and kill it when its grace period is over; returns when it is gone."""
        if self._task is None:
            return
        self._stop_asked.set()
        self._enter("stopping")
        self._signal()
        done, _ = await asyncio.wait({self._task}, timeout=self.spec.grace_s)
        if not done:
            self._output.say(f"{self.spec.name} did not end within {self.spec.grace_s:g} s: killed")
            self.kill()
        await self._task
        self._enter("stopped")

    def kill(self) -> None:
        """End the process at once, with everything it started."""
        self._stop_asked.set()
        if self._child is not None and self._child.returncode is None:
            kill_group(self._child.pid)

    def _signal(self) -> None:
        if self._child is not None and self._child.returncode is None:
            with suppress(ProcessLookupError):
                self._child.send_signal(self.spec.stop_signal)

    async def _keep(self) -> None:
        pause_s: float | None = None
        while not self._stop_asked.is_set():
            started_at = clock.monotonic_s()
            code = await self._run_once()
            if self._stop_asked.is_set():
                break
            lived_s = clock.monotonic_s() - started_at
            if self._give_up(code):
                return
            if code == REFUSED_CODE:
                self._enter("refused")
                self._output.say(f"{self.spec.name} refuses its settings: not started again; mend what it names above")
                return
            pause_s = next_pause_s(pause_s, lived_s=lived_s)
            self._restarts += 1
            self._enter("backoff")
            self._output.say(f"{self.spec.name} {_ended(code)} after {lived_s:.1f} s: starts again in {pause_s:g} s")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_asked.wait(), pause_s)
        self._enter("stopped")

    def _give_up(self, code: int) -> bool:
        """Tell whoever waits for the first start that it will not come, when that is so."""
        hopeless = code == REFUSED_CODE or self._restarts + 1 >= FIRST_START_DEATHS
        if self._first_ready.done() or not (self.spec.essential and hopeless):
            return False
        self._enter("stopped")
        self._first_ready.set_exception(LocalError(f"{self.spec.name} {_ended(code)} before it was ready: see above"))
        return True

    async def _run_once(self) -> int:
        """Run the process from its start to its end, and return its code (negative: the signal that ended it)."""
        self._enter("starting")
        self._child = await spawn(self.spec, self._output)
        if self._stop_asked.is_set():  # asked while it was being started
            self._signal()
        watcher = asyncio.create_task(self._watch(self._child))
        try:
            return await self._child.wait()
        finally:
            watcher.cancel()
            kill_group(self._child.pid)

    async def _watch(self, child: asyncio.subprocess.Process) -> None:
        """Mark the service ready when it is; kill it when that takes too long."""
        deadline = clock.monotonic_s() + self.spec.ready_timeout_s
        await asyncio.sleep(self.spec.settle_s)
        while not await asyncio.to_thread(self.spec.ready, child.pid):
            if clock.monotonic_s() > deadline:
                self._output.say(f"{self.spec.name} was not ready after {self.spec.ready_timeout_s:g} s: killed")
                kill_group(child.pid)
                return
            await asyncio.sleep(self.spec.ready_poll_s)
        if not self._stop_asked.is_set():
            self._enter("ready")
            if not self._first_ready.done():
                self._first_ready.set_result(None)
        while self.spec.beats and not self._stop_asked.is_set():
            await asyncio.sleep(BEAT_POLL_S)
            state: State = "ready" if await asyncio.to_thread(self.spec.ready, child.pid) else "silent"
            if state != self._state and not self._stop_asked.is_set():
                self._enter(state)

    def _enter(self, state: State) -> None:
        self._state = state
        self._since = clock.utc_now()


def _ended(code: int) -> str:
    return f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
