import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import waiting
from app.cli.main import app
from tests.unit.cli.played_api import played_api

ID = "01900000-0000-7000-8000-000000000001"
MET: dict[str, Any] = {
    "matched": 3,
    "by_status": {"failed": 1, "completed": 2},
    "oldest_finished_at": "2026-01-01T10:00:00Z",
    "kept_days": 30.0,
}
MADE: dict[str, Any] = {"id": ID, "action": "prune", "status": "pending", "total": 3, "done": 0, "skipped": 0}
LINE: dict[str, Any] = {
    "id": 7,
    "at": "2026-11-21T10:00:00Z",
    "actor": "service",
    "action": "queue.pause",
    "target": "default",
    "detail": {"by": 1},
    "request_id": None,
}


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_POLL_S", 0.01)


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"})


def test_resend_says_what_it_found() -> None:
    with played_api((200, {"found": 5, "resent": 4})) as api:
        result = call("resend", url=api.url)
        call("resend", "--dry-run", "--json", url=api.url)
    assert result.stdout == "5 jobs should be with the broker, 4 are sent again\n"
    assert [asked.body for asked in api.asked] == [{"dry_run": False}, {"dry_run": True}]


def test_resend_of_nothing_and_of_one_job_reads_well() -> None:
    with played_api((200, {"found": 0, "resent": 0}), (200, {"found": 1, "resent": 1})) as api:
        assert call("resend", url=api.url).stdout.startswith("Nothing to send again")
        assert call("resend", url=api.url).stdout == "1 job should be with the broker, 1 is sent again\n"


def test_prune_is_a_dry_run_without_a_yes() -> None:
    with played_api((200, MET)) as api:
        result = call("prune", url=api.url)
    assert api.asked[0].body == {"dry_run": True}
    assert result.stdout == (
        "3 jobs ended over 30 days ago (2 completed, 1 failed; the oldest of 2026-01-01 10:00:00); --yes deletes them\n"
    )


def test_prune_of_nothing_offers_nothing() -> None:
    empty = {"matched": 0, "by_status": {}, "oldest_finished_at": None, "kept_days": 7.5}
    with played_api((200, empty)) as api:
        assert call("prune", url=api.url).stdout == "Nothing to prune (older than 7.5 days).\n"
        assert json.loads(call("prune", "--json", url=api.url).stdout) == empty


def test_prune_with_a_yes_waits_for_the_end() -> None:
    with played_api((202, MADE), (200, MADE | {"status": "completed", "done": 3})) as api:
        result = call("prune", "--older-than-days", "7", "--yes", url=api.url)
    assert result.exit_code == 0, result.output
    assert api.asked[0].body == {"dry_run": False, "older_than_days": 7.0}
    assert api.asked[1].path == f"/api/v1/dead-letters/actions/{ID}"
    assert result.stdout == f"prune {ID} is completed: 3 of 3 done\n"


def test_audit_shows_lines_over_several_pages() -> None:
    pages = [(200, {"items": [LINE] * 100, "next_cursor": "c1"}), (200, {"items": [LINE] * 100, "next_cursor": "c2"})]
    with played_api(*pages) as api:
        result = call("audit", "--limit", "150", url=api.url)
    lines = result.stdout.splitlines()
    assert len(lines) == 151
    assert lines[1].split() == ["2026-11-21", "10:00:00", "service", "queue.pause", "default", '{"by":', "1}"]
    assert [asked.path for asked in api.asked] == [
        "/api/v1/admin/audit?limit=100",
        "/api/v1/admin/audit?limit=100&cursor=c1",
    ]


def test_an_empty_audit_log_says_so() -> None:
    with played_api((200, {"items": [], "next_cursor": None})) as api:
        assert call("audit", url=api.url).stdout == "no lines\n"
