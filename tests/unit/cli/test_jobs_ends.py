"""Waiting for jobs, their results for pipes, and what is done with several at once."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import main, waiting
from app.cli.client import CallError
from tests.unit.cli.played_api import Raw, played_api
from tests.unit.cli.played_jobs import DONE, FAILED, ID, JOB

EMPTY: dict[str, Any] = {"items": [], "next_cursor": None}
RESULT: dict[str, Any] = DONE | {"result": {"summary": "Käse", "fields": {"total": 7, "lines": ["a", "b"]}}}
GONE = {"detail": "There is no job x.", "code": "job_not_found"}
FINAL = {"detail": "It is completed.", "code": "job_is_final"}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_TOKEN", "the-token")
    monkeypatch.setattr(waiting, "FIRST_POLL_S", 0.01)


def call(*arguments: str, url: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main.app, list(arguments), env={"HEADRACE_URL": url}, input=given)


@pytest.mark.parametrize(
    ("ends", "code"), [((DONE, DONE), 0), ((DONE, FAILED), 1), ((JOB | {"status": "cancelled"}, DONE), 1)]
)
def test_wait_ends_by_the_outcome_of_all(ends: tuple[Any, ...], code: int) -> None:
    with played_api(*((200, one) for one in ends)) as api:
        result = call("jobs", "wait", "a", "b", url=api.url)
    assert result.exit_code == code
    assert [line.split()[1].rstrip(":") for line in result.stdout.splitlines()] == [one["status"] for one in ends]
    assert [asked.path for asked in api.asked] == ["/api/v1/jobs/a", "/api/v1/jobs/b"]


def test_wait_tells_how_far_it_is_and_takes_ids_from_a_pipe() -> None:
    with played_api((200, DONE), (200, JOB), (200, DONE)) as api:
        result = call("jobs", "wait", "-", url=api.url, given="a\n\nb  completed\n")
    assert result.exit_code == 0
    assert result.stderr == "1 of 2 ended\n"
    assert api.asked[-1].path.startswith("/api/v1/jobs/")


def test_wait_with_a_timeout_ends_with_code_4() -> None:
    with played_api((200, DONE), (200, JOB)) as api:
        result = call("jobs", "wait", "a", "b", "--timeout", "0.02", url=api.url)
        alone = call("jobs", "wait", "b", "--timeout", "0.02", "--json", url=api.url)
        submitted = call("submit", "echo", "--text", "x", "--wait-timeout", "0.02", url=api.url)
    assert (result.exit_code, alone.exit_code, submitted.exit_code) == (4, 4, 4)
    assert result.stderr.endswith("1 of 2 had not ended within the time; they go on\n")
    assert (json.loads(alone.stdout), alone.stderr) == ({"items": []}, "")
    assert f"the job goes on: headrace jobs wait {ID}" in submitted.stderr


@pytest.mark.parametrize(
    ("field", "shown"),
    [
        ((), json.dumps(RESULT["result"], indent=2, ensure_ascii=False)),
        (("--field", "summary"), "Käse"),
        (("--field", "fields.total"), "7"),
        (("--field", "fields.lines.1"), "b"),
    ],
)
def test_result_prints_the_result_alone(field: tuple[str, ...], shown: str) -> None:
    with played_api((200, RESULT)) as api:
        result = call("jobs", "result", ID, *field, url=api.url)
        saved = call("jobs", "result", ID, *field, "--output", "out.txt", url=api.url)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{shown}\n", "")
    assert (saved.exit_code, saved.stdout, saved.stderr) == (0, "", "")
    assert Path("out.txt").read_text("utf-8") == f"{shown}\n"


def test_result_of_what_has_none_is_said_on_stderr() -> None:
    with played_api((200, FAILED)) as api:
        failed = call("jobs", "result", ID, "--output", "out.txt", url=api.url)
    with played_api((200, JOB)) as api:
        early = call("jobs", "result", ID, url=api.url)
    with played_api((200, JOB), (200, RESULT)) as api:
        waited = call("jobs", "result", ID, "--wait", "--field", "summary", url=api.url)
    with played_api((200, RESULT)) as api:
        unknown = call("jobs", "result", ID, "--field", "fields.x", url=api.url)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert failed.stderr == "provider_auth: The key was refused.\n"
    assert not Path("out.txt").exists()
    assert isinstance(early.exception, CallError)
    assert str(early.exception) == f"the job is pending: `headrace jobs wait {ID}` waits for its end"
    assert early.exception.exit_code == 1
    assert waited.stdout == "Käse\n"
    assert unknown.exit_code == 2
    assert "there are: total, lines" in unknown.stderr


def test_ls_filters_and_prints_ids_for_pipes() -> None:
    options = ("--queue", "gpu", "--metadata", "customer=42", "--metadata", "a.b=x y", "--from", "2026-01-31T09:00:00Z")
    with played_api((200, {"items": [JOB, DONE], "next_cursor": None}), (200, EMPTY)) as api:
        result = call("jobs", "ls", *options, "--ids", url=api.url)
        assert call("jobs", "ls", "-q", url=api.url).stdout == ""
    assert result.stdout == f"{ID}\n{ID}\n"
    query = "limit=20&queue=gpu&created_from=2026-01-31T09%3A00%3A00%2B00%3A00&metadata.customer=42&metadata.a.b=x+y"
    assert api.asked[0].path == f"/api/v1/jobs?{query}"


def test_watch_shows_again_also_after_the_api_was_away(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses = iter([None, None])

    def pause(_: float) -> None:
        if next(pauses, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr("app.cli.watching.time.sleep", pause)
    with played_api((200, EMPTY), (503, Raw(b"")), (200, {"items": [JOB], "next_cursor": None})) as api:
        result = call("jobs", "ls", "--watch", url=api.url)
    assert result.exit_code == 0
    shown = result.stdout.splitlines()
    assert shown[0] == "no jobs"
    assert "try again soon" in shown[1]
    assert ID in shown[-1]


@pytest.mark.parametrize("command", ["cancel", "retry", "rm"])
def test_several_at_once_go_on_after_a_refusal(command: str) -> None:
    with played_api((404, GONE), (200, JOB | {"status": "cancelled"}), (409, FINAL), (200, JOB)) as api:
        result = call("jobs", command, "-", url=api.url, given="a\nb\nc\nd\n")
    assert len(api.asked) == 4
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        "error: a: There is no job x. (HTTP 404, job_not_found)",
        "error: c: It is completed. (HTTP 409, job_is_final)",
    ]
    assert len(result.stdout.splitlines()) == 2


def test_of_several_ids_the_wrong_one_is_named() -> None:
    fault = {"pointer": "#path/job_id", "detail": "write an id, such as 01934f6e-0000-7000-8000-000000000000"}
    refused = {"detail": "d", "code": "invalid_request", "errors": [fault]}
    with played_api((200, DONE), (422, refused)) as api:
        waited = call("jobs", "wait", ID, "nope", url=api.url)
        cancelled = call("jobs", "cancel", "nope", "nape", url=api.url)
    assert str(waited.exception) == "'nope' is not a job id."
    assert cancelled.stderr.splitlines() == [
        "error: nope: 'nope' is not a job id.",
        "error: nape: 'nape' is not a job id.",
    ]
