"""`submit … --batch`: a job for each line, under a key of its own; refused lines by their numbers."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import batch, batch_lines, main, waiting
from app.cli.client import CallError
from app.cli.job_types import JobTypes
from tests.rig.ports import free_port
from tests.unit.cli.played_api import PlayedApi, Raw, played_api, real_types
from tests.unit.cli.played_jobs import DONE, FAILED, JOB

ID = JOB["id"]
REFUSED = {
    "detail": "x",
    "code": "invalid_request",
    "errors": [{"pointer": "#/input/text", "detail": "it is missing"}],
}


@pytest.fixture(autouse=True)
def _own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERVICE_TOKEN", "the-token")
    monkeypatch.setattr(waiting, "FIRST_POLL_S", 0.01)
    monkeypatch.setattr(batch, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(batch, "AT_ONCE", 1)  # so that the played API's answers meet the lines in order


def call(*arguments: str, url: str, given: str | None = None) -> Result:
    return CliRunner().invoke(main.app, list(arguments), env={"HEADRACE_URL": url}, input=given)


def read(text: str, *, name: str = "a.jsonl", key: str = "", **defaults: Any) -> list[batch_lines.Line]:
    types = JobTypes(real_types)
    return list(batch_lines.lines_of(io.BytesIO(text.encode()), name=name, defaults=defaults, key=key, types=types))


def jobs(api: PlayedApi) -> list[Any]:
    return [asked.body for asked in api.asked]


def test_each_line_is_a_job_with_what_the_options_say() -> None:
    lines = [
        '{"text": "one"}',
        '{"input": {"text": "two"}, "priority": "high", "metadata": {"b": 2}}',
        "",
        '"three"',
    ]
    Path("a.jsonl").write_text("\ufeff" + "\n".join(lines), "utf-8")
    options = ("--metadata", "a=1", "--set", "max_words=5", "--run-at", "2026-12-24T18:00:00Z", "--timeout", "2m")
    with played_api((202, JOB)) as api:
        result = call("submit", "summarize", "--batch", "a.jsonl", *options, url=api.url)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [ID] * 3
    assert result.stderr == "3 lines: 3 accepted\n"
    same = {"type": "summarize", "run_at": "2026-12-24T18:00:00+00:00", "timeout_s": 120}
    assert jobs(api) == [
        same | {"priority": "default", "metadata": {"a": 1}, "input": {"max_words": 5, "text": "one"}},
        same | {"priority": "high", "metadata": {"a": 1, "b": 2}, "input": {"max_words": 5, "text": "two"}},
        same | {"priority": "default", "metadata": {"a": 1}, "input": {"max_words": 5, "text": "three"}},
    ]


def test_a_second_run_brings_the_same_keys_and_another_batch_others() -> None:
    text = '{"text": "a"}\n{"text": "b"}\n{"text": "a"}\n'
    first = [line.key for line in read(text, type="summarize")]
    assert len(set(first)) == 3
    assert [line.key for line in read(text, type="summarize")] == first
    with_one_put_in = [line.key for line in read('{"text": "new"}\n' + text, type="summarize")]
    assert with_one_put_in[1:] == first
    assert not set(first) & {line.key for line in read(text, type="summarize", key="again")}
    own = read('{"input": {"text": "a"}, "idempotency_key": "mine"}', type="summarize")
    assert [line.key for line in own] == ["mine"]


def test_what_was_accepted_before_is_counted() -> None:
    known = Raw(json.dumps(JOB).encode(), {"Idempotency-Replayed": "true"})
    with played_api((202, known), (202, JOB)) as api:
        result = call("submit", "echo", "--batch", "-", "--json", url=api.url, given='{"text": "a"}\n{"text": "b"}\n')
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"line": 1, "id": ID, "status": "pending", "known": True},
        {"line": 2, "id": ID, "status": "pending", "known": False},
    ]
    assert result.stderr == ""
    assert jobs(api)[0]["input"] == {"message": "a"}


def test_refused_lines_are_told_by_number_and_kept_and_the_others_go_on() -> None:
    Path("a.jsonl").write_text('{"text": "a"}\n{nope\n{"words": 1}\n7\n{"text": "b"}\n', "utf-8")
    with played_api((202, JOB), (422, REFUSED), (202, JOB)) as api:
        result = call("submit", "summarize", "--batch", "a.jsonl", "--refused", "left.jsonl", url=api.url)
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [ID, ID]
    assert result.stderr.splitlines() == [
        "line 2: not JSON: a line is one job, as a JSON object, or a text in quotes",
        "line 3: No text: use text.",
        "line 4: neither a JSON object nor a text",
        "5 lines: 2 accepted, 3 refused",
    ]
    assert Path("left.jsonl").read_text("utf-8") == '{nope\n{"words": 1}\n7\n'


def test_an_api_that_is_busy_is_asked_again() -> None:
    with played_api(
        (503, {"detail": "d", "code": "unavailable"}), (429, {"detail": "d", "code": "c"}), (202, JOB)
    ) as api:
        result = call("submit", "echo", "--batch", "-", url=api.url, given='"a"\n')
    assert result.exit_code == 0
    assert len({asked.headers["idempotency-key"] for asked in api.asked}) == 1
    assert len(api.asked) == 3


def test_an_api_that_is_busy_is_asked_again_for_its_job_types_too() -> None:
    with played_api((202, JOB)) as api:
        api.types.insert(0, (503, {"detail": "d", "code": "unavailable"}))
        result = call("submit", "echo", "--batch", "-", url=api.url, given='"a"\n"b"\n')
    assert (result.exit_code, api.types_asked) == (0, 2)
    assert [job["input"] for job in jobs(api)] == [{"message": "a"}, {"message": "b"}]


def test_lines_that_name_their_fields_need_no_job_types() -> None:
    with played_api((202, JOB)) as api:
        call("submit", "echo", "--batch", "-", url=api.url, given='{"message": "a"}\n')
    assert (api.types_asked, jobs(api)[0]["input"]) == (0, {"message": "a"})


def test_an_api_that_is_away_when_a_line_needs_its_job_types_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "PATIENCE_S", 0)
    result = call("submit", "echo", "--batch", "-", url=f"http://127.0.0.1:{free_port()}", given='"a"\n')
    assert isinstance(result.exception, CallError)
    assert result.exception.exit_code == 3
    assert "`headrace run` starts it" in str(result.exception)


def test_a_line_of_a_type_that_the_api_has_not_is_sent_as_it_is() -> None:
    assert [line.job for line in read('"a"\n{"type": ["x"], "input": {"text": "b"}}', type="nothing")] == [
        {"type": "nothing", "input": {"text": "a"}},
        {"type": ["x"], "input": {"text": "b"}},
    ]


@pytest.mark.parametrize(("status", "code"), [(401, 2), (500, 3)])
def test_what_every_line_would_meet_stops_the_run(monkeypatch: pytest.MonkeyPatch, status: int, code: int) -> None:
    monkeypatch.setattr(batch, "PATIENCE_S", 0)
    with played_api((202, JOB), (status, {"detail": "Not now.", "code": "c"})) as api:
        result = call("submit", "echo", "--batch", "-", url=api.url, given='"a"\n"b"\n"c"\n')
    assert isinstance(result.exception, CallError)
    assert result.exception.exit_code == code
    assert str(result.exception).endswith(
        "stopped at line 2; 1 line: 1 accepted; run the same command again: what was accepted is not made twice"
    )


def test_a_table() -> None:
    text = (
        "type,text,max_words,metadata.customer,priority,categories,pages\n"
        'summarize,"a, with\na second line",20,42,high,,1\n'
        "classify,b,,,,x; y,\n"
        ",,,,,,\n"
        "a,b,c,d,e,f,g,h\n"
    )
    first, second, third = read(text, name="A.CSV", priority="low")
    assert first.job == {
        "type": "summarize",
        "priority": "high",
        "metadata": {"customer": 42},
        "input": {"text": "a, with\na second line", "max_words": 20, "pages": "1"},
    }
    assert second.job == {"type": "classify", "priority": "low", "input": {"text": "b", "categories": ["x", "y"]}}
    assert [first.number, second.number, third.number] == [2, 4, 6]
    assert third.fault == "8 cells under 7 headings"


def test_a_cell_is_a_text_where_the_type_takes_one() -> None:
    rows = 'text,sleep_s,target_language\n42,1,\n"""x""",2,\n'
    assert [line.job and line.job["input"] for line in read(rows, name="a.csv", type="echo")] == [
        {"message": "42", "sleep_s": 1},
        {"message": '"x"', "sleep_s": 2},
    ]
    rows = "message,sleep_s\n42,1\n"
    assert [line.job and line.job["input"] for line in read(rows, name="a.csv", type="echo")] == [
        {"message": "42", "sleep_s": 1}
    ]
    (line,) = read("input_file_path,issue_date,show_left_out\n7,2026,true\n", name="a.csv", type="pdf_extract")
    assert line.job == {
        "type": "pdf_extract",
        "input": {"input_file_path": "7", "issue_date": "2026", "show_left_out": True},
    }


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('[{"text": "a"}]', "`jq -c '.[]' FILE` makes lines of a JSON list"),
        ('[\n{"text": "a"}', "`jq -c '.[]' FILE` makes lines of a JSON list"),
        ('{"text": "a"}', "no job type: name TYPE, or write lines such as"),
        ("null", "neither a JSON object nor a text"),
    ],
)
def test_a_line_that_is_no_job(text: str, fault: str) -> None:
    line = read(text)[0]
    assert line.job is None
    assert fault in line.fault


def test_lines_that_are_not_utf8_or_too_long_are_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch_lines, "MAX_LINE_BYTES", 20)
    types = JobTypes(real_types)
    content = b'"a"\n"\xff"\n"' + b"x" * 100 + b'"\n"b"\n'
    lines = list(batch_lines.lines_of(io.BytesIO(content), name="-", defaults={"type": "echo"}, key="", types=types))
    assert [line.fault for line in lines] == ["", "not UTF-8", "longer than 20 bytes", ""]
    assert [line.number for line in lines] == [1, 2, 3, 4]
    assert sum(line.size_bytes for line in lines) == len(content)


def test_with_wait_all_are_waited_for() -> None:
    with played_api((202, JOB), (202, JOB), (200, DONE), (200, FAILED)) as api:
        result = call("submit", "echo", "--batch", "-", "--wait", url=api.url, given='"a"\n"b"\n')
    assert result.exit_code == 1
    assert result.stdout.splitlines()[2:] == [
        f"{ID}  completed",
        f"{ID}  failed: provider_auth: The key was refused.",
    ]


def test_with_wait_the_accepted_ones_are_waited_for_beside_refused_ones() -> None:
    with played_api((202, JOB), (200, DONE)) as api:
        result = call("submit", "echo", "--batch", "-", "--wait", url=api.url, given='"a"\n7\n')
    assert result.exit_code == 1
    assert result.stdout.splitlines()[1:] == [f"{ID}  completed"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("submit", "--text", "x"), "name a job type"),
        (("submit", "echo", "--batch", "a", "--text", "x"), "--text is one job's"),
        (("submit", "echo", "--batch", "a"), "--batch a: No such file"),
        (("submit", "echo", "--refused", "a"), "--refused needs --batch"),
        (("submit", "echo", "--output", "a"), "--output needs --wait"),
        (("submit", "echo", "--wait", "--output", "no/such/a"), "its folder is not there"),
        (("submit", "echo", "--deadline", "0.5"), "--deadline: whole seconds"),
        (("submit", "echo", "--delay", "soon"), "'soon' is no duration"),
        (("submit", "echo", "--run-at", "soon"), "'soon' is no time"),
    ],
)
def test_options_that_do_not_go_together(arguments: tuple[str, ...], said: str) -> None:
    result = call(*arguments, url="http://127.0.0.1:1")
    assert result.exit_code == 2
    assert said in result.stderr
