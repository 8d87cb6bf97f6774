"""How well three workers share a provider's limits, and whether they leave it alone while it is down.

The provider is the scripted one: it enforces its limits itself, and its log is the witness of what was asked. Each
scenario has servers of its own. All of them take about 20 minutes, with --quick about 10.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import asdict
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from load_test import governor_outage, governor_places, governor_quota, rig
from load_test.governed import Figure
from load_test.governor_quota import Halving
from load_test.rig import Rig

Scenario = Callable[[Rig], Coroutine[Any, Any, list[Figure]]]
_console = Console()


def scenarios(*, quick: bool) -> Mapping[str, Scenario]:
    """Return the scenarios by name; the first letter stands for all of its kind."""
    run_s, down_s = (30.0, 15.0) if quick else (90.0, 30.0)
    tight = 1 / 12  # five seconds' worth in a full bucket
    smalls = round(run_s / 6 * governor_quota.REQUESTS / governor_quota.MINUTE_S)  # of the first sixth of the run
    bound = Halving(
        run_s, advertised=True, larges=120, smalls=smalls
    )  # by tokens from then on, whatever the bucket holds
    mixed = Halving(run_s, advertised=True, burst_ratio=tight, larges=15 if quick else 40, smalls=smalls)
    halvings = {
        "a-advertised": Halving(run_s, advertised=True),
        "a-unadvertised": Halving(run_s, advertised=False),
        "a-advertised-tight": Halving(run_s, advertised=True, burst_ratio=tight),
        "a-unadvertised-tight": Halving(run_s, advertised=False, burst_ratio=tight),
        "a-tokens": bound,
        "a-tokens-tight": mixed,
    }
    return {
        **{name: partial(governor_quota.halving, plan=plan) for name, plan in halvings.items()},
        "b": partial(governor_quota.few, jobs=12, requests=5, interval_s=10),
        "c": partial(governor_quota.many, jobs=300 if quick else 1000, requests=300, interval_s=10),
        "d-503": partial(governor_outage.down, way="503", jobs=200, down_s=down_s),
        "d-refuse": partial(governor_outage.down, way="refuse", jobs=200, down_s=down_s),
        "d-hang": partial(governor_outage.down, way="hang", jobs=200, down_s=down_s),
        **{
            f"f-{latency_s:g}": partial(governor_places.one_place, latency_s=latency_s, jobs=30 if quick else 100)
            for latency_s in (0.2, 1, 2)
        },
        "e": partial(governor_quota.order, lows=500, requests=20, interval_s=10, watched=40 if quick else 100),
    }


def main(
    *,
    scenario: Annotated[list[str] | None, typer.Option(help="a to f, or one of them such as d-hang; all.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Shorter runs and outages.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Prove the governor by the provider's own log. Exits with 1 when a goal is missed."""
    known = scenarios(quick=quick)
    chosen = [name for name in known if scenario is None or {name, name[0]} & set(scenario)]
    if not chosen:
        raise typer.BadParameter(f"one of {', '.join(known)}", param_hint="--scenario")
    found: dict[str, list[Figure]] = {}
    for name in chosen:
        with rig.running() as servers:
            found[name] = asyncio.run(known[name](servers))
        if not as_json:
            _print(name, found[name])
    if as_json:
        typer.echo(json.dumps({name: [asdict(one) for one in figures] for name, figures in found.items()}, indent=2))
    if any(one.is_met is False for figures in found.values() for one in figures):
        raise typer.Exit(1)


def _print(name: str, figures: list[Figure]) -> None:
    table = Table(title=name, title_justify="left", show_header=False)
    for one in figures:
        met = {True: "met", False: "NOT met", None: ""}[one.is_met]
        table.add_row(one.name, f"{one.value:,.4g}", one.goal, met)
    _console.print(table)


if __name__ == "__main__":
    typer.run(main)
