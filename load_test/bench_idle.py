"""What a stack costs that has nothing to do: processor time, commits and commands a second, memory, and imports.

Beside each figure stands what the bare servers cost in the same run, or an interpreter that imports nothing.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from redis import Redis
from sqlalchemy import text

from app.core.clock import monotonic_s
from app.core.database import Database
from load_test import rig
from load_test.rig import Rig, cpu_s, memory_mb, servers_of

PARTS = {"api": "app.main", "scheduler": "app.scheduler", "worker": "app.worker"}
CALM_S = 8.0  # until caches are filled and who was just started rests
MOST_CPU, MOST_COMMITS, MOST_COMMANDS, MOST_MB, MOST_IMPORT_S = 0.03, 5.0, 10.0, 120.0, 1.5
# Of this database alone: the launcher of autovacuum commits in others.
_COMMITS = text("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()")
_FLUSH = text("SELECT pg_stat_force_next_flush()")


def main(
    *,
    seconds: Annotated[float, typer.Option(min=5, help="How long to watch.")] = 30,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Watch the bare servers, then an API, a scheduler and a worker beside them."""
    with rig.running() as servers:
        bare = asyncio.run(_watch(servers, seconds, ()))
        url = servers.api()
        servers.start("scheduler", "-m", "app", "scheduler")
        servers.start("worker", "-m", "app", "worker")
        stack = asyncio.run(_watch(servers, seconds, tuple(PARTS)))
        held_mb = {part: memory_mb(servers.pids[part]) for part in PARTS}
        assert url  # noqa: S101 - it listens
    imports_s = {part: _import_s(module) for part, module in PARTS.items()}
    found = {"bare": bare, "stack": stack, "memory_mb": held_mb, "imports_s": imports_s}
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    _print(found)


async def _watch(servers: Rig, seconds: float, parts: tuple[str, ...]) -> dict[str, float]:
    """Return shares of a core by process, and commits and commands a second, the watching's own taken away."""
    database, redis = servers.database(), Redis.from_url(servers.redis_url)
    try:
        await asyncio.sleep(CALM_S if parts else 1)
        pids = {**servers_of(servers.pids.values()), **{part: servers.pids[part] for part in parts}}
        before = await _read(database, redis, pids)
        await asyncio.sleep(seconds)
        after = await _read(database, redis, pids)
    finally:
        await database.close()
    took_s = after.pop("at_s") - before.pop("at_s")
    found = {name: (after[name] - before[name]) / took_s for name in after}
    found["commits"] -= 2 / took_s
    found["commands"] -= 1 / took_s
    return found


async def _read(database: Database, redis: Redis, pids: dict[str, int]) -> dict[str, float]:
    await database.rows(_FLUSH)
    row = await database.row(_COMMITS)
    said: Any = redis.info("stats")
    used = {f"cpu {name}": _cpu_s(pid) for name, pid in pids.items()}
    commits = float(row[0]) if row else 0.0
    return {"at_s": monotonic_s(), "commits": commits, "commands": float(said["total_commands_processed"]), **used}


def _cpu_s(pid: int) -> float:
    """Return the processor time of a process and of its children that live."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return cpu_s(pid) + sum(_cpu_s(int(child)) for child in children)


def _import_s(module: str) -> float:
    """Return how long an import takes in a new process beyond an interpreter that imports nothing, the median of 5."""

    def run(code: str) -> float:
        begun_s = time.perf_counter()
        subprocess.run((sys.executable, "-c", code), check=True, cwd=rig.ROOT)  # noqa: S603 - our own code
        return time.perf_counter() - begun_s

    return statistics.median(run(f"import {module}") - run("pass") for _ in range(5))


def _print(found: dict[str, dict[str, float]]) -> None:
    bare, stack = found["bare"], found["stack"]
    cpu = {name: share for name, share in stack.items() if name.startswith("cpu ")}
    typer.echo("idle stack of an API, a scheduler and a worker; the bare servers in brackets")
    for name, share in sorted(cpu.items(), key=lambda one: -one[1]):
        typer.echo(f"  {name:34} {100 * share:6.2f} % of a core  ({100 * bare.get(name, 0.0):.2f})")
    total, before = sum(cpu.values()), sum(share for name, share in bare.items() if name.startswith("cpu "))
    _line("processor time, % of a core", 100 * total, 100 * before, 100 * MOST_CPU)
    _line("commits a second", stack["commits"], bare["commits"], MOST_COMMITS)
    _line("Redis commands a second", stack["commands"], bare["commands"], MOST_COMMANDS)
    for part in PARTS:
        _line(f"memory of the {part}, MB", found["memory_mb"][part], 0, MOST_MB)
        _line(f"import of the {part}, s", found["imports_s"][part], 0, MOST_IMPORT_S)


def _line(name: str, value: float, bare: float, most: float) -> None:
    met = "met" if value <= most else "NOT met"
    typer.echo(f"  {name:34} {value:8.2f}  ({bare:.2f})   goal ≤ {most:g}   {met}")


if __name__ == "__main__":
    typer.run(main)
