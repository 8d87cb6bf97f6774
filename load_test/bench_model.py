"""What 2-second model calls cost one worker process: how many it holds at once, processor time a job, memory.

The calls are real ones, over HTTP with the `openai` client, to a local provider that takes two seconds to answer.
The baseline is the ideal: `slots` calls every two seconds, and not a moment lost between them.
"""

import asyncio
import json
from typing import Annotated, Any

import httpx2
import typer
from rich.console import Console

from app.core.clock import monotonic_s
from load_test import backlog, rig
from load_test.rig import Rig
from load_test.slow_model import DELAY_S

TEXT = "The river was high. The mill ran at full load, and the miller slept badly. " * 8
PATIENCE_S = 300.0
POLL_S = 0.02
_console = Console()


def main(
    *,
    slots: Annotated[int, typer.Option(min=1, max=10_000, help="Slots of the one worker.")] = 100,
    jobs: Annotated[int, typer.Option(min=10, help="Jobs in all.")] = 1000,
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
        await backlog.fill(database, jobs, "summarize", {"text": TEXT, "max_words": 20})
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
        idle_cpu_s = await _cpu_at_first_call(model, worker.pid)
        facts = await backlog.drained(database, within_s=PATIENCE_S)
        seen = await _seen(model)
        return {
            "most_in_flight": float(seen["most"]),
            "calls_per_job": seen["total"] / jobs,
            "jobs_per_s": jobs / facts.took_s,
            "of_ideal": jobs / facts.took_s / (slots / DELAY_S),
            "cpu_ms_per_job": (rig.cpu_s(worker.pid) - idle_cpu_s) / jobs * 1000,
            "memory_mb": rig.peak_memory_mb(worker.pid),
        }
    finally:
        await database.close()


async def _seen(model: str) -> dict[str, int]:
    async with httpx2.AsyncClient() as client:
        answer: dict[str, int] = (await client.get(f"{model}/seen")).json()
        return answer


async def _cpu_at_first_call(model: str, pid: int) -> float:
    """Return what the worker's start cost, in seconds of processor time."""
    until_s = monotonic_s() + PATIENCE_S
    while monotonic_s() < until_s:
        if (await _seen(model))["total"]:
            break
        await asyncio.sleep(POLL_S)
    return rig.cpu_s(pid)


if __name__ == "__main__":
    typer.run(main)
