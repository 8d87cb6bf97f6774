import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import waiting
from app.cli.client import CallError
from app.cli.main import app
from tests.unit.cli.played_api import played_api

ID = "01900000-0000-7000-8000-000000000001"
GROUP: dict[str, Any] = {
    "fingerprint": "0123456789abcdef",
    "type": "summarize",
    "error_code": "timeout",
    "message": "no answer\n within 30 s " + "x" * 100,
    "count": 12,
    "first_at": "2026-11-21T10:00:00Z",
    "last_at": "2026-11-21T11:00:00Z",
    "samples": [{"id": ID, "finished_at": "2026-11-21T11:00:00Z"}],
}
GROUPS = {"groups": [GROUP], "total": 15, "total_groups": 4}
MET = {"matched": 12, "samples": GROUP["samples"], "groups": [GROUP], "total_groups": 1}
MADE: dict[str, Any] = {
    "id": ID,
    "action": "retry",
    "filter": {},
    "status": "pending",
    "total": 12,
    "done": 0,
    "skipped": 0,
    "error": None,
}
HALF = MADE | {"status": "running", "done": 5}
DONE = MADE | {"status": "completed", "done": 11, "skipped": 1}
PATH = "/api/v1/dead-letters"


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_POLL_S", 0.01)


def call(*arguments: str, url: str, answer: str | None = None) -> Result:
    environment = {"HEADRACE_URL": url, "SERVICE_TOKEN": "the-token"}
    return CliRunner().invoke(app, list(arguments), env=environment, input=answer)


def test_list_shows_groups_on_one_line_each_and_what_is_left_out() -> None:
    options = ("--type", "summarize", "--error-code", "timeout", "--from", "2026-11-21T00:00:00Z", "--limit", "5")
    with played_api((200, GROUPS)) as api:
        result = call("dead-letters", "ls", *options, url=api.url)
    assert result.exit_code == 0, result.output
    query = "limit=5&type=summarize&error_code=timeout&finished_from=2026-11-21T00%3A00%3A00Z"
    assert api.asked[0].path == f"{PATH}?{query}"
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["COUNT", "TYPE", "ERROR_CODE", "LAST", "FINGERPRINT", "NEWEST", "MESSAGE"]
    assert "no answer within 30 s xxx" in lines[1]
    assert lines[1].endswith("…")
    assert lines[2:] == ["15 jobs in 4 groups, 3 not shown"]


def test_list_without_failures_says_so() -> None:
    with played_api((200, {"groups": [], "total": 0, "total_groups": 0})) as api:
        assert call("dead-letters", "ls", url=api.url).stdout == "no failed jobs\n"
        assert json.loads(call("dead-letters", "ls", "--json", url=api.url).stdout)["total"] == 0


def test_retry_shows_what_it_would_meet_asks_and_waits() -> None:
    with played_api((200, MET), (202, MADE), (200, HALF), (200, DONE)) as api:
        result = call("dead-letters", "retry", "--fingerprint", GROUP["fingerprint"], url=api.url, answer="y\n")
    assert result.exit_code == 0, result.output
    assert [(asked.method, asked.path, asked.body) for asked in api.asked[:2]] == [
        ("POST", f"{PATH}/retry", {"fingerprint": GROUP["fingerprint"], "dry_run": True}),
        ("POST", f"{PATH}/retry", {"fingerprint": GROUP["fingerprint"]}),
    ]
    assert api.asked[-1].path == f"{PATH}/actions/{ID}"
    assert "retry 12 jobs? [y/N]" in result.stderr
    assert result.stderr.endswith("retry: 0 of 12\nretry: 5 of 12\n")
    assert result.stdout.endswith(f"retry {ID} is completed: 11 of 12 done, 1 had changed\n")


@pytest.mark.parametrize("answer", ["n\n", ""])
def test_without_a_yes_nothing_is_done(answer: str) -> None:
    with played_api((200, MET)) as api:
        result = call("dead-letters", "discard", "--all", url=api.url, answer=answer)
    assert result.exit_code == 1
    assert [asked.body for asked in api.asked] == [{"all": True, "dry_run": True}]


def test_yes_asks_nothing_and_no_wait_waits_for_nothing() -> None:
    options = ("--queue", "gpu", "--to", "2026-11-22T00:00:00Z", "--yes", "--no-wait", "--json")
    with played_api((202, MADE)) as api:
        result = call("dead-letters", "discard", ID, *options, url=api.url)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == MADE
    (asked,) = api.asked
    assert asked.path == f"{PATH}/discard"
    assert asked.body == {"ids": [ID], "queue": "gpu", "finished_to": "2026-11-22T00:00:00Z"}


def test_a_dry_run_only_shows() -> None:
    with played_api((200, MET)) as api:
        result = call("dead-letters", "retry", "--type", "echo", "--dry-run", "--yes", url=api.url)
        as_json = call("dead-letters", "retry", "--type", "echo", "--dry-run", "--json", url=api.url)
    assert [asked.body for asked in api.asked] == [{"type": "echo", "dry_run": True}] * 2
    assert result.stdout.splitlines()[-1] == "12 jobs in 1 group"
    assert json.loads(as_json.stdout) == MET


def test_where_nothing_is_met_nothing_is_asked() -> None:
    with played_api((200, {"matched": 0, "samples": [], "groups": [], "total_groups": 0})) as api:
        result = call("dead-letters", "retry", "--all", url=api.url)
    assert (result.exit_code, len(api.asked)) == (0, 1)
    assert result.stderr == "no failed jobs\n"


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_an_action_that_is_not_completed_ends_with_code_1(status: str) -> None:
    with played_api((202, MADE), (200, HALF | {"status": status, "error": "A batch failed."})) as api:
        result = call("dead-letters", "retry", "--all", "--yes", url=api.url)
    assert result.exit_code == 1
    assert result.stdout == f"retry {ID} is {status}: 5 of 12 done: A batch failed.\n"


def test_a_refused_filter_is_an_error() -> None:
    with played_api((422, {"detail": "give a filter, or all: true", "code": "invalid_request"})) as api:
        result = call("dead-letters", "retry", "--yes", url=api.url)
    assert isinstance(result.exception, CallError)
    assert result.exception.exit_code == 2
    assert api.asked[0].body == {}
