"""Rows of what real providers answer, and what becomes of the job: every process, over real HTTP, all rows at once."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.rig.stack import eventually, running
from tests.scripted_model.witness import read_calls

JOBS = "/api/v1/jobs"
FINAL = {"completed", "failed", "cancelled"}
WHOLE = "The mill was built in 1784. It makes electricity now."
CATEGORIES = {"categories": ["bug", "billing", "praise"]}
FIELDS = {"schema": {"total": "number", "who": "string"}}


@dataclass(frozen=True)
class Row:
    """A job with its plan, and what it must end as; `calls` of None: any number."""

    name: str
    plan: str
    status: str
    code: str | None = None
    calls: int | None = 1
    type: str = "summarize"
    input: dict[str, Any] = field(default_factory=dict)
    job: dict[str, Any] = field(default_factory=dict)
    result: dict[str, Any] | None = None
    says: str = ""


def text(value: str) -> str:
    return quote(value, safe="")


def body(status: int, content: object, **headers: str) -> str:
    raw = content if isinstance(content, str) else json.dumps(content)
    return f"body:{status}:{text(raw)}:{text(json.dumps(headers))}"


SUMMARY = {"summary": WHOLE}
BUG = {"category": "bug"}
TOTAL = {"data": {"total": 5132.4, "who": "Ana"}}
TOTAL_JSON = '{"total": 5132.4, "who": "Ana"}'
THINKING_JSON = f'<think>{{"total": 1, "who": "nobody"}} is wrong.</think>\n{TOTAL_JSON}'
LARGE = "Request too large for model `x` on tokens per minute (TPM): Limit 30000, Requested 45411, reduce your size."
OVERFLOW = "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens."
ROWS = [
    # 1. Answers
    Row("thoughts in tags", f"think:{text(WHOLE)}", "completed", result=SUMMARY),
    Row("thoughts without a beginning", f"closing:{text(WHOLE)}", "completed", result=SUMMARY),
    Row(
        "thoughts in a translation",
        "think:Le%20moulin.",
        "completed",
        type="translate",
        input={"target_language": "es-419"},
    ),
    Row("thoughts that name categories", "think:bug", "completed", type="classify", input=CATEGORIES, result=BUG),
    Row(
        "braces in thoughts",
        f"echo:{text(THINKING_JSON)}",
        "completed",
        type="data_extraction",
        input=FIELDS,
        result=TOTAL,
    ),
    Row(
        "thoughts that never end, then an answer", f"unclosed,echo:{text(WHOLE)}", "completed", calls=2, result=SUMMARY
    ),
    Row("thoughts beside the answer", f"reasoning:reasoning_content:{text(WHOLE)}", "completed", result=SUMMARY),
    Row("content in parts", f"parts:{text(WHOLE)}", "completed", result=SUMMARY),
    Row("cut, then whole", f"finish:length:The%20mill,echo:{text(WHOLE)}", "completed", calls=2, result=SUMMARY),
    Row("cut for ever", "finish:max_tokens:The%20mill%20was", "failed", "output_truncated", calls=None, result={}),
    Row(
        "cut translation",
        "finish:length:Le%20moul",
        "failed",
        "output_truncated",
        None,
        "translate",
        {"target_language": "French"},
        result={},
    ),
    Row("an error's end", f"finish:error:The%20mi,echo:{text(WHOLE)}", "completed", calls=2, result=SUMMARY),
    Row("an error in the choice", f"choice_error:502,echo:{text(WHOLE)}", "completed", calls=2, result=SUMMARY),
    Row(
        "room used up by thinking",
        "null:length:600:600,echo:bug",
        "completed",
        calls=2,
        type="classify",
        input=CATEGORIES,
        result=BUG,
        job={"max_attempts": 1},
    ),
    Row(
        "thinking that takes all room",
        "blank:length:99999:99999",
        "failed",
        "output_truncated",
        calls=None,
        says="thinking",
    ),
    Row(
        "usage as text",
        f"usage:{text(json.dumps({'input_tokens': '11', 'output_tokens': 3.0}))}:{text(WHOLE)}",
        "completed",
        result=SUMMARY,
    ),
    Row(
        "a list around the object",
        f"echo:{text(f'[{TOTAL_JSON}]')}",
        "completed",
        type="data_extraction",
        input=FIELDS,
        result=TOTAL,
    ),
    Row(
        "a wrapping",
        f"echo:{text(json.dumps({'result': json.loads(TOTAL_JSON)}))}",
        "completed",
        type="data_extraction",
        input=FIELDS,
        result=TOTAL,
    ),
    Row(
        "another label",
        "echo:%7B%22label%22%3A%20%22bug%22%7D",
        "completed",
        type="classify",
        input=CATEGORIES,
        result=BUG,
    ),
    Row("a heading", f"echo:{text('**Summary:** ' + WHOLE)}", "completed", result=SUMMARY),
    # 2. Refusals and waits
    *(Row(f"{status} once", f"{status},ok", "completed", calls=2) for status in (409, 424, 425, 498, 418)),
    Row("an unknown 4xx twice", "418", "failed", "provider_rejected", calls=2),
    Row(
        "json_validate_failed once",
        body(400, {"error": {"message": "Failed to generate JSON.", "code": "json_validate_failed"}}) + ",ok",
        "completed",
        calls=2,
    ),
    Row(
        "what never fits",
        body(429, {"error": {"message": LARGE, "type": "tokens", "code": "rate_limit_exceeded"}}),
        "failed",
        "request_too_large",
        says="45411",
    ),
    Row(
        "a context overflow of vLLM",
        body(400, {"object": "error", "message": OVERFLOW, "code": 400}),
        "failed",
        "context_too_long",
    ),
    Row("refused for ever", "429:0", "failed", "rate_limited", calls=3, job={"max_refusals": 3}),
    Row("refused at first", "429:0,429:0,ok", "completed", calls=3, job={"max_attempts": 1}),
    Row(
        "a wait in the body",
        body(429, {"error": {"message": "Please try again in 0.2s."}}) + ",ok",
        "completed",
        calls=2,
    ),
    Row(
        "an error as text",
        body(400, {"error": "the moon is in the way"}),
        "failed",
        "provider_rejected",
        calls=2,
        says="the moon is in the way",
    ),
    Row(
        "an error as a list",
        body(
            400,
            [
                {
                    "error": {
                        "message": "API key not valid.",
                        "status": "INVALID_ARGUMENT",
                        "details": [{"reason": "API_KEY_INVALID"}],
                    }
                }
            ],
        ),
        "failed",
        "auth_failed",
    ),
    Row("plain text", body(400, "no such horse"), "failed", "provider_rejected", calls=2, says="no such horse"),
    Row(
        "a redirect",
        body(308, "", location="https://elsewhere.example/v1"),
        "failed",
        "provider_rejected",
        says="elsewhere.example",
    ),
]


@dataclass
class Played:
    """What became of the rows, by their names, and the provider's log."""

    jobs: dict[str, dict[str, Any]]
    calls: dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
