"""Fault points: off unless armed, struck as their text says, and impossible in production."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core import faultpoint
from app.core.faultpoint import FaultPointError
from app.core.settings import SettingsError, load_settings

ROOT = Path(__file__).parents[3]
POINT = "worker.claimed"


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    faultpoint.arm("")


def strikes(times: int) -> list[int]:
    """Return at which passings the armed point raised."""
    struck = []
    for number in range(1, times + 1):
        try:
            faultpoint.faultpoint(POINT)
        except FaultPointError:
            struck.append(number)
    return struck


def test_a_point_does_nothing_unless_it_is_armed() -> None:
    faultpoint.arm("worker.calling:raise")
    assert strikes(3) == []


@pytest.mark.parametrize(("when", "struck"), [("", [1, 2, 3, 4]), (":3", [3]), (":1", [1])])
def test_a_point_strikes_always_or_the_nth_time_only(when: str, struck: list[int]) -> None:
    faultpoint.arm(f"{POINT}:raise{when}, worker.calling:exit")
    assert strikes(4) == struck


def test_a_point_strikes_with_its_probability() -> None:
    faultpoint.arm(f"{POINT}:raise:0.25")
    assert 150 < len(strikes(1000)) < 350


@pytest.mark.parametrize(("action", "code"), [("exit", faultpoint.EXIT_CODE), ("kill", -signal.SIGKILL)])
def test_a_point_ends_its_process(action: str, code: int) -> None:
    script = f"from app.core import faultpoint as f; f.arm('{POINT}:{action}'); f.faultpoint('{POINT}'); print('alive')"
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout) == (code, b"")


@pytest.mark.parametrize("text", ["nowhere:kill", "worker.claimed", "worker.claimed:explode", "worker.claimed:kill:x"])
def test_what_is_not_understood_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^FAULT_POINTS: "):
        load_settings(fault_points=text)


def test_production_refuses_every_fault_point() -> None:
    with pytest.raises(SettingsError, match=r"^FAULT_POINTS: .*refused with ENV=production"):
        load_settings(env="production", fault_points="worker.claimed:kill")
    assert load_settings(env="production").fault_points == ""


@pytest.mark.parametrize("process", [["worker"], ["scheduler"], ["migrate"]])
def test_no_process_starts_in_production_with_a_fault_point(process: list[str], tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app", *process],
        cwd=ROOT,
        env={"ENV": "production", "FAULT_POINTS": "worker.claimed:kill", "DATA_DIR": str(tmp_path), "PATH": "/usr/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 78
    assert "error: FAULT_POINTS: " in ended.stderr


def test_every_point_stands_somewhere() -> None:
    sources = [path.read_text("utf-8") for path in (ROOT / "app").rglob("*.py")]
    assert {name for name in faultpoint.NAMES if not any(f'faultpoint("{name}")' in one for one in sources)} == set()
