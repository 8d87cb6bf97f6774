"""The bytes of each answer; nothing here waits or writes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from app.core.clock import utc_now
from app.llm.instance import minimal_instance
from tests.scripted_model.limits import Refusal
from tests.scripted_model.plan import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Entry

MODEL_NAME = "scripted-1"
NUL_TEXT = "before\x00after \ud800 end"
SAYING = frozenset({"ok", "echo", "slow", "nul", "huge", "wrong_schema"})

_BYTES_A_TOKEN = 4
_IMAGE_TOKENS = 1000

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required", 429: "Too Many Requests"}
_ERRORS: Mapping[str, tuple[int, str, str]] = {
    "context": (400, "context_length_exceeded", "invalid_request_error"),
    "llama_context": (400, "400", "exceed_context_size_error"),
    "quota": (429, "insufficient_quota", "insufficient_quota"),
}


def http(
    status: int, body: bytes, *, kind: str = "application/json", headers: Mapping[str, str] | None = None
) -> bytes:
    """Return a whole HTTP answer."""
    return head(status, {"content-type": kind, "content-length": str(len(body)), **(headers or {})}) + body


def head(status: int, headers: Mapping[str, str]) -> bytes:
    """Return the status line and the headers of an answer."""
    lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Scripted')}"]
    return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items())]).encode() + b"\r\n\r\n"


def document(status: int, content: object) -> bytes:
    """Return an HTTP answer of JSON."""
    return http(status, json.dumps(content).encode())


def wrong(entry: Entry, headers: Mapping[str, str]) -> bytes:
    """Return what is no completion: a page, half a document, no choice, or an HTTP error with further headers."""
    match entry.name:
        case "html":
            return http(200, b"<!doctype html><title>Sign in</title><p>This is a proxy's page.", kind="text/html")
        case "broken":
            return http(200, b'{"choices": [{"message": {"content": "never en')
        case "empty":
            return http(200, json.dumps({"object": "chat.completion", "choices": []}).encode())
    return _error(entry, headers)


def refused(refusal: Refusal, headers: Mapping[str, str]) -> bytes:
    """Return the answer to a call above the limit, in OpenAI's words."""
    told = {"message": f"Rate limit reached on {refusal.kind} per interval", "type": refusal.kind}
    body = {"error": {**told, "code": "rate_limit_exceeded", "param": None}}
    return http(429, json.dumps(body).encode(), headers=headers)


def account(told: Mapping[str, Any] | int) -> bytes:
    """Return the answer of an endpoint that tells of the account, or the error of that status, as OpenRouter does."""
    if isinstance(told, int):
        return document(told, {"error": {"code": told, "message": f"scripted error {told}"}})
    return document(200, {"data": told})


def _error(entry: Entry, more: Mapping[str, str]) -> bytes:
    """Return an error answer for `500`, `429:2`, `429date:2`, `context`, `quota` and the like."""
    if entry.name in _ERRORS:
        status, code, kind = _ERRORS[entry.name]
    else:
        status, code, kind = int(entry.name[:3]), f"scripted_{entry.name[:3]}", "scripted_error"
    headers = dict(more)
    if entry.name.endswith("date"):
        moment = utc_now().timestamp() + float(entry.value or 2)
        headers["retry-after"] = format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
    elif entry.value:
        headers["retry-after"] = entry.value
    body = {"error": {"message": f"scripted error {status}", "type": kind, "code": code, "param": None}}
    return http(status, json.dumps(body).encode(), headers=headers)


def text_of(entry: Entry, headers: Mapping[str, str], body: Mapping[str, Any]) -> str:
    """Return what the model says; an `ok` answer names job, attempt and step, or fits the JSON schema asked for."""
    if entry.name == "echo":
        return entry.value
    if entry.name == "nul":
        return NUL_TEXT
    if entry.name == "huge":
        return "x" * int(entry.value or 20_000_000)
    if entry.name == "wrong_schema":
        return json.dumps({"unexpected": "no category of yours"})
    schema = (body.get("response_format") or {}).get("json_schema", {}).get("schema")
    if isinstance(schema, Mapping):
        return json.dumps(minimal_instance(schema))
    job, attempt, step = (headers.get(name, "-") for name in (JOB_HEADER, ATTEMPT_HEADER, STEP_HEADER))
    return f"Scripted answer to job {job}, attempt {attempt}, step {step}."


def completion(text: str, body: Mapping[str, Any]) -> bytes:
    """Return a chat completion as JSON; lone surrogates leave as \\ud800 escapes."""
    answer = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": body.get("model") or MODEL_NAME,
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": usage(text, body),
    }
    return json.dumps(answer).encode()


def events(text: str, body: Mapping[str, Any]) -> list[bytes]:
    """Return a streamed completion as server-sent events, a few words each."""
    base = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": body.get("model") or MODEL_NAME}
    words = text.split(" ")
    pieces = [" ".join(words[at : at + 3]) + (" " if at + 3 < len(words) else "") for at in range(0, len(words), 3)]
    chunks: list[dict[str, Any]] = [
        base | {"choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]} for piece in pieces
    ]
    chunks.append(base | {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    chunks.append(base | {"choices": [], "usage": usage(text, body)})
    return [*(b"data: " + json.dumps(chunk).encode() + b"\n\n" for chunk in chunks), b"data: [DONE]\n\n"]


def usage(text: str, body: Mapping[str, Any]) -> dict[str, int]:
    """Return the tokens of a call: one for each four bytes of text, a flat number for each image."""
    asked, said = sum(_tokens(message.get("content")) for message in body.get("messages") or []), _tokens(text)
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said}


def _tokens(content: object) -> int:
    if isinstance(content, str):
        return -(-len(content.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)
    parts = content if isinstance(content, list) else []
    return sum(_tokens(part["text"]) if part.get("type") == "text" else _IMAGE_TOKENS for part in parts)
