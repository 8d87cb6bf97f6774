"""What 2-second model calls cost worker processes: how many they hold at once, processor time a job, memory.

The calls are real ones, over HTTP, to a local provider that takes two seconds to answer. The baselines are the ideal
(all slots call every two seconds, and not a moment is lost between), and the same calls by aiohttp alone.
"""

import asyncio
import json
import subprocess
import sys
from statistics import median
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from load_test import backlog, rig
from load_test.options import numbers
from load_test.rig import Rig
from load_test.slow_model import DELAY_S

TEXT = "The river was high. The mill ran at full load, and the miller slept badly. " * 8
JOB = ("summarize", {"text": TEXT, "max_words": 20})
PATIENCE_S = 300.0
SCALES = 0.95  # of what as many times one worker would do
OF_IDEAL, MOST_MB, OF_BARE_CALL = 0.75, 260.0, 2.0  # of one worker with GOAL_SLOTS
GOAL_SLOTS = 2000
_console = Console()


def main(
    *,
    slots: Annotated[int, typer.Option(min=1, max=10_000, help="Slots of each worker.")] = 2000,
    jobs: Annotated[int, typer.Option(min=10, help="Jobs for each worker.")] = 20_000,
    workers: Annotated[str, typer.Option(help="Worker processes; several numbers with commas between.")] = "1",
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure worker processes that wait for slow model calls."""
    runs: dict[int, list[dict[str, float]]] = {count: [] for count in numbers(workers)}
    for number in range(rounds):
        for count, of_count in runs.items():
            with rig.running() as servers:
                of_count.append(asyncio.run(_measure(servers, workers=count, slots=slots, jobs=jobs * count)))
            rig.progress(f"  round {number + 1}  {count} worker(s)   {of_count[-1]['jobs_per_s']:7.1f} jobs/s")
    found = [
        {"workers": count, "slots": slots, **{key: median(run[key] for run in of_count) for key in of_count[0]}}
        for count, of_count in runs.items()
    ]
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    for one in found:
        _print(one, jobs)


def _print(one: dict[str, Any], jobs: int) -> None:
    workers, slots = one.pop("workers"), one.pop("slots")
    calls = f"{workers * jobs} jobs of one {DELAY_S:.0f} s call each"
    _console.print(f"  {calls}, {workers} worker process(es) of {slots} slots:")
    for name, value in one.items():
        _console.print(f"  {name.replace('_', ' '):<28} {value:10.2f}")
    reached = one["most_in_flight"] >= workers * slots
    _console.print(f"  goal: {workers * slots} in flight   {'met' if reached else 'NOT met'}")


async def _measure(servers: Rig, *, workers: int, slots: int, jobs: int) -> dict[str, float]:
    """Return figures of all workers; processor time is that of a job, memory the most that one of them had."""
    model = servers.serve("model", "load_test.slow_model:create")
    database = servers.database()
    try:
        await backlog.fill(database, 1, *JOB)  # a model's first question goes alone
        servers.start("scheduler", "-m", "app", "scheduler")
        pids = [_start_worker(servers, f"worker-{number}", slots, model) for number in range(workers)]
        await backlog.consumed(database, workers, within_s=PATIENCE_S)
        await backlog.drained(database, within_s=PATIENCE_S)
        await backlog.empty(database)
        cpu_s = sum(map(rig.cpu_s, pids))
        await backlog.fill(database, jobs, *JOB)
        facts = await backlog.drained(database, within_s=PATIENCE_S)
        seen = await _seen(model)
        cpu_ms = (sum(map(rig.cpu_s, pids)) - cpu_s) / jobs * 1000
        bare_ms = await asyncio.to_thread(_call_ms, servers, "bare", f"{model}/v1/chat/completions", slots)
        own_ms = await asyncio.to_thread(_call_ms, servers, "own", f"{model}/v1", slots)
        return {
            "most_in_flight": float(seen["most"]),
            "calls_per_job": (seen["total"] - 1) / jobs,
            "jobs_per_s": jobs / facts.took_s,
            "of_ideal": jobs / facts.took_s / (workers * slots / DELAY_S),
            "cpu_ms_per_job": cpu_ms,
            "cpu_ms_of_a_bare_call": bare_ms,
            "of_a_bare_call": cpu_ms / bare_ms,
            "cpu_ms_of_our_call": own_ms,
            "our_call_of_a_bare_one": own_ms / bare_ms,
            "memory_mb": max(map(rig.peak_memory_mb, pids)),
        }
    finally:
        await database.close()


def _start_worker(servers: Rig, name: str, slots: int, model: str) -> int:
    """Start a worker that asks the slow model; return its process id."""
    return servers.start(
        name,
        *("-m", "app", "worker"),
        WORKER_CONCURRENCY=str(slots),
        LLM_PROVIDER="openai",
        OPENAI_BASE_URL=f"{model}/v1",
        OPENAI_API_KEY="sk-only-for-benchmarks",
        OPENAI_MODEL="slow-1",
    ).pid


def _call_ms(servers: Rig, whose: str, url: str, slots: int) -> float:
    """Return what each of as many calls at once costs without jobs, in milliseconds of processor time.

    `whose`: those of aiohttp alone are "bare", those of a worker's model are "own".
    """
    sizes = ("--calls", str(2 * slots), "--at-once", str(slots))
    argv = (sys.executable, "-m", f"load_test.{whose}_calls", url, TEXT, *sizes)
    done = subprocess.run(  # noqa: S603 - a module of ours
        argv, env=servers.environment(), cwd=rig.ROOT, check=True, timeout=PATIENCE_S, capture_output=True
    )
    return float(done.stdout)


async def _seen(model: str) -> dict[str, int]:
    async with httpx2.AsyncClient() as client:
        answer: dict[str, int] = (await client.get(f"{model}/seen")).json()
        return answer


if __name__ == "__main__":
    typer.run(main)
