from typing import Any

from tests.rig.ports import free_port
from tests.unit.cli.calling import call
from tests.unit.cli.played_api import played_api

WELL: dict[str, Any] = {
    "status": "ok",
    "version": "0.1.0",
    "parts": {"postgresql": {"status": "ok", "latency_ms": 1.5, "detail": ""}},
}
AWAY = WELL | {
    "status": "down",
    "parts": {"postgresql": {"status": "down", "latency_ms": 2.5, "detail": "cannot be reached"}},
}
STATS: dict[str, Any] = {
    "by_status": {"pending": 2, "completed": 5, "failed": 0},
    "oldest_waiting_s": 1.25,
    "windows": {
        "1m": {
            "completed": 5,
            "failed": 0,
            "cancelled": 0,
            "per_minute": 5.0,
            "wait": {"p50_s": 0.1, "p95_s": 0.2},
            "run": {"p50_s": None, "p95_s": None},
        }
    },
    "workers": [{"id": "worker-1@here", "state": "running", "busy": 3, "slots": 50}],
}


def test_health_shows_each_part() -> None:
    with played_api((200, WELL)) as api:
        result = call("health", url=api.url)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == ["postgresql  ok      1.5         -", "all: ok"]


def test_health_says_what_is_away_and_ends_with_1() -> None:
    with played_api((503, AWAY)) as api:
        result = call("health", url=api.url)
        as_json = call("health", "--json", url=api.url)
    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "cannot be reached" in result.stdout
    assert '"status": "down"' in as_json.stdout


def test_health_of_nothing_is_an_error() -> None:
    result = call("health", url=f"http://127.0.0.1:{free_port()}")
    assert "cannot be reached" in str(result.exception)


def test_stats_of_a_team_leave_out_what_all_teams_do() -> None:
    with played_api((200, STATS | {"windows": {}})) as api:
        lines = call("stats", url=api.url).stdout.splitlines()
    assert [line.split() for line in lines[1:3]] == [[], ["ID", "STATE", "BUSY", "SLOTS"]]


def test_stats_shows_jobs_windows_and_workers() -> None:
    with played_api((200, STATS)) as api:
        result = call("stats", url=api.url)
    assert result.exit_code == 0, result.output
    assert api.asked[0].headers["x-service-token"] == "the-token"
    lines = result.stdout.splitlines()
    assert lines[0] == "jobs: 2 pending, 5 completed; the oldest waits for 1.2 s"
    assert lines[3].split() == ["1m", "5", "0", "0", "5.0", "0.2", "-"]
    assert lines[-1].split() == ["worker-1@here", "running", "3", "50"]


def test_stats_lists_workers_that_are_gone_and_what_became_of_their_jobs() -> None:
    gone = {"id": "w9@here", "state": "lost", "gone_at": "2026-11-21T10:00:03.5Z", "requeued": 2, "failed": 1}
    with played_api((200, STATS | {"gone_workers": [gone | {"cancelled": 0, "running": 4}]})) as api:
        last = call("stats", url=api.url).stdout.splitlines()[-1].split()
    assert (last[:2], last[-4:]) == (["w9@here", "lost"], ["2", "1", "0", "4"])


def test_stats_without_a_worker_says_so() -> None:
    with played_api((200, STATS | {"workers": [], "by_status": {}, "oldest_waiting_s": None})) as api:
        result = call("stats", url=api.url)
    assert result.stdout.splitlines()[0] == "jobs: none"
    assert result.stdout.splitlines()[-1] == "no worker is alive"
