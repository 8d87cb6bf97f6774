"""What the API itself refuses is told by the command line without a pointer, in words of the command's own options."""

import re
from typing import Any

import httpx2
from typer.main import get_command

from app.cli.main import app as command_line
from app.cli.wording import Given, faults_of

JOBS, LETTERS = "/api/v1/jobs", "/api/v1/dead-letters"


def told(problem: Any, *arguments: str, path: str) -> list[str]:
    """Return the lines that a command would print of a problem."""
    command: Any = get_command(command_line)
    names = list(arguments)
    while hasattr(command, "commands"):
        command = command.commands[names.pop(0)]
    context = command.make_context("", names)
    return [fault["detail"] for fault in faults_of(problem, Given.of(command.params, context.params), path)]


SUBMITS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("submit summarize", {"type": "summarize", "input": {}}, ["No text: use --text or --file."]),
    ("submit file", {"type": "file", "input": {}}, ["No file: use --file, --upload or --path."]),
    ("submit echo", {"type": "echo", "input": {}}, ["No text: use --text or --file."]),
    (
        "submit echo --text x --set sleep_s=-1",
        {"type": "echo", "input": {"message": "x", "sleep_s": -1}},
        ["--set sleep_s must be at least 0."],
    ),
    (
        "submit summarize --text x --set foo=1",
        {"type": "summarize", "input": {"text": "x", "foo": 1}},
        ["summarize takes no --set foo: `headrace types summarize` shows what it takes."],
    ),
    (
        "submit summarize --upload nope",
        {"type": "summarize", "input": {"file_id": "nope"}},
        ["'nope' is not a file id."],
    ),
    (
        "submit translate --text x",
        {"type": "translate", "input": {"text": "x"}},
        ["No target language: use --target-language."],
    ),
    (
        "submit echo --text x --idempotency-key k",
        {"type": "echo", "input": {"message": "x"}, "max_cost_usd": -1},
        ["--max-cost must be above 0."],
    ),
    ("submit no", {"type": "no", "input": {}}, ["No job type 'no'. Known: "]),
]


async def test_refused_submits(client: httpx2.AsyncClient) -> None:
    for command, body, lines in SUBMITS:
        answer = await client.post(JOBS, json=body)
        assert answer.status_code == 422
        said = told(answer.json(), *command.split(), path=JOBS)
        assert [line[: len(wanted)] for line, wanted in zip(said, lines, strict=True)] == lines


OTHERS: list[tuple[str, str, str, Any, str]] = [
    ("dead-letters retry", "POST", f"{LETTERS}/retry", {}, "Give a filter such as --type, or --all."),
    (
        "dead-letters retry --all --type echo",
        "POST",
        f"{LETTERS}/retry",
        {"all": True, "type": "echo"},
        "Give either filters or --all, not both.",
    ),
    ("dead-letters retry nope", "POST", f"{LETTERS}/retry", {"ids": ["nope"]}, "'nope' is not a job id."),
    ("users uninvite nope", "DELETE", "/api/v1/admin/invites/nope", None, "'nope' is not an invite id."),
    ("audit --user nope", "GET", "/api/v1/admin/audit?user_id=nope", None, "'nope' is not a user id."),
    ("jobs show nope", "GET", f"{JOBS}/nope", None, "'nope' is not a job id."),
    ("files get nope", "GET", "/api/v1/files/nope", None, "'nope' is not a file id."),
    ("jobs ls --status done", "GET", f"{JOBS}?status=done", None, "--status takes scheduled, pending, processing"),
    ("jobs ls --type a/b", "GET", f"{JOBS}?type=a/b", None, "--type: 'a/b' is no name"),
    ("prune --older-than-days -1", "POST", "/api/v1/admin/prune", {"older_than_days": -1}, "--older-than-days "),
    ("costs --from x", "GET", "/api/v1/costs?from=x", None, "--from must be a day such as 2026-01-31, not 'x'."),
    (
        "queues limit default 0",
        "PUT",
        "/api/v1/queues/default/limit",
        {"max_running": 0},
        "N|none must be at least 1",
    ),
]


async def test_other_refusals(client: httpx2.AsyncClient) -> None:
    for command, method, path, body, line in OTHERS:
        answer = await client.request(method, path, json=body)
        assert answer.status_code == 422
        (said,) = told(answer.json(), *command.split(), path=path)
        assert said.startswith(line)
        assert not re.search(r"#|Input should|Field required", said)
