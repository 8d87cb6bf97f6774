"""The JSON of OpenAI's chat completions, both ways; it opens no connection.

Source: https://platform.openai.com/docs/api-reference/chat
"""

import base64
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.llm.base import Ask, Completion, Message, ModelError, Usage
from app.llm.failures import bad_response, content_refused, from_body
from app.llm.strict_schema import is_strict

MAX_ANSWER_BYTES = 32_000_000
MAX_NAME_CHARS = 200
MAX_TOKENS = 10_000_000  # of one call; what a broken server counts must not burst a column

_REASONING_MODEL = re.compile(r"(o\d|gpt-5)")  # OpenAI's reasoning models refuse a temperature
_UNSTORABLE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one provider differs; `api_key` is only here to be kept out of messages."""

    provider: str
    model: str
    api_key: str
    is_openai: bool = False
    stream: bool = False


@dataclass(slots=True)
class _Pieces:
    """What has arrived of a streamed answer."""

    text: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    finish_reason: str = ""
    model: str = ""
    usage: object = None


def request(ask: Ask, dialect: Dialect) -> dict[str, Any]:
    """Return the arguments of the client's call."""
    body: dict[str, Any] = {
        "model": dialect.model,
        "messages": [{"role": message.role, "content": _content(message)} for message in ask.messages],
        "max_completion_tokens" if dialect.is_openai else "max_tokens": ask.limits.max_output_tokens,
    }
    if not (dialect.is_openai and _REASONING_MODEL.match(dialect.model)):
        body["temperature"] = ask.limits.temperature
    if ask.schema is not None:
        wanted: dict[str, Any] = {"name": "result", "schema": ask.schema}
        if is_strict(ask.schema):
            wanted["strict"] = True
        body["response_format"] = {"type": "json_schema", "json_schema": wanted}
    if dialect.stream:
        body["stream"] = True
        body["stream_options"] = {"include_usage": True}
        # llama.cpp then writes while it still reads the prompt, and so notices there too that the caller has gone.
        body["extra_body"] = {"return_progress": True}
    return body


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    urls = (f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}" for one in message.images)
    return [
        {"type": "text", "text": message.content},
        *({"type": "image_url", "image_url": {"url": url}} for url in urls),
    ]


async def read_whole(chunks: AsyncIterator[bytes], dialect: Dialect) -> Completion:
    """Read an answer that comes as one JSON document. Raises: ModelError."""
    content = bytearray()
    async for chunk in chunks:
        content += chunk
        if len(content) > MAX_ANSWER_BYTES:
            raise bad_response("it is too large")
    document = _object(bytes(content), dialect)
    choice = _first_choice(document)
    message = choice.get("message") if choice else None
    if not isinstance(message, Mapping):
        raise bad_response("it has no choice")
    return _completion(
        message.get("content"),
        refusal=message.get("refusal"),
        finish_reason=_text(choice.get("finish_reason")) if choice else "",
        model=_text(document.get("model")),
        usage=document.get("usage"),
        dialect=dialect,
    )


async def read_events(lines: AsyncIterator[str], dialect: Dialect) -> Completion:
    """Read an answer that comes as server-sent events. Raises: ModelError."""
    pieces = _Pieces()
    size = 0
    async for line in lines:
        size += len(line)
        if size > MAX_ANSWER_BYTES:
            raise bad_response("it is too large")
        name, _, value = line.partition(":")
        if name == "error":  # llama.cpp
            raise _failed(_object(value.encode(), dialect), dialect)
        if name == "data" and value.strip() != "[DONE]":
            _add(pieces, _object(value.encode(), dialect))
    if not pieces.finish_reason:
        raise bad_response("it breaks off")
    return _completion(
        "".join(pieces.text),
        refusal="".join(pieces.refusal),
        finish_reason=pieces.finish_reason,
        model=pieces.model,
        usage=pieces.usage,
        dialect=dialect,
    )


def _add(pieces: _Pieces, document: Mapping[str, Any]) -> None:
    pieces.model = _text(document.get("model")) or pieces.model
    pieces.usage = document.get("usage") or pieces.usage
    choice = _first_choice(document)
    if choice is None:  # the last event holds the usage only
        return
    delta = choice.get("delta")
    if isinstance(delta, Mapping):
        pieces.text.append(_text(delta.get("content")))
        pieces.refusal.append(_text(delta.get("refusal")))
    pieces.finish_reason = _text(choice.get("finish_reason")) or pieces.finish_reason


def _completion(
    text: object, *, refusal: object, finish_reason: str, model: str, usage: object, dialect: Dialect
) -> Completion:
    if finish_reason == "content_filter":
        raise content_refused("its content filter withheld the answer")
    if not isinstance(text, str) or not text:
        if refusal:
            raise content_refused("the model will not answer this")
        raise bad_response("it has no content")
    return Completion(
        text=_clean(text),
        provider=dialect.provider,
        model=_clean(model)[:MAX_NAME_CHARS] or dialect.model,
        finish_reason=finish_reason or "stop",
        usage=_usage(usage),
    )


def _usage(given: object) -> Usage:
    counts = given if isinstance(given, Mapping) else {}
    details = counts.get("prompt_tokens_details")
    cached = details.get("cached_tokens") if isinstance(details, Mapping) else counts.get("prompt_cache_hit_tokens")
    prompt = _count(counts.get("prompt_tokens"))
    return Usage(prompt, _count(counts.get("completion_tokens")), min(_count(cached), prompt))


def _object(content: bytes, dialect: Dialect) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise bad_response("it is not JSON") from None
    if not isinstance(document, Mapping):
        raise bad_response("it is no JSON object")
    if document.get("error"):
        raise _failed(document["error"], dialect)
    return document


def _failed(error: object, dialect: Dialect) -> ModelError:
    return from_body(error if isinstance(error, Mapping) else {"message": error}, api_key=dialect.api_key)


def _first_choice(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = document.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int:
    return min(value, MAX_TOKENS) if isinstance(value, int) and value > 0 else 0


def _clean(text: str) -> str:
    """Drop what neither PostgreSQL nor a later request can hold: NUL characters and lone surrogates."""
    return _UNSTORABLE.sub("�", text.replace("\x00", ""))
