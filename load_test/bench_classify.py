"""How many texts the bundled model puts into the right category: by writing the category, and by comparing meanings.

The jobs go through the real `classify` processor and the real model's servers, over HTTP, without queue and database.
Both ways take turns on each text, so that whatever else the machine does meets both. Half of the texts were looked at
while the second way was made; what it is worth shows on the other half.
"""

import asyncio
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.table import Table

from app.core.clock import monotonic_s
from app.core.settings import Settings
from app.llm.catalog_source import load_catalog
from app.llm.registry import build
from app.processors.base import Context, ProcessorError
from app.processors.classify import ClassifyInput, run
from load_test import bundled, classify_texts
from load_test.bench_extraction import ModelContext, until_loaded
from load_test.classify_texts import LabelledText

PROGRESS_EVERY = 20
WAYS = ("writing", "comparing")
HALVES = ("all", "seen", "unseen")
_console = Console()


@dataclass(slots=True)
class Tally:
    """What one way did: right answers and texts by half and by domain, and the seconds of each text."""

    right: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    texts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    took_s: list[float] = field(default_factory=list)

    def add(self, given: LabelledText, found: str | None, took_s: float) -> None:
        """Count one answer; None is none at all."""
        for half in ("all", "seen" if given.is_seen else "unseen"):
            for domain in ("all", given.domain):
                self.texts[half][domain] += 1
                self.right[half][domain] += found == given.right
        self.took_s.append(took_s)

    def figures(self) -> dict[str, Any]:
        """Return the figures as JSON has them."""
        right = {
            half: {domain: [self.right[half][domain], count] for domain, count in self.texts[half].items()}
            for half in HALVES
        }
        return {"right_of": right, "median_s": statistics.median(self.took_s), "max_s": max(self.took_s)}


def main(
    *,
    texts: Annotated[int, typer.Option(min=1, help="How many texts at most.")] = 10_000,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Classify short texts with the bundled model in both ways, and count what is right."""
    with ExitStack() as cleanup:
        settings = bundled.serve(cleanup)
        tallies = asyncio.run(_classify(settings, list(islice(classify_texts.load(), texts))))
    figures = {way: tally.figures() for way, tally in tallies.items()}
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        _print(figures)


async def _classify(settings: Settings, texts: list[LabelledText]) -> dict[str, Tally]:
    comparing = load_catalog(settings).resolve("default")[0]
    writing = replace(comparing, provider=replace(comparing.provider, embeddings_url=""))
    models = {way: build(config, settings) for way, config in zip(WAYS, (writing, comparing), strict=True)}
    contexts = {way: ModelContext(model, settings) for way, model in models.items()}
    tallies = {way: Tally() for way in WAYS}
    try:
        await until_loaded(models["writing"])
        for number, given in enumerate(texts, start=1):
            for way in WAYS:
                begun_s = monotonic_s()
                found = await _category(given, contexts[way])
                tallies[way].add(given, found, monotonic_s() - begun_s)
            if number % PROGRESS_EVERY == 0:
                right = ", ".join(f"{way}: {tally.right['all']['all']}" for way, tally in tallies.items())
                typer.echo(f"  {number} of {len(texts)}, right by {right}", err=True)
    finally:
        for model in models.values():
            await model.close()
    return tallies


async def _category(given: LabelledText, context: ModelContext) -> str | None:
    try:
        wanted = ClassifyInput(text=given.text, categories=list(given.categories))
        return (await run(wanted, cast("Context", context))).category
    except ProcessorError:
        return None


def _print(figures: Mapping[str, Mapping[str, Any]]) -> None:
    table = Table("right of all", *(f"{way}, {half}" for half in HALVES for way in WAYS), box=None)
    columns = [figures[way]["right_of"][half] for half in HALVES for way in WAYS]
    for domain in columns[0]:
        cells = [column.get(domain, (0, 0)) for column in columns]
        table.add_row(domain, *(f"{right} of {count}" for right, count in cells))
    _console.print(table)
    for way in WAYS:
        took = figures[way]
        _console.print(f"  {way}: {took['median_s']:.2f} s a text (median), {took['max_s']:.2f} s at most")


if __name__ == "__main__":
    typer.run(main)
