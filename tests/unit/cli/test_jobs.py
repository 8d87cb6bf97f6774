import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from typer.testing import CliRunner, Result

from app.cli import waiting
from app.cli.client import CallError
from app.cli.main import app
from tests.rig.ports import free_port
from tests.unit.cli.played_api import played_api
from tests.unit.cli.played_jobs import DONE, FAILED, ID, JOB


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_TOKEN", "the-token")
    monkeypatch.setattr(waiting, "FIRST_POLL_S", 0.01)


def query_of(path: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(path).query))


def call(*arguments: str, url: str) -> Result:
    return CliRunner().invoke(app, list(arguments), env={"HEADRACE_URL": url})


def test_submit_sends_only_what_was_given_with_the_token() -> None:
    with played_api((202, JOB)) as api:
        result = call("submit", "summarize", "--text", "hello", "--idempotency-key", "k", url=api.url)
    assert result.exit_code == 0, result.output
    assert ID in result.stdout
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("POST", "/api/v1/jobs")
    assert asked.body == {"type": "summarize", "input": {"text": "hello"}, "priority": "default"}
    assert asked.headers["x-service-token"] == "the-token"
    assert asked.headers["idempotency-key"] == "k"


def test_submit_sends_every_option() -> None:
    options = ("--priority", "high", "--delay", "10", "--queue", "gpu", "--max-attempts", "2", "--max-refusals", "7")
    more = ("--max-crashes", "5", "--model", "cheap", "--max-cost-usd", "0.25", "--json")
    with played_api((202, JOB)) as api:
        result = call("submit", "echo", "--text", "hi", *options, *more, url=api.url)
    assert json.loads(result.stdout) == JOB
    sent = {
        "priority": "high",
        "delay_s": 10.0,
        "queue": "gpu",
        "max_attempts": 2,
        "max_refusals": 7,
        "max_crashes": 5,
        "model": "cheap",
        "max_cost_usd": 0.25,
    }
    assert api.asked[0].body == {"type": "echo", "input": {"message": "hi"}} | sent


def test_wait_prints_the_result_and_tells_each_change_once() -> None:
    running = JOB | {"status": "processing", "attempt": 1}
    with played_api((202, JOB), (200, JOB), (200, running), (503, {}), (200, running), (200, DONE)) as api:
        result = call("submit", "summarize", "--text", "x", "--wait", url=api.url)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {"summary": "Käse"}
    assert result.stderr.splitlines() == [
        f"summarize {ID}: pending",
        f"summarize {ID}: processing, attempt 1 of 4",
    ]


@pytest.mark.parametrize("final", [FAILED, JOB | {"status": "cancelled"}])
def test_a_job_that_is_not_completed_ends_with_code_1(final: dict[str, Any]) -> None:
    with played_api((202, JOB), (200, final)) as api:
        result = call("submit", "summarize", "--text", "x", "--wait", url=api.url)
    assert result.exit_code == 1
    assert result.stdout == ""


def test_a_refusal_names_each_wrong_field_and_ends_with_code_2() -> None:
    problem = {
        "title": "The request is not valid",
        "detail": "2 fields are wrong",
        "code": "invalid_request",
        "errors": [{"pointer": "/input/text", "detail": "it is missing"}],
    }
    with played_api((422, problem)) as api:
        result = call("submit", "summarize", url=api.url)
    assert isinstance(result.exception, CallError)
    assert result.exception.exit_code == 2
    assert str(result.exception) == "No text: use --text or --file."


def test_an_api_that_is_away_ends_with_code_3_and_says_what_to_do() -> None:
    result = call("jobs", "ls", url=f"http://127.0.0.1:{free_port()}")
    assert isinstance(result.exception, CallError)
    assert result.exception.exit_code == 3
    assert "`headrace run` starts it" in str(result.exception)


