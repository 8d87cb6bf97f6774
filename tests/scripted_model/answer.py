"""One answer of a model, and its bytes: as one JSON document, or as server-sent events."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scripted_model.request import Request, tokens_of

MODEL_NAME = "scripted-1"
ABSENT = "<no such key>"  # a message without content at all

_PIECE_WORDS = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back with status 200.

    `content` is a text, parts, None, or ABSENT. `said`, `choice` and `document` are further keys of the message, the
    choice and the whole; those of `said` come before the content in a stream. `usage` None: nothing is told.
    `sse`: how a stream departs from the rule (`tests.scripted_model.streams`). `before`: what stands before the body
    of a whole answer, `comments`: how many comments before the first event.
    """

    content: object
    finish: str | None = "stop"
    usage: Mapping[str, Any] | None = None
    said: Mapping[str, Any] = field(default_factory=dict)
    choice: Mapping[str, Any] = field(default_factory=dict)
    document: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    sse: str = ""
    before: bytes = b""
    comments: int = 0


def usage_of(asked: int, said: int, **more: Any) -> dict[str, Any]:
    """Return a usage object in OpenAI's words."""
    return {"prompt_tokens": asked, "completion_tokens": said, "total_tokens": asked + said, **more}


def plain(text: str, request: Request) -> Answer:
    """Return an answer without any oddity, of whatever length."""
    return Answer(text, usage=usage_of(request.prompt_tokens, tokens_of(text)))


def whole(answer: Answer, request: Request) -> bytes:
    """Return a chat completion as JSON; lone surrogates leave as \\ud800 escapes."""
    message = {"role": "assistant", **answer.said}
    if answer.content is not ABSENT:
        message["content"] = answer.content
    document: dict[str, Any] = {
        "id": "chatcmpl-scripted",
        "object": "chat.completion",
        "created": 0,
        "model": request.model or MODEL_NAME,
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finish, **answer.choice}],
    }
    if answer.usage is not None:
        document["usage"] = answer.usage
    return answer.before + json.dumps({**document, **answer.document}).encode()


def chunks(answer: Answer, request: Request) -> list[dict[str, Any]]:
    """Return the documents of a streamed completion: a few words each, then the finish, then the usage."""
    base = {"id": "chatcmpl-scripted", "object": "chat.completion.chunk", "model": request.model or MODEL_NAME}
    deltas = [{key: piece} for key, text in answer.said.items() for piece in _pieces(text)]
    deltas += [{"content": piece} for piece in _pieces(answer.content)]
    found: list[dict[str, Any]] = [
        base | {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    found.append(base | {"choices": [{"index": 0, "delta": {}, "finish_reason": answer.finish, **answer.choice}]})
    if answer.usage is not None:
        found.append(base | {"choices": [], "usage": answer.usage})
    return [{**one, **answer.document} for one in found]


def _pieces(content: object) -> Iterable[object]:
    if isinstance(content, list):
        return [[part] for part in content]
    if not isinstance(content, str) or content is ABSENT:
        return []
    words = content.split(" ")
    return [
        " ".join(words[at : at + _PIECE_WORDS]) + (" " if at + _PIECE_WORDS < len(words) else "")
        for at in range(0, len(words), _PIECE_WORDS)
    ]
