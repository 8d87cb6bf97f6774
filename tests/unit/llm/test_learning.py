"""What refusals teach: each line of lessons.jsonl is a real refusal, what was sent, and what is sent from then on."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.llm import learning, refusal
from app.llm.base import Ask, Limits, Message
from app.llm.dialect import Dialect, merged

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"], "additionalProperties": False}
ASK = Ask((Message("system", "You count."), Message("user", "How many?")), Limits(4096, 20))
ASK_JSON = replace(ASK, schema=SCHEMA)


def openai(message: str, *, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    return {"message": message, "type": "invalid_request_error", "param": param, "code": code}


ROWS = [json.loads(line) for line in (Path(__file__).parent / "lessons.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_a_refusal_teaches(row: dict[str, Any]) -> None:
    ask, dialect = ASK_JSON if row["schema"] else ASK, Dialect(**row["dialect"])
    said = refusal.read(row["status"], row["body"])
    assert said is not None
    found = learning.lesson(said, ask, dialect)
    assert dict(found.lasting) == row["learned"]
    again = learning.lesson(said, ask, merged(({**_said(dialect)}, found.lasting)))
    assert again.lasting != found.lasting, "it would be learned for ever"


def _said(dialect: Dialect) -> dict[str, Any]:
    return {name: getattr(dialect, name) for name in Dialect.__slots__}


def test_a_question_and_its_room_that_are_too_long_together_get_less_room() -> None:
    body = openai(
        "This model's maximum context length is 4096 tokens. However, you "
        "requested 4596 tokens (500 in the messages, 4096 in the completion)."
    )
    said = refusal.read(400, body)
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert found.lasting == {"context_tokens": 4096}
    assert 3000 < found.passing["max_output_tokens"] <= 3596


@pytest.mark.parametrize(
    "message",
    [
        (
            "'max_tokens' or 'max_completion_tokens' is too large: 4096. This "
            "model's maximum context length is 4096 tokens and your request has "
            "500 input tokens (4096 > 4096 - 500)."
        ),
        "This model's maximum context length is 4,096 tokens. However, your request has 500 input tokens.",
    ],
)
def test_vllm_says_the_same_in_other_words(message: str) -> None:
    said = refusal.read(400, {"object": "error", "message": message, "code": 400})
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert found.lasting == {"context_tokens": 4096}
    assert 3000 < found.passing["max_output_tokens"] <= 3596


@pytest.mark.parametrize(
    ("status", "message", "left"),
    [
        (413, "Request too large on tokens per minute (TPM): Limit 6000, Requested 8096, please reduce", 1984),
        (429, "Rate limit reached: Limit: 6,000, Requested: 8,096.", 1984),
        (
            402,
            "This request requires more credits, or fewer max_tokens. You can only afford 1225.",
            1225,
        ),
        (429, "Limit 30000, Requested 45411", None),
        (402, "Insufficient Balance", None),
        (429, "Rate limit reached", None),
    ],
)
def test_less_room_is_asked_for_where_the_question_alone_would_fit(status: int, message: str, left: int | None) -> None:
    said = refusal.read(status, openai(message))
    assert said
    found = learning.lesson(said, ASK, Dialect())
    assert (found.lasting, found.passing) == ({}, {} if left is None else {"max_output_tokens": left})


def test_a_schema_that_is_refused_changes_its_own_question_alone() -> None:
    body = openai(
        "Invalid schema for response_format 'result': In context=(), 'minLength' is not permitted.",
        param="response_format",
    )
    said = refusal.read(400, body)
    assert said
    first = learning.lesson(said, ASK_JSON, Dialect())
    assert (first.lasting, first.passing) == ({}, {"strict_schema": False})
    second = learning.lesson(said, ASK_JSON, Dialect(strict_schema=False))
    assert (second.lasting, second.passing) == ({}, {"structured_output": "json_object"})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, openai("Unsupported parameter: 'temperature'", param="temperature")),
        (429, openai("max_tokens is too large", param="max_tokens")),
        (402, openai("temperature is not supported")),
        (503, openai("temperature is not supported")),
        (
            400,
            openai(
                "This model's maximum context length is 4096 tokens. However, your messages resulted in 5000 tokens."
            ),
        ),
        (400, openai("The server had an error while processing your request")),
        (400, openai("Your prompt talks about temperature and a strict teacher.")),
        (400, openai("Invalid image data")),
        (400, None),
        (400, "Bad Request"),
        (
            400,
            {"detail": [{"loc": ["body", "messages"], "msg": "field required", "input": {"temperature": "invalid"}}]},
        ),
    ],
)
def test_what_is_about_something_else_teaches_nothing(status: int, body: object) -> None:
    said = refusal.read(status, body)
    assert said is None or not learning.lesson(said, ASK_JSON, Dialect())
