"""How often the bundled model's extractions are valid: an enum, a number and a date out of varied texts.

The jobs go through the real `data_extraction` processor and the real model's server, over HTTP, without queue and
database. Each must end with a result that fits its schema, or with `invalid_output` and a pointer. How many values are
right is told too; it says something about the model, not about the platform.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Annotated, Any, cast

import typer
from rich.console import Console

from app.core.clock import monotonic_s
from app.core.settings import Settings
from app.llm.base import Ask, Limits, Message, Model, ModelError
from app.llm.catalog_source import load_catalog
from app.llm.registry import build
from app.processors.base import Context, ProcessorError
from app.processors.data_extraction import DataExtractionInput, run
from app.processors.json_schema import faults_in
from load_test import bundled, extraction_jobs
from load_test.extraction_jobs import SCHEMA, ExtractionJob

VALID_RATIO = 0.99
PROGRESS_EVERY = 10
LOADED_WITHIN_S = 60.0
POLL_S = 0.1
_console = Console()


@dataclass(slots=True)
class ModelContext:
    """As much of a job's context as `data_extraction` needs."""

    model: Model
    settings: Settings
    calls: int = 0

    @property
    def context_tokens(self) -> int | None:
        """How many tokens prompt and answer may have together."""
        return self.model.context_tokens

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        """Ask the model once."""
        del keep
        self.calls += 1
        limit = min(max_output_tokens or self.settings.llm_max_output_tokens, self.settings.llm_max_output_tokens)
        completion = await self.model.complete(Ask(messages, Limits(limit, self.settings.llm_timeout_s), schema))
        return completion.text


@dataclass(slots=True)
class Tally:
    """How the jobs ended: `valid`, `invalid_output` with a pointer, or `other`; and the right values by field."""

    ended: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def add(self, job: ExtractionJob, found: Mapping[str, Any]) -> None:
        """Count a result, checked again here."""
        faults = faults_in(found, SCHEMA)
        if faults:
            self.fault("other", job, f"a result that does not fit: {faults[0]}")
            return
        self.ended["valid"] += 1
        self.right.update(name for name, value in job.right.items() if found[name] == value)

    def fault(self, name: str, job: ExtractionJob, message: str) -> None:
        """Count a job without a valid result."""
        self.ended[name] += 1
        self.faults.append(f"{name}: {message} | {job.text[:100]!r}")


def main(
    *,
    jobs: Annotated[int, typer.Option(min=1, help="How many jobs.")] = 200,
    seed: Annotated[int, typer.Option(help="Of the texts.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Extract from many texts with the bundled model; fail when fewer than 99 of 100 results are valid."""
    with ExitStack() as cleanup:
        settings = bundled.serve(cleanup)
        begun_s = monotonic_s()
        tally, calls = asyncio.run(_extract(settings, jobs, seed))
        took_s = monotonic_s() - begun_s
    figures = {
        "jobs": jobs,
        **{name: tally.ended[name] for name in ("valid", "invalid_output", "other")},
        "asked_again": calls - jobs,
        **{f"right_{name}": tally.right[name] for name in SCHEMA["properties"]},
        "s_per_job": round(took_s / jobs, 2),
    }
    met = tally.ended["valid"] >= VALID_RATIO * jobs and not tally.ended["other"]
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        _print(figures, tally, met=met)
    raise typer.Exit(0 if met else 1)


async def _extract(settings: Settings, jobs: int, seed: int) -> tuple[Tally, int]:
    model = build(load_catalog(settings).resolve("default")[0], settings)
    context = ModelContext(model, settings)
    tally = Tally()
    try:
        await until_loaded(model)
        for number, job in enumerate(extraction_jobs.make(jobs, seed=seed), start=1):
            await _run(job, context, tally)
            if number % PROGRESS_EVERY == 0:
                typer.echo(f"  {number} of {jobs}, valid: {tally.ended['valid']}", err=True)
    finally:
        await model.close()
    return tally, context.calls


async def until_loaded(model: Model) -> None:
    """Ask until the server has read the model's file."""
    until_s = monotonic_s() + LOADED_WITHIN_S
    while True:
        try:
            await model.complete(Ask((Message("user", "Hello."),), Limits(1, LOADED_WITHIN_S)))
        except ModelError:
            if monotonic_s() > until_s:
                raise
            await asyncio.sleep(POLL_S)
        else:
            return


async def _run(job: ExtractionJob, context: ModelContext, tally: Tally) -> None:
    given = DataExtractionInput.model_validate(job.given)
    try:
        result = await run(given, cast("Context", context))
    except ProcessorError as error:
        known = error.code == "invalid_output" and error.pointer is not None
        tally.fault("invalid_output" if known else "other", job, f"{error.message} (pointer {error.pointer!r})")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is counted
        tally.fault("other", job, f"{type(error).__name__}: {error}")
    else:
        tally.add(job, result.data if isinstance(result.data, dict) else {})


def _print(figures: Mapping[str, float], tally: Tally, *, met: bool) -> None:
    for name, value in figures.items():
        _console.print(f"  {name.replace('_', ' '):<20} {value:8}")
    for fault in tally.faults:
        _console.print(f"  {fault}", markup=False)
    _console.print(f"  goal: {VALID_RATIO:.0%} valid, the rest invalid_output   {'met' if met else 'NOT met'}")


if __name__ == "__main__":
    typer.run(main)
