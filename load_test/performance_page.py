"""Runs the benchmarks one after another and writes their figures into docs/performance.md: `make bench`.

The figures stand between two marks; what is outside of them is written by hand and stays.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from load_test import machine, performance_parts, rig
from load_test.markdown import NOT_MET
from load_test.performance_parts import MISSED_CODE, PARTS, USUAL, Measured, Part

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"


def main(
    *,
    only: Annotated[str, typer.Option(help=f"Which parts, with commas between: {', '.join(PARTS)}.")] = ",".join(USUAL),
    page: Annotated[Path, typer.Option(help="The page, with its two marks.", show_default=machine.PAGE)] = rig.ROOT
    / machine.PAGE,
) -> None:
    """Measure, and write the figures into the page. Exits with 1 when a part fails or misses a goal."""
    names = only.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        raise typer.BadParameter(f"no part {unknown[0]!r}; there are: {', '.join(PARTS)}", param_hint="--only")
    try:
        replaced(page.read_text("utf-8"), "")  # before ten minutes of work
    except (OSError, ValueError) as error:
        raise typer.BadParameter(f"{page}: {error}", param_hint="--page") from None
    here = machine.look()
    of_now = {name: _run(name, commit=here.commit) for name in PARTS if name in names}
    found = {name: of_now.get(name) or performance_parts.kept(name) for name in PARTS}
    page.write_text(replaced(page.read_text("utf-8"), figures(here.line, found)), "utf-8")
    rig.progress(f"the figures are in {page}")
    if any(one.found is None or misses(PARTS[name], one) for name, one in of_now.items()):
        raise typer.Exit(1)


def _run(name: str, *, commit: str) -> Measured:
    rig.progress(f"{name}: runs")
    measured = performance_parts.measure(PARTS[name], commit=commit)
    performance_parts.keep(name, measured)
    rig.progress(f"{name}: {_outcome(PARTS[name], measured)}, {measured.took_s:.0f} s")
    return measured


def _outcome(part: Part, measured: Measured) -> str:
    if measured.found is None:
        return f"FAILED with exit code {measured.exit_code}"
    return "a goal is NOT met" if misses(part, measured) else "done"


def misses(part: Part, measured: Measured) -> bool:
    """Say whether a part has figures that do not meet a goal: not every benchmark tells it by its exit code."""
    if measured.found is None:
        return False
    return measured.exit_code == MISSED_CODE or NOT_MET in part.shown(measured.found)


def figures(head: str, found: Mapping[str, Measured | None]) -> str:
    """Return all that stands between the marks: the head, and a chapter for each part."""
    first = f"Written by `make bench`; do not edit. {head} Medians, where a thing was run several times."
    return "\n\n".join([first, *(chapter(PARTS[name], one) for name, one in found.items())])


def chapter(part: Part, measured: Measured | None) -> str:
    """Return a part's title, its table, and when it was measured; or why there is none."""
    title = f"### {part.title}\n\n"
    if measured is None:
        return f"{title}It was not measured yet."
    if measured.found is None:
        return f"{title}**It failed** with exit code {measured.exit_code} at {measured.commit}, {measured.measured_at}."
    missed = f" A goal is {NOT_MET}." if misses(part, measured) else ""
    took = f"Measured at {measured.commit}, {measured.measured_at}, in {measured.took_s:.0f} s."
    return f"{title}{part.shown(measured.found)}\n\n{took}{missed}"


def replaced(page: str, between: str) -> str:
    """Return a page with other text between its marks. Raises: ValueError when they are not there once, in order."""
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(END) < page.index(BEGIN):
        raise ValueError(f"it must have one line {BEGIN} and then one line {END}")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{between}\n{END}{after}"


if __name__ == "__main__":
    typer.run(main)
