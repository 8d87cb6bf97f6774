"""Tables of what it costs at rest, beside very many jobs and over time, each from a benchmark's JSON; pure."""

from collections.abc import Mapping
from typing import Any

from load_test import bench_idle
from load_test.bench_size import MOST_BUFFERS_RATIO, MOST_MS
from load_test.markdown import Cell, Row, at_most, compared, met, number, table

SLOWEST = 5


def idle(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures of `bench_idle`."""
    bare, stack = found["bare"], found["stack"]
    cpu, of_bare = (100 * sum(share for name, share in one.items() if name.startswith("cpu ")) for one in (stack, bare))

    def row(name: str, value: float, beside: str, most: float) -> Row:
        return Row(name, value, beside, goal=at_most(value, most))

    return compared(
        [
            row("processor time, % of a core", cpu, f"bare servers: {number(of_bare)}", 100 * bench_idle.MOST_CPU),
            row("commits a second", stack["commits"], number(bare["commits"]), bench_idle.MOST_COMMITS),
            row("Redis commands a second", stack["commands"], number(bare["commands"]), bench_idle.MOST_COMMANDS),
            *(row(f"MB of the {part}", mb, "", bench_idle.MOST_MB) for part, mb in found["memory_mb"].items()),
            *(
                row(f"seconds to import the {part}", took_s, "beyond a bare interpreter", bench_idle.MOST_IMPORT_S)
                for part, took_s in found["imports_s"].items()
            ),
        ]
    )


def backlog(found: Mapping[str, Any]) -> str:
    """Return the figures of `bench_backlog`."""
    head = ("", f"{found['few']:,} waiting", f"{found['many']:,}", "ratio", "goal", "")
    return table(head, [_of_backlog(one) for one in found["figures"]])


def _of_backlog(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    ratio = one["many"] / one["few"] if one["few"] else None
    unit = "" if one["few"] is None or "ms" in one["name"] else ", buffers"
    return f"{one['name']}{unit}", one["few"], one["many"], ratio, f"≤ {number(one['limit'])}", met(one["is_met"])


def size(found: Mapping[str, Any]) -> str:
    """Return the figures of `bench_size`: the slowest routes, what missed its goal, and a job's own statements."""
    routes = [one for one in found["figures"] if one["many_ms"]]
    others = [one for one in found["figures"] if not one["many_ms"]]
    slow = sorted(routes, key=lambda one: -max(one["many_ms"], one["first_ms"]))
    shown = [one for place, one in enumerate(slow) if place < SLOWEST or not one["is_met"]]
    head = ("", f"ms beside {found['few']:,}", f"ms beside {found['many']:,}", "the first time", "buffers", "goal", "")
    fit = sum(one["is_met"] for one in routes)
    told = f"{fit} of {len(routes)} reading routes answer within {MOST_MS:g} ms; the slowest of them, and a job's own"
    return f"{told} statements:\n\n{table(head, [_of_size(one) for one in [*shown, *others]])}"


def _of_size(one: Mapping[str, Any]) -> tuple[Cell, ...]:
    read = f"{one['few_buffers']:,} → {one['many_buffers']:,}"
    if one["many_ms"]:
        times: tuple[Cell, ...] = (one["few_ms"], one["many_ms"], one["first_ms"])
        return f"`{one['route']}`", *times, read, f"< {MOST_MS:g} ms", met(one["is_met"])
    return one["route"].strip("()"), "", "", "", read, f"≤ {MOST_BUFFERS_RATIO:g} times the buffers", met(one["is_met"])


def soak(found: Mapping[str, Any]) -> str:
    """Return the figures of `bench_soak`: a curve of memory for each process."""
    curves: Mapping[str, Any] = found["processes"]
    columns = [str(minute) for minute in range(1, max(len(one["memory_mb"]) for one in curves.values()) + 1)]
    rows = [(name, *_curve(one, len(columns))) for name, one in curves.items()]
    ends = f"{found['jobs']:,} jobs stored; {found['failed']:,} failed, {found['open']:,} open"
    told = (
        f"{found['rate']:,} jobs a second: {found['sent']:,} sent, {ends}: {met(not found['failed'] + found['open'])}."
    )
    head = ("MB in minute", *columns, "grew after the third", "goal", "")
    return f"{told}\n\n{table(head, rows)}"


def _curve(one: Mapping[str, Any], minutes: int) -> tuple[Cell, ...]:
    told = [f"{value:.0f}" for value in one["memory_mb"]]
    missing = [""] * (minutes - len(told))
    return *told, *missing, f"{one['grew_mb']:+.1f}", f"≤ {number(one['most_mb'])}", met(one["is_met"])
