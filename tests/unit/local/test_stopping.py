"""What a stack that stops says, and how it learns that the `make` before it was interrupted."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from app.core.clock import monotonic_s
from app.local.stopping import describe, interrupts_of


@pytest.mark.parametrize(
    ("types", "said"),
    [
        ([], ""),
        (["echo"], "1 running job (1 echo)"),
        (["echo", "summarize", "summarize"], "3 running jobs (2 summarize, 1 echo)"),
        (["a", "b", "c", "d", "d"], "5 running jobs (2 d, 1 a, 1 b, …)"),
    ],
)
def test_what_is_waited_for_is_counted_by_type(types: list[str], said: str) -> None:
    assert describe(types) == said


def test_a_make_that_was_interrupted_is_seen(tmp_path: Path) -> None:
    make = shutil.which("make")
    assert make is not None
    (tmp_path / "Makefile").write_text("all:\n\t@echo begun; exec sleep 600\n")
    of_its_own = {"PATH": os.defpath}  # and not what a make that runs the tests tells those below it
    process = subprocess.Popen(
        ["env", "--default-signal=INT", make],  # who runs the tests in the background ignores it
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env=of_its_own,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "begun\n"
        assert interrupts_of(process.pid) == 0
        deadline = monotonic_s() + 60
        for times in (1, 2):
            process.send_signal(signal.SIGINT)
            while interrupts_of(process.pid) != times:
                assert monotonic_s() < deadline
                time.sleep(0.02)
        assert process.poll() is None, "it waits for what it started, and tells it nothing"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def test_of_a_process_that_is_gone_nothing_is_known() -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    assert interrupts_of(child.pid) is None