def test_ls_reads_as_many_pages_as_it_needs() -> None:
    pages = [(200, {"items": [JOB] * 100, "next_cursor": "c1"}), (200, {"items": [DONE] * 100, "next_cursor": "c2"})]
    with played_api(*pages) as api:
        result = call("jobs", "ls", "--status", "completed", "--type", "summarize", "--limit", "150", url=api.url)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert len(lines) == 151
    assert lines[0].split() == ["ID", "TYPE", "STATUS", "PRIORITY", "ATTEMPT", "CREATED", "TOOK"]
    assert lines[-1].endswith("1/4      2026-11-21 10:00:00  2.50 s")
    assert [asked.path for asked in api.asked] == [
        "/api/v1/jobs?limit=100&status=completed&type=summarize",
        "/api/v1/jobs?limit=100&status=completed&type=summarize&cursor=c1",
    ]


def test_show_prints_history_and_result() -> None:
    with played_api((200, DONE)) as api:
        result = call("jobs", "show", ID, url=api.url)
    assert "2026-11-21 10:00:03.5    3.50 s  finish  completed  1        w1" in result.stdout
    assert '"summary": "Käse"' in result.stdout


THINKING = DONE | {
    "refusals": 7,
    "max_refusals": 100,
    "attempts": [
        {
            "attempt": 8,
            "waited_ms": 4200,
            "run_ms": 1100,
            "reasoning_tokens": 1000,
            "fallback": "dead: network, ok2: rate_limited, odd: new_kind",
            "reasoning": "First the river.\n\x1b[31mThen the mill.",
        }
    ],
    "events": [DONE["events"][0] | {"detail": {"run_ms": 1100, "reasoning": "First the river."}}],
}


def test_show_tells_waits_refusals_thinking_and_who_was_passed_over() -> None:
    with played_api((200, THINKING)) as api:
        lines = call("jobs", "show", ID, url=api.url).stdout.splitlines()
    assert "refused   7 of 100 times, for the provider's limit" in lines
    assert (
        "attempt 8: waited 4.20 s for a place, ran 1.10 s; 1,000 tokens of thinking; instead of dead (it could not be "
        "reached) and ok2 (its limit was reached) and odd (new_kind)" in lines
    )
    assert "attempt 8: its model thought 36 characters; --thoughts shows them" in lines
    assert not any("First the river" in line for line in lines)


def test_show_prints_thoughts_when_asked_and_nothing_that_steers_the_terminal() -> None:
    with played_api((200, THINKING)) as api:
        shown = call("jobs", "show", ID, "--thoughts", url=api.url).stdout
    assert "attempt 8, what its model thought:\n  First the river.\n   [31mThen the mill.\n" in shown
    assert "\x1b" not in shown


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("output_truncated", "the answer up to where it was cut off:"),
        ("timeout", "what was done before it failed:"),
    ],
)
def test_show_prints_what_a_failed_job_left(code: str, said: str) -> None:
    left = FAILED | {"error": {"code": code, "message": "It ended."}, "result": {"summary": "The river is"}}
    with played_api((200, left)) as api:
        shown = call("jobs", "show", ID, url=api.url).stdout
        waited = call("submit", "summarize", "--text", "x", "--wait", url=api.url)
    assert f'{code}: It ended.\n\n{said}\n{{\n  "summary": "The river is"\n}}\n' in shown
    assert waited.stdout == ""
    assert waited.stderr.endswith(f"{code}: It ended.\nwhat was done all the same: headrace jobs show {ID}\n")


@pytest.mark.parametrize(
    ("job", "said"),
    [
        ({"attempt": 8, "attempts_used": 0, "refusals": 8}, "pending, refused 8 of 100 times"),
        ({"attempt": 9, "attempts_used": 1, "status": "processing"}, "processing, attempt 1 of 4"),
    ],
)
def test_waiting_counts_what_counts(job: dict[str, Any], said: str) -> None:
    with played_api((202, JOB | {"max_refusals": 100} | job), (200, DONE)) as api:
        result = call("submit", "summarize", "--text", "x", "--wait", url=api.url)
    assert result.stderr.splitlines() == [f"summarize {ID}: {said}"]


