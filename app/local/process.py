"""What a child process is, and how one is started and stopped; knows no service by name."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from app.core import clock
from app.local.child import PR_SET_PDEATHSIG
from app.local.errors import LocalError

CHILD_SCRIPT = Path(__file__).with_name("child.py")
READY_POLL_S = 0.02
LOG_TAIL_CHARS = 600


@dataclass(frozen=True, slots=True)
class Account:
    """An operating system account that a child runs as."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class ProcessSpec:
    """One child process: what to execute, how to see that it is ready, how to end it.

    `env` is added to this process's environment, or, with `bare`, to nothing but PATH. `code` is a folder in which its
    Python looks for modules first. `pdeathsig` reaches the child
    when the thread that spawned it is gone. `ready` is asked with the child's pid, first after `settle_s`; it may block
    for a second at most. The stack does not start without an `essential` one.
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[int], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    bare: bool = False
    code: Path | None = None
    user: Account | None = None
    port: int | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    pdeathsig: signal.Signals = signal.SIGKILL
    grace_s: float = 10.0
    settle_s: float = 0.0
    ready_timeout_s: float = 60.0
    ready_poll_s: float = 0.05
    beats: bool = False  # `ready` is asked again and again for as long as it runs
    essential: bool = True

    def command(self) -> tuple[str, ...]:
        """Return the command line that ties the child to this process and then becomes `argv`."""
        ids = ("-", "-") if self.user is None else (str(self.user.uid), str(self.user.gid))
        tie = (str(int(self.pdeathsig)), str(os.getpid()), *ids)
        return (sys.executable, "-I", "-S", str(CHILD_SCRIPT), *tie, *self.argv)

    def environment(self) -> dict[str, str]:
        """Return the child's whole environment."""
        inherited = dict(os.environ)  # noqa: TID251 - handed on, not read
        if self.bare:
            inherited = {"PATH": inherited.get("PATH", os.defpath)}
        if self.code is not None:
            before = inherited.get("PYTHONPATH")
            inherited["PYTHONPATH"] = os.pathsep.join((str(self.code), *((before,) if before else ())))
        return {**inherited, **self.env}


def spawn(spec: ProcessSpec, *, log_path: Path) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, with its output appended to `log_path`; call from the main thread."""
    with log_path.open("ab") as log:
        return subprocess.Popen(  # noqa: S603 - our own command line
            spec.command(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=spec.environment(),
            start_new_session=True,
        )


def wait_ready(spec: ProcessSpec, child: subprocess.Popen[bytes], *, log_path: Path) -> None:
    """Return when the child is ready. Raises: LocalError when it ends before, or after its time is over."""
    deadline = clock.monotonic_s() + spec.ready_timeout_s
    while not spec.ready(child.pid):
        if child.poll() is not None:
            tail = log_path.read_text(errors="replace")[-LOG_TAIL_CHARS:].strip()
            raise LocalError(f"{spec.name} ended with code {child.returncode} before it was ready: {tail}")
        if clock.monotonic_s() > deadline:
            raise LocalError(f"{spec.name} was not ready after {spec.ready_timeout_s:.0f} s (its log: {log_path})")
        time.sleep(READY_POLL_S)


def stop(spec: ProcessSpec, child: subprocess.Popen[bytes]) -> None:
    """Ask the child to end, and kill it and whatever it started when its grace period is over."""
    if child.poll() is None:
        child.send_signal(spec.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            child.wait(spec.grace_s)
    kill_group(child.pid)
    child.wait()


def kill_group(pid: int) -> None:
    """Kill every process left in the session that `spawn` gave to the child with this pid."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def end_with_parent() -> None:
    """Have this process asked to stop when its parent dies, on Linux: `kill -9` of `make` ends the stack too."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)


def become(argv: tuple[str, ...], env: Mapping[str, str]) -> NoReturn:
    """Let another program go on in this process's place; `env` is added to the environment."""
    os.execve(argv[0], argv, {**os.environ, **env})  # noqa: S606, TID251 - no shell is meant; handed on, not read
