"""The server-sent events of an answer, and how streams depart from the rule.

nofinish: `[DONE]`, and no finish_reason before it · nodone: a finish_reason, and no `[DONE]` after it · cut: neither
separators: U+2028, U+2029 and U+0085 stand raw inside a delta · twolines: an event's data takes two lines
cr, crlf: lines end so · error: `event: error` in the middle · errordata: an error object as data, as OpenRouter and
vLLM send it · errortext: `{"error": "text"}`, as Ollama does · comments: comments only, for as long as one listens
Source: https://html.spec.whatwg.org/multipage/server-sent-events.html (lines end with CR, LF or both, and no other
character; data of several lines is joined with LF; a line that begins with a colon is a comment).
"""

import json
from collections.abc import Mapping
from typing import Any

from tests.scripted_model.answer import Answer, chunks
from tests.scripted_model.request import Request

SEPARATORS = " \u2028 \u2029 \u0085 "
DONE = b"data: [DONE]\n\n"
ERROR = {"message": "The scripted model broke down", "type": "server_error", "code": 502}
_FAILED: Mapping[str, bytes] = {
    "error": b"event: error\ndata: " + json.dumps({"error": ERROR}).encode() + b"\n\n",
    "errordata": b"data: " + json.dumps({"error": ERROR}).encode() + b"\n\n",
    "errortext": b"data: "
    + json.dumps({"error": "an error was encountered while running the model"}).encode()
    + b"\n\n",
}
QUIRKS = frozenset({"nofinish", "nodone", "cut", "separators", "twolines", "cr", "crlf", "comments", *_FAILED})


def events(answer: Answer, request: Request) -> list[bytes]:
    """Return the events of an answer, each with the blank line that ends it."""
    documents = chunks(answer, request)
    comments = [b": keep-alive\n\n"] * answer.comments
    if answer.sse in _FAILED:
        return [*comments, *map(_event, documents[: len(documents) // 2]), _FAILED[answer.sse]]
    if answer.sse in {"nofinish", "cut"}:
        documents = [one for one in documents if not _finishes(one)]
    write = {"separators": _raw, "twolines": _in_two_lines}.get(answer.sse, _event)
    found = [*comments, *map(write, documents)]
    if answer.sse not in {"nodone", "cut"}:
        found.append(DONE)
    ending = {"cr": b"\r", "crlf": b"\r\n"}.get(answer.sse, b"\n")
    return [one.replace(b"\n", ending) for one in found]


def _finishes(document: Mapping[str, Any]) -> bool:
    return any(choice.get("finish_reason") for choice in document["choices"])


def _event(document: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(document).encode() + b"\n\n"


def _raw(document: Mapping[str, Any]) -> bytes:
    """Return an event whose text has the three characters that Python's splitlines takes for ends of lines."""
    for choice in document["choices"]:
        if isinstance(choice["delta"].get("content"), str):
            choice["delta"]["content"] = choice["delta"]["content"].replace(" ", SEPARATORS, 1)
    return b"data: " + json.dumps(document, ensure_ascii=False).encode() + b"\n\n"


def _in_two_lines(document: Mapping[str, Any]) -> bytes:
    first, comma, rest = json.dumps(document).partition(",")
    return f"data: {first}{comma}\ndata:{rest}\n\n".encode()
