"""A whole stack as `make run` starts it, on ports of its own: started, asked, scaled, killed, started again."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import monotonic_s
from app.local.runner import SAME_KEYSTROKE_S
from tests.rig.ports import free_port

ROOT = Path(__file__).parents[2]
UP_WITHIN_S = 120
STOPPED_WITHIN_S = 90
WITHIN_S = 60
PORTS = ("API_PORT", "POSTGRES_PORT", "VALKEY_PORT", "FLOWER_PORT", "MODEL_PORT", "EMBEDDINGS_PORT", "METRICS_PORT")

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@dataclass
class RunningStack:
    """One `python -m app run` and how to talk to it."""

    environment: dict[str, str]
    log_path: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        with self.log_path.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "run", "--no-web"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = monotonic_s() + UP_WITHIN_S
        while "| up in " not in self.log:
            assert self.process.poll() is None, self.log
            assert monotonic_s() < deadline, self.log
            time.sleep(0.05)

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(STOPPED_WITHIN_S)

    def app(self, *arguments: str, code: int = 0) -> str:
        result = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert result.returncode == code, (result.stdout, result.stderr, self.log)
        return result.stdout or result.stderr

    def ps(self) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in json.loads(self.app("ps", "--json"))["processes"]}

    @property
    def log(self) -> str:
        return self.log_path.read_text(errors="replace")

    def leftovers(self) -> list[str]:
        """Return the command lines of this stack's processes that still live; each has its marker in the environment,
        or, like PostgreSQL with its bare one, its folder on the command line."""
        marks = (self.environment["STACK_MARK"].encode(), str(self.folder).encode())
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                text = (folder / "environ").read_bytes() + (folder / "cmdline").read_bytes()
                dead = (folder / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
            except OSError:
                continue
            if not dead and any(mark in text for mark in marks):
                found.append(f"{folder.name} {text!r}"[:200])
        return found

    @property
    def folder(self) -> Path:
        return (Path(self.environment["DATA_DIR"]) / "postgres").resolve()


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[RunningStack]:
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "DATA_DIR": str(tmp_path / "data"),
        "PROVIDERS_FILE": "/dev/null",
        "LLM_PROVIDER": "simulated",
        "GRACE_S": "3",
        "STACK_MARK": f"stack-{os.getpid()}-{tmp_path.name}",
        **{name: str(free_port()) for name in PORTS},
    }
    running = RunningStack(environment, tmp_path / "stack.log")
    yield running
    if running.process is not None:
        if running.process.poll() is None:
            running.end(signal.SIGTERM)
        running.app("reset", "--yes")


def wait_until_nothing_is_left(stack: RunningStack) -> None:
    deadline = monotonic_s() + WITHIN_S
    while found := stack.leftovers():
        assert monotonic_s() < deadline, found
        time.sleep(0.05)


def wait_until_metrics_are_served(stack: RunningStack, port: int) -> None:
    deadline = monotonic_s() + WITHIN_S
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WITHIN_S) as answer:
                assert b"headrace_build_info" in answer.read()
                return
        except OSError:
            assert monotonic_s() < deadline, stack.log
            time.sleep(0.05)


def echo(stack: RunningStack, message: str) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(stack.app("submit", "echo", "--text", message, "--wait", "--json"))
    return job


def test_a_stack_runs_jobs_scales_survives_kill_and_keeps_its_data(stack: RunningStack) -> None:
    stack.start()
    processes = stack.ps()
    assert list(processes) == ["postgres", "valkey", "api", "worker-1", "scheduler", "flower"]
    assert {row["state"] for name, row in processes.items() if name != "flower"} == {"ready"}
    assert len(json.loads(stack.app("stats", "--json"))["workers"]) == 1  # it has beaten
    assert processes["api"]["port"] == int(stack.environment["API_PORT"])
    metrics_port = int(stack.environment["METRICS_PORT"])
    assert [processes[name]["port"] for name in ("scheduler", "worker-1")] == [metrics_port, metrics_port + 1]
    for port in (metrics_port, metrics_port + 1):
        wait_until_metrics_are_served(stack, port)
    first = echo(stack, "before the kill")
    assert first["status"] == "completed"

    stack.app("scale", "worker", "2")
    scaled = stack.ps()
    assert {name: scaled[name]["pid"] for name in processes} == {name: row["pid"] for name, row in processes.items()}
    assert set(scaled) - set(processes) == {"worker-2"}

    second = subprocess.run(
        [sys.executable, "-m", "app", "run"],
        cwd=ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "already runs on DATA_DIR" in second.stderr
    assert len(second.stderr.splitlines()) == 1

    saved = stack.log_path.with_name("a.backup")
    assert stack.app("backup", str(saved)).startswith("saved 1 jobs, 0 uploads and ")
    assert "runs: stop it first" in stack.app("restore", str(saved), code=1)

    assert stack.end(signal.SIGKILL) == -signal.SIGKILL
    wait_until_nothing_is_left(stack)

    stack.start()
    shown = json.loads(stack.app("jobs", "show", first["id"], "--json"))
    assert (shown["status"], shown["result"]) == ("completed", first["result"])
    assert echo(stack, "after the kill")["status"] == "completed"
    assert stack.end(signal.SIGINT) == 0
    assert stack.log.rstrip().endswith("headrace  | stopped")
    wait_until_nothing_is_left(stack)

    assert stack.app("restore", "--replace", str(saved)).startswith("restored 1 jobs and 0 uploads of ")
    wait_until_nothing_is_left(stack)


def test_a_service_that_is_killed_is_started_again_and_a_second_interrupt_ends_all(stack: RunningStack) -> None:
    stack.environment["GRACE_S"] = "600"
    stack.start()
    before = stack.ps()
    for name in ("worker-1", "valkey", "postgres"):
        os.kill(before[name]["pid"], signal.SIGKILL)
    deadline = monotonic_s() + UP_WITHIN_S
    while not all(
        row["state"] == "ready" and row["restarts"] > 0
        for name, row in stack.ps().items()
        if name in before and name in {"worker-1", "valkey", "postgres"}
    ):
        assert monotonic_s() < deadline, stack.log
        time.sleep(0.1)
    after = stack.ps()
    assert after["api"]["pid"] == before["api"]["pid"]
    assert after["scheduler"]["pid"] == before["scheduler"]["pid"]
    assert "worker-1 was ended by signal 9" in stack.log
    assert echo(stack, "after the deaths")["status"] == "completed"

    stack.app("submit", "echo", "--set", "message=long", "--set", "sleep_s=60")
    while '"processing": 1' not in stack.app("stats", "--json"):
        assert monotonic_s() < deadline, stack.log
        time.sleep(0.1)
    assert stack.process is not None
    stack.process.send_signal(signal.SIGHUP)
    while "waiting for 1 running job (1 echo), " not in stack.log:
        assert monotonic_s() < deadline, stack.log
        time.sleep(0.05)
    assert "stopping: running jobs get 600 s at most; Ctrl-C again ends all of it at once" in stack.log
    time.sleep(SAME_KEYSTROKE_S)
    assert stack.end(signal.SIGINT) == 0
    assert stack.log.rstrip().endswith("headrace  | killed")
    wait_until_nothing_is_left(stack)


def test_a_taken_port_is_one_line_before_anything_starts(stack: RunningStack) -> None:
    import socket

    port = stack.environment["FLOWER_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        said = stack.app("run", code=1)
    assert said == f"error: FLOWER_PORT {port} is taken (by pid {os.getpid()}): set FLOWER_PORT to another one\n"
    assert not stack.folder.exists()
