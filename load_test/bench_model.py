"""What 2-second model calls cost one worker process: how many it holds at once, processor time a job, memory.

The calls are real ones, over HTTP, to a local provider that takes two seconds to answer. The baselines are the ideal
(`slots` calls every two seconds, and not a moment lost between them), and the same calls by aiohttp alone.
"""

import asyncio
import json
import subprocess
import sys
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from load_test import backlog, rig
from load_test.rig import Rig
from load_test.slow_model import DELAY_S

TEXT = "The river was high. The mill ran at full load, and the miller slept badly. " * 8
JOB = ("summarize", {"text": TEXT, "max_words": 20})
PATIENCE_S = 300.0
_console = Console()


def main(
    *,
    slots: Annotated[int, typer.Option(min=1, max=10_000, help="Slots of the one worker.")] = 2000,
    jobs: Annotated[int, typer.Option(min=10, help="Jobs in all.")] = 20_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure one worker process that waits for slow model calls."""
    with rig.running() as servers:
        figures = asyncio.run(_measure(servers, slots=slots, jobs=jobs))
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
        return
    _console.print(f"  {jobs} jobs of one {DELAY_S:.0f} s call each, one worker process, {slots} slots:")
    for name, value in figures.items():
        _console.print(f"  {name.replace('_', ' '):<28} {value:10.2f}")
    reached = figures["most_in_flight"] >= slots
    _console.print(f"  goal: {slots} in flight   {'met' if reached else 'NOT met'}")


async def _measure(servers: Rig, *, slots: int, jobs: int) -> dict[str, Any]:
    model = servers.serve("model", "load_test.slow_model:create")
    database = servers.database()
    try:
        await backlog.fill(database, 1, *JOB)  # a model's first question goes alone
        servers.start("scheduler", "-m", "app", "scheduler")
        worker = servers.start(
            "worker",
            *("-m", "app", "worker"),
            WORKER_CONCURRENCY=str(slots),
            LLM_PROVIDER="openai",
            OPENAI_BASE_URL=f"{model}/v1",
            OPENAI_API_KEY="sk-only-for-benchmarks",
            OPENAI_MODEL="slow-1",
        )
        await backlog.drained(database, within_s=PATIENCE_S)
        await backlog.empty(database)
        cpu_s = rig.cpu_s(worker.pid)
        await backlog.fill(database, jobs, *JOB)
        facts = await backlog.drained(database, within_s=PATIENCE_S)
        seen = await _seen(model)
        cpu_ms = (rig.cpu_s(worker.pid) - cpu_s) / jobs * 1000
        bare_ms = await asyncio.to_thread(_bare_ms, servers, f"{model}/v1/chat/completions", slots)
        return {
            "most_in_flight": float(seen["most"]),
            "calls_per_job": (seen["total"] - 1) / jobs,
            "jobs_per_s": jobs / facts.took_s,
            "of_ideal": jobs / facts.took_s / (slots / DELAY_S),
            "cpu_ms_per_job": cpu_ms,
            "cpu_ms_of_a_bare_call": bare_ms,
            "of_a_bare_call": cpu_ms / bare_ms,
            "memory_mb": rig.peak_memory_mb(worker.pid),
        }
    finally:
        await database.close()


def _bare_ms(servers: Rig, url: str, slots: int) -> float:
    """Return what each of as many calls at once costs by aiohttp alone, in milliseconds of processor time."""
    argv = (sys.executable, "-m", "load_test.bare_calls", url, TEXT, "--calls", str(2 * slots), "--at-once", str(slots))
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
