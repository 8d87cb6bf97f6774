"""The parts of docs/performance.md: what each runs, how its figures are shown, and where they are kept meanwhile."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from app.core.clock import monotonic_s, utc_now
from load_test import rig, tables_of_size, tables_of_speed

KEPT = rig.ROOT / ".cache" / "bench"
MISSED_CODE = 1  # the exit code of a benchmark that has figures, and a goal that they do not meet
PART_TIMEOUT_S, TIMED_OUT = 3600, 124


@dataclass(frozen=True, slots=True)
class Part:
    """A chapter of the page. `commands`: modules with their options; `shown` gets what each printed."""

    title: str
    commands: tuple[tuple[str, ...], ...]
    shown: Callable[[Sequence[Any]], str]


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a part. `found`: what its commands printed, None when one of them failed."""

    commit: str
    measured_at: str
    took_s: float
    exit_code: int
    found: list[Any] | None


def _of_one(shown: Callable[[Any], str]) -> Callable[[Sequence[Any]], str]:
    return lambda found: shown(found[0])


# The sizes are such that all but the last two take about ten minutes on two cores.
PARTS = {
    "submit": Part(
        "Submitting",
        (("load_test.bench_submit", "--requests", "6000", "--rounds", "3"),),
        _of_one(tables_of_speed.submit),
    ),
    "drain": Part(
        "Draining a backlog",
        (("load_test.bench_drain", "--workers", "1,2,4", "--jobs", "6000", "--rounds", "3"),),
        _of_one(tables_of_speed.drain),
    ),
    "model": Part(
        "Waiting for slow model calls",
        (
            ("load_test.bench_model", "--slots", "2000", "--jobs", "10000", "--rounds", "1"),
            ("load_test.bench_model", "--slots", "200", "--workers", "1,4", "--jobs", "1000", "--rounds", "3"),
        ),
        lambda found: tables_of_speed.model([row for one in found for row in one]),
    ),
    "latency": Part(
        "A job that comes alone", (("load_test.bench_latency", "--jobs", "200"),), _of_one(tables_of_speed.latency)
    ),
    "idle": Part("Nothing to do", (("load_test.bench_idle", "--seconds", "20"),), _of_one(tables_of_size.idle)),
    "backlog": Part("A long backlog", (("load_test.bench_backlog", "--rounds", "3"),), _of_one(tables_of_size.backlog)),
    "size": Part("Very many jobs", (("load_test.bench_size",),), _of_one(tables_of_size.size)),
    "peers": Part("Beside other queues", (("load_test.bench_peers", "--rounds", "3"),), _of_one(tables_of_speed.peers)),
    "soak": Part("Five minutes of load", (("load_test.bench_soak", "--minutes", "5"),), _of_one(tables_of_size.soak)),
}
USUAL = tuple(name for name in PARTS if name not in {"peers", "soak"})


def measure(part: Part, *, commit: str) -> Measured:
    """Run a part's commands, one after another; the first that fails ends it."""
    begun_s, worst, found = monotonic_s(), 0, []
    for command in part.commands:
        printed, exit_code = _run(command)
        worst, figures = max(worst, exit_code), read(printed, exit_code)
        if figures is None:
            return Measured(commit, _now(), monotonic_s() - begun_s, worst, None)
        found.append(figures)
    return Measured(commit, _now(), monotonic_s() - begun_s, worst, found)


def _run(command: tuple[str, ...]) -> tuple[str, int]:
    """Return what a benchmark prints, and its exit code; what it says on stderr is shown."""
    argv = (sys.executable, "-m", command[0], "--json", *command[1:])
    try:
        done = subprocess.run(  # noqa: S603 - our own modules
            argv, cwd=rig.ROOT, check=False, stdout=subprocess.PIPE, text=True, timeout=PART_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return "", TIMED_OUT
    return done.stdout, abs(done.returncode)


def read(printed: str, exit_code: int) -> Any:
    """Return the figures that a benchmark printed, None when it failed: other exit codes, or no JSON at all."""
    if exit_code not in {0, MISSED_CODE}:
        return None
    try:
        return json.loads(printed)
    except json.JSONDecodeError:
        return None


def keep(name: str, measured: Measured, *, folder: Path = KEPT) -> None:
    """Keep a part's figures for later pages."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(asdict(measured), indent=2) + "\n", "utf-8")


def kept(name: str, *, folder: Path = KEPT) -> Measured | None:
    """Return a part's last figures, of whichever commit they are."""
    path = folder / f"{name}.json"
    return Measured(**json.loads(path.read_text("utf-8"))) if path.exists() else None


def _now() -> str:
    return f"{utc_now():%Y-%m-%d %H:%M} UTC"
