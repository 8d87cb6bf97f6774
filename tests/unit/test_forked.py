"""A forked process begins and ends as a new one with the same arguments does."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.rig import forked

ENVIRONMENT = {"API_PORT": "4711", "TZ": "Asia/Kathmandu"}
SHOW = """
import json, os, signal, sys, threading, time
from pathlib import Path
files = {one.name: os.readlink(one) for one in Path("/proc/self/fd").iterdir() if one.exists()}
print(json.dumps({
    "words": sys.argv, "path": sys.path, "flags": list(sys.flags), "name": __name__, "environment": dict(os.environ),
    "folder": os.getcwd(), "leads its session": os.getsid(0) == os.getpid(), "zone": time.tzname,
    "input": files.pop("0"), "one output": files.pop("1") == files.pop("2"), "other files": files,
    "signals": [repr(signal.getsignal(number)) for number in sorted(signal.valid_signals())],
    "blocked": list(signal.pthread_sigmask(signal.SIG_BLOCK, [])), "threads": threading.active_count(),
    "unbuffered": [sys.stdout.write_through, sys.stderr.write_through], "encoding": sys.stdout.encoding,
}))
"""
DRAW = "import random, uuid, uuid_utils; print(random.random(), uuid.uuid4(), uuid_utils.uuid4(), uuid_utils.uuid7())"
ENDS = {
    "pass": 0,
    "raise SystemExit(75)": 75,
    "raise SystemExit('no')": 1,
    "1 / 0": 1,
    "import os; os._exit(3)": 3,
    "import os; os.kill(os.getpid(), 9)": -signal.SIGKILL,
    "import signal, os; signal.signal(15, lambda *_: exit(4)); os.kill(os.getpid(), 15); signal.pause()": 4,
}


def environment() -> dict[str, str]:
    return {**forked.beginning(), **ENVIRONMENT}


def end_of_forked(folder: Path, *argv: str) -> tuple[int, str]:
    """Return the exit code and the output of a forked process."""
    with (folder / "log").open("w+b") as log:
        code = forked.start("worker", argv, environment(), log).wait(60)
    return code, (folder / "log").read_text()


def end_of_new(folder: Path, *argv: str) -> tuple[int, str]:
    """Return those of a new one."""
    with (folder / "log").open("w+b") as log:
        ended = subprocess.run(
            [sys.executable, *argv],
            cwd=forked.ROOT,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            check=False,
        )
    return ended.returncode, (folder / "log").read_text()


def test_it_has_what_a_new_one_has(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []
    for end in (end_of_forked, end_of_new):
        code, shown = end(tmp_path, "-c", SHOW, "one", "--two")
        assert code == 0, shown
        seen.append(json.loads(shown))
    assert seen[0] == seen[1]
    assert seen[0]["environment"].items() >= ENVIRONMENT.items()


@pytest.mark.parametrize("code", ENDS)
def test_it_ends_as_a_new_one_ends(tmp_path: Path, code: str) -> None:
    assert end_of_forked(tmp_path, "-c", code)[0] == end_of_new(tmp_path, "-c", code)[0] == ENDS[code]


def test_a_module_runs_as_main_with_its_arguments(tmp_path: Path) -> None:
    found = end_of_forked(tmp_path, "-m", "app", "no-such-command")
    assert found == end_of_new(tmp_path, "-m", "app", "no-such-command")
    assert found[0] == 2


def test_no_two_of_them_draw_the_same(tmp_path: Path) -> None:
    drawn = [word for _ in range(2) for word in end_of_forked(tmp_path, "-c", DRAW)[1].split()]
    assert len(set(drawn)) == len(drawn) == 8


@pytest.mark.parametrize("name", ["LD_PRELOAD", "PYTHONPATH", "PYTHONWARNINGS", "LANG"])
def test_what_is_read_before_our_code_makes_a_new_one_necessary(name: str) -> None:
    assert forked.is_same_as_new(environment())
    assert not forked.is_same_as_new(environment() | {name: "another"})


def test_a_process_can_be_asked_and_waited_for(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        process = forked.start("worker", ["-c", "import time; time.sleep(600)"], environment(), log)
    assert process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(0.01)
    process.kill()
    assert process.wait(60) == process.poll() == -signal.SIGKILL
