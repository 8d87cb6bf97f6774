"""What the API refuses, in words of the command: by hand, with the problems that the API gives."""

from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli.client import CallError
from app.cli.main import app, run
from app.core.request_model import NAME
from tests.unit.cli.played_api import played_api

UUID_DETAIL = "write an id, such as 01934f6e-0000-7000-8000-000000000000"
NAME_DETAIL = f"it does not have the form {NAME}"


def told(command: str, *faults: tuple[str, str], detail: str = "said elsewhere") -> str:
    """Return the error of a command whose call is refused for some faults."""
    problem: dict[str, Any] = {"title": "not valid", "detail": detail, "code": "invalid_request", "status": 422}
    if faults:
        problem["errors"] = [{"pointer": pointer, "detail": text} for pointer, text in faults]
    with played_api((422, problem)) as api:
        result = CliRunner().invoke(app, command.split(), env={"HEADRACE_URL": api.url, "SERVICE_TOKEN": "t"})
    assert isinstance(result.exception, CallError), result.output
    assert result.exception.exit_code == 2
    return str(result.exception)


@pytest.mark.parametrize(
    ("command", "pointer", "detail", "sentence"),
    [
        ("submit summarize", "#/input/text", "it is missing", "No text: use --text or --file."),
        (
            "submit summarize",
            "#/input",
            "give text, file_id (an uploaded file) or input_file_path",
            "No text: use --text or --file.",
        ),
        (
            "submit pdf_extract",
            "#/input",
            "give file_id (an uploaded file) or input_file_path",
            "No file: use --file, --upload or --path.",
        ),
        ("submit echo", "#/input/message", "it is missing", "No text: use --text or --file."),
        (
            "submit translate --text x",
            "#/input/target_language",
            "it is missing",
            "No target language: use --target-language.",
        ),
        ("jobs show nope", "#path/job_id", UUID_DETAIL, "'nope' is not a job id."),
        ("jobs explain nope", "#path/job_id", UUID_DETAIL, "'nope' is not a job id."),
        ("files get nope", "#path/file_id", UUID_DETAIL, "'nope' is not a file id."),
        ("dead-letters retry --yes a nope", "#/ids/1", UUID_DETAIL, "'nope' is not a job id."),
        ("dead-letters retry --yes", "#", "give a filter, or all: true", "Give a filter such as --type, or --all."),
        (
            "dead-letters discard --yes --all",
            "#",
            "give a filter or all, not both",
            "Give either filters or --all, not both.",
        ),
        (
            "submit echo --text x --max-attempts 3",
            "#/max_attempts",
            "write a number, at most 2",
            "--max-attempts must be at most 2, not 3.",
        ),
        (
            "jobs ls --status done",
            "#query/status",
            "write 'pending', 'completed' or 'failed'",
            "--status takes pending, completed or failed, not 'done'.",
        ),
        (
            "jobs ls --type a/b",
            "#query/type",
            NAME_DETAIL,
            "--type: 'a/b' is no name; a name has a to z, digits, dots, _ and - alone, at most 64.",
        ),
        (
            "submit echo --set foo=1",
            "#/input/foo",
            "it is not known here",
            "echo takes no --set foo: `headrace types echo` shows what it takes.",
        ),
        (
            "submit echo --set sleep_s=x",
            "#/input/sleep_s",
            "write a number",
            "--set sleep_s must be a number.",
        ),
        (
            "submit summarize --pages x",
            "#/input/pages",
            "it does not have the form ^\\d{1,5}(-\\d{1,5})?$",
            "--pages is a page or a range such as 3 or 1-5, not 'x'.",
        ),
        (
            "submit echo --text x --queue gpu",
            "#/queue",
            "no queue 'gpu'; there are: default",
            "No queue 'gpu'. Known: default.",
        ),
        (
            "submit nope",
            "#/type",
            "no job type 'nope'; there are: echo, file",
            "No job type 'nope'. Known: echo, file.",
        ),
        (
            "submit classify --categories a",
            "#/input/categories",
            "name at least two",
            "--categories: name at least two.",
        ),
        (
            "queues limit default 7",
            "#/max_running",
            "write a number, at most 5",
            "N|none must be at most 5, not 7.",
        ),
        (
            "prune --older-than-days 0",
            "#/older_than_days",
            "write a number, above 0",
            "--older-than-days must be above 0, not 0.",
        ),
        (
            "costs --from x",
            "#query/from",
            "write a day, such as 2026-01-31",
            "--from must be a day such as 2026-01-31, not 'x'.",
        ),
        (
            "dead-letters ls --from x",
            "#query/finished_from",
            "write a time, such as 2026-01-31T09:00:00Z",
            "--from must be a time such as 2026-01-31T09:00:00Z, not 'x'.",
        ),
        ("providers quota x many", "#/quota", "write it as 300/min", "QUOTA|none|default: write it as 300/min."),
        (
            "submit echo --text x --idempotency-key é",
            "#header/Idempotency-Key",
            "1 to 255 visible ASCII characters",
            "--idempotency-key: 1 to 255 visible ASCII characters.",
        ),
        ("jobs ls --metadata a=b", "#query/metadata.a", "given more than once", "--metadata: given more than once."),
        (
            "submit classify --categories a",
            "#/input/categories",
            "name at least 2",
            "--categories: name at least 2.",
        ),
        (
            "submit sumarize",
            "#/type",
            "no job type 'sumarize'; there are: echo, summarize",
            "No job type 'sumarize': did you mean summarize? Known: echo, summarize.",
        ),
        ("jobs ls", "#query/brand_new", "a word of a later API", "brand_new: a word of a later API."),
    ],
)
def test_a_refusal_speaks_of_the_commands_own_options(command: str, pointer: str, detail: str, sentence: str) -> None:
    assert told(command, (pointer, detail)) == sentence


def test_each_fault_is_a_line_and_none_twice() -> None:
    both = told(
        "submit translate",
        ("#/input", "give text, file_id (an uploaded file) or input_file_path"),
        ("#/input/text", "it is missing"),
        ("#/input/target_language", "it is missing"),
    )
    assert both.splitlines() == ["No text: use --text or --file.", "No target language: use --target-language."]


def test_a_refusal_without_parts_is_worded_too() -> None:
    assert (
        told("dead-letters retry --yes", detail="give a filter, or all: true")
        == "Give a filter such as --type, or --all."
    )
    assert told("jobs ls", detail="something is wrong") == "Something is wrong."


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("users role ada@example.org god", "write admin, operator, member or viewer; 'god' is none of them"),
        ("users create ada@example.org --role god", "write admin, operator, member or viewer; 'god' is none of them"),
        ("teams payloads x maybe", "write show or hide; 'maybe' is none of them"),
        ("keys create x --days 900", "it must be at most 365"),
        ("keys rotate x --days soon", "it must be a whole number"),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(capsys: pytest.CaptureFixture[str], command: str, said: str) -> None:
    assert run(command.split()) == 2
    assert capsys.readouterr().err.strip().endswith(said)
