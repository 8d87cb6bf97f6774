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


CLEANED: dict[str, Any] = {"dry_run": True, "expired": [], "unused": ["Ab3dE5gH", "Zz9yX8wV"], "deleted": ["Qq1rS2tU"]}


def test_janitor_says_what_it_did_or_would_do() -> None:
    with played_api((200, CLEANED), (200, {**CLEANED, "dry_run": False})) as api:
        dry = call("janitor", "--dry-run", url=api.url)
        wet = call("janitor", url=api.url)
        as_json = call("janitor", "--json", url=api.url)
    assert dry.stdout.splitlines() == [
        "2 keys would be deactivated, being used by nobody: Ab3dE5gH, Zz9yX8wV",
        "1 key would be deleted: Qq1rS2tU",
        "dry run: nothing was changed",
    ]
    assert wet.stdout.splitlines() == [
        "2 keys deactivated, being used by nobody: Ab3dE5gH, Zz9yX8wV",
        "1 key deleted: Qq1rS2tU",
    ]
    assert json.loads(as_json.stdout)["unused"] == ["Ab3dE5gH", "Zz9yX8wV"]
    assert [asked.body for asked in api.asked] == [{"dry_run": True}, {"dry_run": False}, {"dry_run": False}]
    assert {asked.path for asked in api.asked} == {"/api/v1/admin/janitor"}


def test_a_janitor_with_nothing_to_do_says_so() -> None:
    with played_api((200, {"dry_run": False, "expired": [], "unused": [], "deleted": []})) as api:
        assert call("janitor", url=api.url).stdout == "No API key is to be deactivated or deleted.\n"
