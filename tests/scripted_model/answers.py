"""The bytes of each answer; nothing here waits or writes."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from app.core.clock import utc_now
from tests.scripted_model.personalities import Fault, Personality
from tests.scripted_model.plan import Entry

NUL_TEXT = "before\x00after \ud800 end"

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
        case "body":
            return given(entry)
    return _error(entry, headers)


def failed(fault: Fault, personality: Personality, headers: Mapping[str, str]) -> bytes:
    """Return an error in a provider's own form."""
    return http(fault.status, json.dumps(personality.form(fault)).encode(), headers={**headers, **fault.headers})


def given(entry: Entry) -> bytes:
    """Return the answer that a plan holds itself, with its headers (a JSON object)."""
    status, body, headers = entry.fields(3)
    more = json.loads(headers or "{}")
    kind = "application/json" if body[:1] in {"{", "["} else "text/plain"
    return http(int(status), body.encode("utf-8", "surrogatepass"), kind=more.pop("content-type", kind), headers=more)


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
