"""Durable echo jobs beside the no-ops of other job queues from PyPI, all on the same servers, one worker process each.

Each peer has an environment of its own below .cache/bench-peers, made at the first run. They take turns with Headrace
and stock Celery; medians are compared. What a no-op of theirs keeps differs: `load_test/peer_noops.py` says what.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Annotated

import typer
from rich.console import Console

from load_test import bench_drain, rig
from load_test.peer_noops import PEERS
from load_test.rig import Rig

FOLDER = rig.ROOT / ".cache" / "bench-peers"
SCRIPT = Path(__file__).with_name("peer_noops.py")
PATIENCE_S = 180.0
# As they were when this was written; a newer one may have another way to be asked.
PACKAGES = {
    "procrastinate": ("procrastinate==3.10.0", "psycopg[binary,pool]==3.3.9"),
    "pgqueuer": ("pgqueuer==1.6.0", "asyncpg==0.31.0"),
    "arq": ("arq==0.28.0",),
    "dramatiq": ("dramatiq[redis]==2.2.1",),
    "taskiq": ("taskiq==0.13.0", "taskiq-redis==1.2.4"),
    "rq": ("rq==3.0.0",),
}
_console = Console()


def main(
    *,
    jobs: Annotated[int, typer.Option(min=1000, help="Jobs, and no-ops, a round.")] = 5_000,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 3,
    peers: Annotated[str, typer.Option(help="Which of them, with commas between.")] = ",".join(PEERS),
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare draining durable jobs with draining no-ops of others."""
    names = peers.split(",")
    if unknown := [name for name in names if name not in PEERS]:
        raise typer.BadParameter(f"no peer {unknown[0]!r}; there are: {', '.join(PEERS)}")
    pythons = {name: _environment(name) for name in names}
    per_s: dict[str, list[float]] = {name: [] for name in ("headrace", "stock Celery", *names)}
    for number in range(rounds):
        with rig.running() as servers:
            per_s["stock Celery"].append(bench_drain.stock(servers, jobs, 1, bench_drain.SLOTS))
            per_s["headrace"].append(asyncio.run(bench_drain.ours(servers, jobs, 1, bench_drain.SLOTS)))
        for name in names:
            with rig.running() as servers:
                per_s[name].append(_peer(servers, pythons[name], name, jobs))
        seen = ", ".join(f"{name} {found[-1]:,.0f}" for name, found in per_s.items())
        rig.progress(f"  round {number + 1}: {seen}")
    medians = {name: median(found) for name, found in per_s.items()}
    if as_json:
        typer.echo(json.dumps(medians, indent=2))
        return
    for name, found in sorted(medians.items(), key=lambda one: -one[1]):
        _console.print(f"  {name:16} {found:8,.0f}/s   headrace is {medians['headrace'] / found:5.2f} times as fast")


def _environment(name: str) -> Path:
    """Return the interpreter of a peer's environment, which is made where it is missing."""
    folder = FOLDER / name
    python = folder / "bin" / "python"
    wanted = "\n".join(PACKAGES[name])
    stamp = folder / "packages"
    if not stamp.is_file() or stamp.read_text("utf-8") != wanted:
        uv = Path(sys.executable).with_name("uv")
        rig.progress(f"installing {name} into {folder}")
        _run([str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(folder)])
        _run([str(uv), "pip", "install", "--quiet", "--python", str(python), *PACKAGES[name]])
        stamp.write_text(wanted, "utf-8")
    return python


def _peer(servers: Rig, python: Path, name: str, jobs: int) -> float:
    """Return no-ops a second from the first to the last."""
    places = servers.database_url.replace("postgresql+asyncpg://", "postgresql://"), servers.redis_url
    for verb in ("fill", "work"):
        said = _run([str(python), str(SCRIPT), name, verb, str(jobs), *places])
    return float(json.loads(said.splitlines()[-1])["per_s"])


def _run(argv: list[str]) -> str:
    done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=PATIENCE_S)  # noqa: S603 - our own
    if done.returncode:
        raise SystemExit(f"{' '.join(argv)}\n{done.stderr[-2000:]}")
    return done.stdout


if __name__ == "__main__":
    typer.run(main)