async def played(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Played]:
    await empty(open_database)
    folder: Path = tmp_path_factory.mktemp("real")
    async with running(settings, folder, RETRY_SCALE="0.005") as stack:
        log = await stack.scripted_model()
        await stack.worker()
        client = await stack.api()
        stack.scheduler()
        ids = await _submit(client)
        yield Played({name: await _ended(client, one) for name, one in ids.items()}, _calls(log, ids))


async def _submit(client: httpx2.AsyncClient) -> dict[str, str]:
    bodies = [
        {"type": row.type, "input": {"text": f"{WHOLE} [[plan:{row.plan}]]", **row.input}, **row.job} for row in ROWS
    ]
    answer = await client.post(f"{JOBS}/batch", json={"jobs": bodies})
    assert answer.status_code == 202, answer.text
    return {row.name: one["id"] for row, one in zip(ROWS, answer.json()["jobs"], strict=True)}


async def _ended(client: httpx2.AsyncClient, job: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}

    async def is_final() -> bool:
        shown.update((await client.get(f"{JOBS}/{job}")).json())
        return shown["status"] in FINAL

    await eventually(is_final, what=f"job {job} ends")
    return shown


def _calls(log: Path, ids: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    calls = read_calls(log)
    return {name: [call for call in calls if call["job"] == job] for name, job in ids.items()}


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_what_a_real_provider_sends_and_what_becomes_of_the_job(played: Played, row: Row) -> None:
    job, calls = played.jobs[row.name], played.calls[row.name]
    error = job["error"] or {}
    assert (job["status"], error.get("code")) == (row.status, row.code), error
    if row.calls is not None:
        assert len(calls) == row.calls, [(call["entry"], call["status"]) for call in calls]
    assert len(calls) <= 6
    if row.result:
        assert {name: job["result"][name] for name in row.result} == row.result
    elif row.result == {}:
        assert job["result"], "what there is is kept"
    assert row.says in error.get("message", "")


def test_every_paid_call_is_booked(played: Played) -> None:
    for name in ("thinking that takes all room", "cut for ever", "room used up by thinking"):
        job, calls = played.jobs[name], played.calls[name]
        spent = sum(call["completion_tokens"] for call in calls)
        assert job["completion_tokens"] == spent > 0, name


def test_a_job_says_how_often_it_was_refused(played: Played) -> None:
    assert played.jobs["refused for ever"]["refusals"] == 3
    assert played.jobs["refused at first"]["refusals"] == 2
    assert played.jobs["thoughts in tags"]["refusals"] == 0
