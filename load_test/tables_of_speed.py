"""Tables of how fast it is, each from what a benchmark printed as JSON; pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from load_test import bench_drain, bench_latency, bench_model, bench_submit
from load_test.bench_peers import PACKAGES
from load_test.markdown import Cell, Row, at_least, at_most, compared, number, table
from load_test.peer_noops import PEERS


def submit(found: Mapping[str, Any]) -> str:
    """Return the figures of `bench_submit`."""
    ours, floor, naive = (found[name] for name in ("headrace", "validate only", "naive"))
    of_floor, of_naive = (ours["per_s"] / other["per_s"] for other in (floor, naive))
    beside_floor = f"FastAPI that only validates: {number(floor['per_s'])}"
    beside_naive = f"ORM insert and `send_task` in the request: {number(naive['per_s'])}"
    both = {key: f"{number(floor[key])}; {number(naive[key])}" for key in ("p50_ms", "p99_ms")}
    return compared(
        [
            Row(
                "submits a second",
                ours["per_s"],
                beside_floor,
                of_floor,
                at_least(of_floor, bench_submit.OF_VALIDATE_ONLY),
            ),
            Row("", "", beside_naive, of_naive, at_least(of_naive, bench_submit.FASTER_THAN_NAIVE)),
            Row("p50 of a submit, ms", ours["p50_ms"], both["p50_ms"]),
            Row("p99, ms", ours["p99_ms"], both["p99_ms"], goal=at_most(ours["p99_ms"], bench_submit.P99_MS)),
        ]
    )


def drain(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures of `bench_drain`: a row for each number of workers."""
    head = ("workers", "Headrace, jobs/s", "of one", "stock Celery, tasks/s", "of one", "ratio", "goal", "")
    [one] = [row for row in found if row["workers"] == 1]

    def rows() -> Iterator[tuple[Cell, ...]]:
        for row in found:
            goal = at_least(row["ratio"], bench_drain.GOAL)
            ours, stock = (row[key] / one[key] for key in ("headrace_per_s", "stock_per_s"))
            name = f"{row['workers']} of {row['slots']} slots"
            yield name, row["headrace_per_s"], ours, row["stock_per_s"], stock, row["ratio"], goal.told, goal.verdict

    return table(head, rows())


def model(found: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures of `bench_model`, and what several workers do of one with as many slots."""
    head = ("workers", "calls at once", "jobs/s", "of the ideal", "ms of processor a job", "MB a worker", "goal", "")
    alone = {row["slots"]: row["jobs_per_s"] for row in found if row["workers"] == 1}

    def rows() -> Iterator[tuple[Cell, ...]]:
        for row in found:
            workers, slots = row["workers"], row["slots"]
            goal = at_least(row["most_in_flight"], workers * slots)
            call_ms, bare_ms = row["cpu_ms_of_our_call"], row["cpu_ms_of_a_bare_call"]
            cpu_ms = f"{number(row['cpu_ms_per_job'])} (its call {number(call_ms)}; aiohttp alone {number(bare_ms)})"
            figures = (row["most_in_flight"], row["jobs_per_s"], row["of_ideal"], cpu_ms, row["memory_mb"])
            yield (f"{workers} of {number(slots)} slots", *figures, f"{goal.told} at once", goal.verdict)
            if workers == 1 and slots >= bench_model.GOAL_SLOTS:
                yield from _goals_of_one(row)
            if workers > 1 and slots in alone:
                times = row["jobs_per_s"] / alone[slots]
                scaled = at_least(times, bench_model.SCALES * workers)
                name = f"{workers} beside one of {number(slots)}"
                yield name, "", f"{number(times)} times", "", "", "", f"{scaled.told} times", scaled.verdict

    return table(head, rows())


def _goals_of_one(row: Mapping[str, Any]) -> Iterator[tuple[Cell, ...]]:
    """Yield what one worker with many slots is to reach besides."""
    for name, value, goal in (
        ("of the ideal", row["of_ideal"], at_least(row["of_ideal"], bench_model.OF_IDEAL)),
        (
            "a call beside aiohttp alone",
            row["our_call_of_a_bare_one"],
            at_most(row["our_call_of_a_bare_one"], bench_model.OF_BARE_CALL),
        ),
        ("MB", row["memory_mb"], at_most(row["memory_mb"], bench_model.MOST_MB)),
    ):
        yield name, "", number(value), "", "", "", goal.told, goal.verdict


def latency(found: Mapping[str, Mapping[str, float]]) -> str:
    """Return the figures of `bench_latency`: milliseconds."""

    def told(name: str) -> str:
        return f"{number(found[name]['p50_ms'])}, p99 {number(found[name]['p99_ms'])}"

    naive = f"ORM insert and `send_task` in the request: {told('naive_to_start')}"
    stock = f"stock `send_task` without a request: {told('stock_to_start')}"
    p50_ms = found["row_to_start"]["p50_ms"]
    of_naive, of_stock = (
        found["request_to_start"]["p50_ms"] / found[name]["p50_ms"] for name in ("naive_to_start", "stock_to_start")
    )
    return compared(
        [
            Row(
                "p50 in ms from `created_at` to `started_at`",
                told("row_to_start"),
                goal=at_most(p50_ms, bench_latency.P50_MS),
            ),
            Row("from the request to the start", told("request_to_start"), naive, of_naive),
            Row("", "", stock, of_stock),
            Row("from the request until a client that polls sees the end", told("request_to_end")),
        ]
    )


def peers(found: Mapping[str, float]) -> str:
    """Return the figures of `bench_peers`, the fastest first."""
    ours = found["headrace"]
    kept = {name: (noop.__doc__ or "").strip() for name, noop in PEERS.items()}
    kept["headrace"] = "PostgreSQL, a row for each job with its history; messages in Redis."
    kept["stock Celery"] = "Redis, threads; a task is gone with its worker."
    rows = sorted(found.items(), key=lambda one: -one[1])
    return table(
        ("", "no-ops a second", "Headrace is so many times as fast", "what it keeps"),
        (
            (_version(name), per_s, "" if name == "headrace" else ours / per_s, kept.get(name, ""))
            for name, per_s in rows
        ),
    )


def _version(name: str) -> str:
    """Return a peer's name with the version of its package; of what is no peer, the name."""
    version = PACKAGES[name][0].partition("==")[2] if name in PACKAGES else ""
    return f"{name} {version}".strip()
