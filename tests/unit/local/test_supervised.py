import asyncio
import io
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.clock import monotonic_s
from app.local import logpipe
from app.local.errors import LocalError
from app.local.output import Output
from app.local.process import ProcessSpec
from app.local.stack import Stack
from app.local.supervised import Service

WAITS = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {WAITS}"


def spec(code: str, name: str = "thing", **changed: Any) -> ProcessSpec:
    return ProcessSpec(name=name, argv=(sys.executable, "-c", code), **({"ready": lambda _: True} | changed))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():  # noqa: ASYNC110 - another process's doing sets no event
            await asyncio.sleep(0.02)


async def test_its_lines_reach_the_log_and_a_stop_ends_it() -> None:
    log = io.StringIO()
    service = Service(spec(WAITS), Output(log))
    service.start()
    await service.first_ready()
    await until(lambda: "up" in log.getvalue())
    assert service.status.state == "ready"
    assert service.status.pid is not None
    await service.stop()
    ended = service.status
    assert (ended.state, ended.pid) == ("stopped", None)
    assert log.getvalue() == "thing     | up\n"


async def test_one_that_dies_is_started_again_after_a_pause() -> None:
    log = io.StringIO()
    service = Service(spec("import sys; sys.exit(7)", essential=False), Output(log))
    service.start()
    await until(lambda: service.status.restarts == 2)
    await service.stop()
    said = re.findall(r"thing ended with code 7 after \d+\.\d s: starts again in (\S+) s", log.getvalue())
    assert said[:2] == ["0.5", "1"]


async def test_a_deaf_one_is_killed_after_its_grace_period() -> None:
    log = io.StringIO()
    service = Service(spec(DEAF, grace_s=0.3), Output(log))
    service.start()
    await until(lambda: "up" in log.getvalue())
    await service.stop()
    assert service.status.state == "stopped"
    assert "thing did not end within 0.3 s: killed" in log.getvalue()


async def test_bad_settings_end_the_first_start_at_once() -> None:
    service = Service(spec("import sys; sys.exit(78)", ready=lambda _: False), Output(io.StringIO()))
    service.start()
    with pytest.raises(LocalError, match="thing ended with code 78 before it was ready"):
        await service.first_ready()


@pytest.mark.parametrize("essential", [True, False])
async def test_one_that_refuses_its_settings_later_is_not_started_again(essential: bool, tmp_path: Path) -> None:
    """At its second start it finds settings that it does not take."""
    runs, go = tmp_path / "runs", tmp_path / "go"
    code = f"""
import pathlib, sys, time
if pathlib.Path({str(runs)!r}).exists():
    sys.exit(78)
pathlib.Path({str(runs)!r}).touch()
while not pathlib.Path({str(go)!r}).exists():
    time.sleep(0.01)
sys.exit(7)
"""
    log = io.StringIO()
    service = Service(spec(code, essential=essential), Output(log))
    service.start()
    await service.first_ready()
    await until(runs.exists)
    go.touch()
    await until(lambda: service.status.state == "refused")
    assert (service.status.restarts, service.status.pid) == (1, None)
    assert "thing refuses its settings: not started again" in log.getvalue()
    await service.stop()


async def test_a_line_without_an_end_is_not_lost() -> None:
    log = io.StringIO()
    child = await logpipe.spawn(spec("print('x' * 200_000, end='')"), Output(log))
    assert await child.wait() == 0
    await logpipe.drain(60)
    assert log.getvalue().count("x") == 200_000


async def test_scaling_keeps_the_others_and_the_order() -> None:
    output = Output(io.StringIO())
    stack = Stack(output)

    def names() -> list[str]:
        return [row["name"] for row in stack.describe() if row["state"] != "stopping"]

    def worker(number: int) -> ProcessSpec:
        return spec(WAITS, f"worker-{number}")

    for service in (spec(WAITS, "api"), worker(1), spec(WAITS, "scheduler")):
        await stack.add(service)
    before = {row["name"]: row["pid"] for row in stack.describe()}
    stack.scale(3, worker)
    assert names() == ["api", "worker-1", "worker-2", "worker-3", "scheduler"]
    stack.scale(1, worker)
    await until(lambda: len(stack.describe()) == 3)
    assert {row["name"]: row["pid"] for row in stack.describe()} == before
    with pytest.raises(LocalError, match="between 0 and 64"):
        stack.scale(65, worker)
    await stack.stop()
    assert stack.describe() == []
    with pytest.raises(LocalError, match="stopping"):
        stack.scale(1, worker)


async def test_a_step_that_fails_stops_the_start() -> None:
    with pytest.raises(LocalError, match="migrate ended with code 3"):
        await Stack(Output(io.StringIO())).step(spec("import sys; sys.exit(3)", "migrate"))


@pytest.mark.skipif(sys.platform != "linux", reason="PR_SET_PDEATHSIG is Linux's")
def test_a_child_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent_code = f"""
import sys, time
from pathlib import Path
from app.local.process import ProcessSpec, spawn
spec = ProcessSpec(name="child", argv=(sys.executable, "-c", {DEAF!r}), ready=lambda _: True)
log = Path({str(tmp_path / "log")!r})
child = spawn(spec, log_path=log)
while "up" not in log.read_text():
    time.sleep(0.02)
print(child.pid, flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", parent_code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child_pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    deadline = monotonic_s() + 60
    while _runs(child_pid):
        assert monotonic_s() < deadline
        time.sleep(0.02)


def _runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


async def test_one_whose_beat_stops_is_no_longer_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.local.supervised.BEAT_POLL_S", 0.01)
    beats = [True]
    service = Service(spec(WAITS, ready=lambda _: beats[0], beats=True), Output(io.StringIO()))
    service.start()
    await service.first_ready()
    beats[0] = False
    await until(lambda: service.status.state == "silent")
    beats[0] = True
    await until(lambda: service.status.state == "ready")
    await service.stop()
    assert service.status.state == "stopped"
