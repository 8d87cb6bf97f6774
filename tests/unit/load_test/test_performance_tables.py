"""Each table of docs/performance.md, from figures as the benchmark prints them."""

import re
from typing import Any

import pytest

from load_test import markdown, tables_of_size, tables_of_speed
from load_test.bench_soak import Curve

IDLE = {
    "bare": {"commits": 0.1, "commands": 1.0, "cpu postgres": 0.001, "cpu valkey": 0.002},
    "stack": {"commits": 4.5, "commands": 12.0, "cpu postgres": 0.005, "cpu valkey": 0.003, "cpu api": 0.002},
    "memory_mb": {"api": 113.0, "worker": 121.0},
    "imports_s": {"api": 1.2},
}


def rows(table: str) -> list[list[str]]:
    """Return the cells of a table, without its head; whatever stands above it is left out."""
    lines = [line for line in table.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert {len(row) for row in cells} == {len(cells[0])}, "a row with other cells than its head breaks the table"
    return cells[2:]


def test_a_table_has_a_head_a_rule_and_figures_people_can_read() -> None:
    cells: list[list[markdown.Cell]] = [["a", 1234567.8], ["b", 0.5549], ["c", 12.34], ["d", 3], ["e", None]]
    table = markdown.table(("name", "figure"), cells)
    assert table.splitlines() == [
        *("| name | figure |", "|---|---|", "| a | 1,234,568 |", "| b | 0.55 |", "| c | 12.3 |", "| d | 3 |"),
        "| e |  |",
    ]


@pytest.mark.parametrize(
    ("goal", "told", "verdict"),
    [
        (markdown.at_least(4.0, 4), "≥ 4", "met"),
        (markdown.at_least(3.999, 4), "≥ 4", "**not met**"),
        (markdown.at_most(25, 25.0), "≤ 25", "met"),
        (markdown.at_most(25.1, 25.0), "≤ 25", "**not met**"),
    ],
)
def test_a_goal_is_met_at_its_limit(goal: markdown.Goal, told: str, verdict: str) -> None:
    assert (goal.told, goal.verdict) == (told, verdict)


def test_submits_stand_beside_both_baselines_with_goals() -> None:
    found = {
        "validate only": {"per_s": 10_000.0, "p50_ms": 3.0, "p99_ms": 6.0},
        "headrace": {"per_s": 3_000.0, "p50_ms": 6.0, "p99_ms": 10.0},
        "naive": {"per_s": 500.0, "p50_ms": 60.0, "p99_ms": 200.0},
    }
    assert rows(tables_of_speed.submit(found)) == [
        ["submits a second", "3,000", "FastAPI that only validates: 10,000", "0.30", "≥ 0.4", "**not met**"],
        ["", "", "ORM insert and `send_task` in the request: 500", "6", "≥ 4", "met"],
        ["p50 of a submit, ms", "6", "3; 60", "", "", ""],
        ["p99, ms", "10", "6; 200", "", "≤ 25", "met"],
    ]


def test_draining_has_ratios_to_one_worker_and_to_stock_celery() -> None:
    found = [
        {"workers": 1, "slots": 200, "headrace_per_s": 2_000.0, "stock_per_s": 500.0, "ratio": 4.0},
        {"workers": 2, "slots": 200, "headrace_per_s": 3_000.0, "stock_per_s": 1_500.0, "ratio": 2.0},
    ]
    assert rows(tables_of_speed.drain(found)) == [
        ["1 of 200 slots", "2,000", "1", "500", "1", "4", "≥ 3", "met"],
        ["2 of 200 slots", "3,000", "1.50", "1,500", "3", "2", "≥ 3", "**not met**"],
    ]


def model(workers: int, slots: int, *, at_once: float, per_s: float) -> dict[str, Any]:
    cpu = {"cpu_ms_per_job": 1.4, "cpu_ms_of_a_bare_call": 0.24, "of_a_bare_call": 5.8, "memory_mb": 385.0}
    cpu |= {"cpu_ms_of_our_call": 0.6, "our_call_of_a_bare_one": 2.5}
    figures = {"most_in_flight": at_once, "calls_per_job": 1.0, "jobs_per_s": per_s, "of_ideal": 0.6}
    return {"workers": workers, "slots": slots, **figures, **cpu}


def test_four_workers_are_compared_with_one_of_as_many_slots() -> None:
    found = [
        model(1, 2000, at_once=1_999, per_s=600),
        model(1, 200, at_once=200, per_s=90),
        model(4, 200, at_once=800, per_s=360),
    ]
    shown = rows(tables_of_speed.model(found))
    of_ideal, of_call, memory = shown[1:4]
    one, four, scaled = shown[4:]
    assert shown[0][0] == "1 of 2,000 slots"
    assert shown[0][-2:] == ["≥ 2,000 at once", "**not met**"]
    assert "its call 0.60; aiohttp alone 0.24" in shown[0][4]
    assert of_ideal == ["of the ideal", "", "0.60", "", "", "", "≥ 0.75", "**not met**"]
    assert of_call == ["a call beside aiohttp alone", "", "2.50", "", "", "", "≤ 2", "**not met**"]
    assert memory == ["MB", "", "385", "", "", "", "≤ 260", "**not met**"]
    assert one[0] == "1 of 200 slots"
    assert four[-2:] == ["≥ 800 at once", "met"]
    assert [scaled[0], scaled[2]] == ["4 beside one of 200", "4 times"]
    assert scaled[-2:] == ["≥ 3.8 times", "met"]


def test_latency_is_held_against_the_start_of_a_job() -> None:
    times = {"row_to_start": 7.0, "request_to_start": 8.0, "request_to_end": 12.0}
    baselines = {"naive_to_start": 16.0, "stock_to_start": 4.0}
    found = {name: {"p50_ms": ms, "p99_ms": 2 * ms, "max_ms": 3 * ms} for name, ms in (times | baselines).items()}
    start, request, stock, end = rows(tables_of_speed.latency(found))
    assert start[1:] == ["7, p99 14", "", "", "≤ 6", "**not met**"]
    assert request[1:4] == ["8, p99 16", "ORM insert and `send_task` in the request: 16, p99 32", "0.50"]
    assert stock[2:4] == ["stock `send_task` without a request: 4, p99 8", "2"]
    assert end[1] == "12, p99 24"


def test_peers_stand_in_the_order_of_their_speed_with_their_versions() -> None:
    shown = rows(
        tables_of_speed.peers({"headrace": 2_000.0, "stock Celery": 1_000.0, "dramatiq": 4_000.0, "arq": 500.0})
    )
    assert [row[:3] for row in shown] == [
        [shown[0][0], "4,000", "0.50"],
        ["headrace", "2,000", ""],
        ["stock Celery", "1,000", "2"],
        [shown[3][0], "500", "4"],
    ]
    assert re.fullmatch(r"dramatiq \d[\d.]+", shown[0][0])
    assert re.fullmatch(r"arq \d[\d.]+", shown[3][0])
    assert shown[0][3] == "Redis, threads."


def test_an_idle_stack_stands_beside_bare_servers() -> None:
    shown = {row[0]: row[1:] for row in rows(tables_of_size.idle(IDLE))}
    assert shown["processor time, % of a core"] == ["1", "bare servers: 0.30", "", "≤ 3", "met"]
    assert shown["Redis commands a second"] == ["12", "1", "", "≤ 10", "**not met**"]
    assert shown["MB of the worker"][-1] == "**not met**"
    assert shown["seconds to import the api"][-1] == "met"


def test_a_backlog_s_figures_have_their_own_limits() -> None:
    figures = [
        {"name": "claim", "few": 100, "many": 250, "limit": 200.0, "is_met": False},
        {"name": "submit, median ms", "few": 1.0, "many": 1.25, "limit": 1.5, "is_met": True},
        {"name": "messages in Redis, most", "few": None, "many": 64, "limit": 64, "is_met": True},
    ]
    table = tables_of_size.backlog({"few": 1_000, "many": 100_000, "figures": figures})
    assert table.startswith("|  | 1,000 waiting | 100,000 | ratio | goal |  |\n")
    assert rows(table) == [
        ["claim, buffers", "100", "250", "2.50", "≤ 200", "**not met**"],
        ["submit, median ms", "1", "1.25", "1.25", "≤ 1.50", "met"],
        ["messages in Redis, most", "", "64", "", "≤ 64", "met"],
    ]


def route(name: str, ms: float, *, is_met: bool = True) -> dict[str, Any]:
    read = {"few_buffers": 10, "many_buffers": 11}
    return {"route": name, "few_ms": ms, "many_ms": ms, "first_ms": ms, **read, "is_met": is_met}


def test_of_very_many_jobs_the_slowest_routes_are_shown_and_all_that_miss() -> None:
    figures = [route(f"jobs?limit={ms}", ms) for ms in range(1, 11)]
    figures += [route("costs", 0.5, is_met=False), route("(claim)", 0.0)]
    table = tables_of_size.size({"few": 1_000, "many": 1_200_000, "figures": figures})
    assert table.startswith("10 of 11 reading routes answer within 100 ms")
    shown = rows(table)
    assert [row[0] for row in shown] == [*(f"`jobs?limit={ms}`" for ms in (10, 9, 8, 7, 6)), "`costs`", "claim"]
    assert shown[-2][-1] == "**not met**"
    assert shown[-1][-3:] == ["10 → 11", "≤ 1.5 times the buffers", "met"]


def test_a_soak_has_a_curve_for_each_process() -> None:
    calm, grown = (Curve([[mb] for mb in minutes]) for minutes in ([90, 100, 100, 101, 102], [90, 100, 100, 120, 140]))
    ends = {"rate": 1_200, "sent": 360_000, "jobs": 360_000, "failed": 0, "open": 2}
    table = tables_of_size.soak({"processes": {"api": calm.figures(), "worker": grown.figures()}, **ends})
    assert "360,000 sent, 360,000 jobs stored; 0 failed, 2 open: **not met**." in table
    assert rows(table) == [
        ["api", "90", "100", "100", "101", "102", "+2.0", "≤ 3", "met"],
        ["worker", "90", "100", "100", "120", "140", "+40.0", "≤ 3", "**not met**"],
    ]
