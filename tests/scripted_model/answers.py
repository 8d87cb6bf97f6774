"""What the scripted provider can answer: each entry of a plan, as status, headers and body."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import format_datetime
from typing import Any

from app.core.clock import utc_now
from app.llm.instance import minimal_instance

USAGE = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
NAME = "scripted-1"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `reset` cuts the connection instead, `stall` never ends it, `after_s` waits before it."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    after_s: float = 0.0
    reset: bool = False
    stall: bool = False


def completion(text: str) -> bytes:
    """Return the JSON of a chat completion."""
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    answer = {"id": "c1", "object": "chat.completion", "created": 0, "model": NAME, "choices": [choice], "usage": USAGE}
    return json.dumps(answer).encode()


def _good_text(request: Mapping[str, Any]) -> str:
    wanted = request.get("response_format") or {}
    if wanted.get("type") == "json_schema":
        return json.dumps(minimal_instance(wanted["json_schema"]["schema"]))
    return "A good answer."


def _error(status: int, code: str, message: str) -> Answer:
    body = {"error": {"message": message, "type": "error", "param": None, "code": code}}
    return Answer(json.dumps(body).encode(), status)


def answer_for(entry: str, request: Mapping[str, Any]) -> Answer:
    """Return the answer of one entry, such as `ok`, `500`, `429:3` or `slow:2`."""
    name, _, argument = entry.partition(":")
    good = completion(_good_text(request))
    fixed = {
        "ok": Answer(good),
        "echo": Answer(completion(argument)),
        "slow": Answer(good, after_s=float(argument or 1) if name == "slow" else 0),
        "reset": Answer(reset=True),
        "stall": Answer(good, stall=True),
        "html": Answer(b"<html><body>Bad gateway</body></html>", content_type="text/html"),
        "broken": Answer(b'{"choices": [{"mess'),
        "truncated": Answer(good[: len(good) // 2]),
        "empty": Answer(json.dumps({"choices": [], "usage": USAGE}).encode()),
        "nul": Answer(completion("before\x00after \ud800 end")),
        "wrong_schema": Answer(completion('{"unexpected": true}')),
        "429date": Answer(status=429, headers={"Retry-After": _in_seconds(2)}),
        "401": _error(401, "invalid_api_key", "Incorrect API key provided."),
        "402": _error(402, "insufficient_credits", "No credits are left."),
        "400": _error(400, "invalid_request", "A parameter is wrong."),
        "toolong": _error(400, "context_length_exceeded", "The context is too long."),
    }
    if name in fixed:
        return fixed[name]
    if name == "429":
        limited = _error(429, "rate_limit_exceeded", "Slow down.")
        return Answer(limited.body, 429, {"Retry-After": argument} if argument else {})
    if name == "huge":
        return Answer(completion("x" * int(argument)))
    if name.isdigit():
        return _error(int(name), "server_error", "The server had an error.")
    raise ValueError(f"no such entry: {entry}")


def _in_seconds(seconds: int) -> str:
    return format_datetime(utc_now() + timedelta(seconds=seconds), usegmt=True)