@pytest.mark.parametrize(
    ("arguments", "method", "path"),
    [
        (("cancel", ID), "POST", f"/api/v1/jobs/{ID}/cancel"),
        (("retry", ID), "POST", f"/api/v1/jobs/{ID}/retry"),
        (("rm", ID), "DELETE", f"/api/v1/jobs/{ID}"),
        (("rm", ID, "--force"), "DELETE", f"/api/v1/jobs/{ID}?force=true"),
        (("show", "../admin"), "GET", "/api/v1/jobs/..%2Fadmin"),
    ],
)
def test_each_verb_has_its_call(arguments: tuple[str, ...], method: str, path: str) -> None:
    with played_api((200, DONE)) as api:
        result = call("jobs", *arguments, url=api.url)
    assert result.exit_code == 0, result.output
    assert (api.asked[0].method, api.asked[0].path) == (method, path)


SHOWN = JOB | {"queue": "gpu", "run_at": "2027-01-31T08:00:00Z", "priority": "high"}


def test_update_sends_what_was_given() -> None:
    with played_api((200, SHOWN)) as api:
        result = call(
            *("jobs", "update", ID, "--priority", "high", "--queue", "gpu", "--deadline", "1m"),
            *("--run-at", "2027-01-31T08:00:00+00:00", "--max-attempts", "9", "--metadata", "a=1"),
            url=api.url,
        )
    assert result.exit_code == 0, result.output
    assert "high in gpu, due 2027-01-31T08:00:00Z" in result.stdout
    (asked,) = api.asked
    assert (asked.method, asked.path) == ("PATCH", f"/api/v1/jobs/{ID}")
    assert asked.body.pop("run_at").startswith("2027-01-31T")
    assert asked.body == {
        "priority": "high",
        "queue": "gpu",
        "deadline_s": 60,
        "max_attempts": 9,
        "metadata": {"a": 1},
    }


def test_update_starts_a_job_now() -> None:
    with played_api((200, SHOWN)) as api:
        assert call("jobs", "update", ID, "--run-at", "now", url=api.url).exit_code == 0
    assert [asked.body for asked in api.asked] == [{"delay_s": 0}]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((), "name what is to change"),
        (("--run-at", "tomorrow"), "'tomorrow' is no time"),
        (("--metadata", "[1]"), "--metadata '[1]'"),
    ],
)
def test_update_says_what_it_cannot_read(given: tuple[str, ...], said: str) -> None:
    result = call("jobs", "update", ID, *given, url="http://127.0.0.1:1")
    assert (result.exit_code, said in " ".join(result.output.replace("│", " ").split())) == (2, True)


def test_ls_asks_for_what_was_given_in_the_order_that_was_given() -> None:
    options = ("--status", "completed", "--sort", "-finished_at", "--metadata", "customer=42", "--metadata", "a=b=c")
    with played_api((200, {"items": [DONE], "next_cursor": None})) as api:
        assert ID in call("jobs", "ls", *options, "--queue", "gpu", url=api.url).stdout
    wanted = {"status": "completed", "queue": "gpu", "sort": "-finished_at", "limit": "20"}
    assert query_of(api.asked[0].path) == wanted | {"metadata.customer": "42", "metadata.a": "b=c"}


def test_ls_says_roughly_how_many_there_are() -> None:
    page = {"items": [DONE], "next_cursor": "x", "estimated_count": 12345}
    with played_api((200, page), (200, page)) as api:
        assert call("jobs", "ls", "--count", url=api.url).stdout == "about 12,345 jobs\n"
        assert json.loads(call("jobs", "ls", "--count", "--json", url=api.url).stdout) == {"estimated_count": 12345}
    assert query_of(api.asked[0].path)["count"] == "estimate"
