"""A question as the JSON of chat completions, in the dialect of one model.

Source: https://platform.openai.com/docs/api-reference/chat/create
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.llm.base import Ask, Message, prompt_tokens
from app.llm.dialect import Dialect
from app.llm.strict_schema import is_strict, without_keywords

LEAST_ROOM_TOKENS = 256
THINKING_MARGIN = 2  # thoughts differ from question to question
_SCHEMA_IN_WORDS = (
    "Answer with one JSON value that fits this JSON Schema, and with nothing else: no explanation, no code fence.\n"
    "JSON Schema:\n"
)


def request(ask: Ask, dialect: Dialect, *, model: str) -> dict[str, Any]:
    """Return the body of the call."""
    messages = _spoken(_with_schema(ask, dialect), dialect)
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": role, "content": _content(message)} for role, message in messages],
    }
    if dialect.max_tokens_param != "none":
        body[dialect.max_tokens_param] = room_tokens(ask, dialect)
    if dialect.temperature is not False:
        body["temperature"] = ask.limits.temperature if dialect.temperature is True else dialect.temperature
    if dialect.reasoning_effort:
        body["reasoning_effort"] = dialect.reasoning_effort
    if ask.schema is not None and (form := _response_format(ask.schema, dialect)):
        body["response_format"] = form
    if dialect.stream:
        body["stream"] = True
        if dialect.stream_usage:
            body["stream_options"] = {"include_usage": True}
    for name in dialect.dropped:
        body.pop(name, None)
    extra = {name: value for name, value in dialect.extra_body.items() if name not in dialect.dropped}
    return body | extra


def room_tokens(ask: Ask, dialect: Dialect) -> int:
    """Return the room that is asked for: for the answer, and for the thinking that this model does before it."""
    wanted = ask.limits.max_output_tokens + THINKING_MARGIN * dialect.thinking_tokens
    if dialect.context_tokens is not None:
        left = dialect.context_tokens - prompt_tokens(ask.messages)
        wanted = min(wanted, max(left, LEAST_ROOM_TOKENS))
    return min(wanted, dialect.max_output_tokens or wanted)


def schema_form(dialect: Dialect) -> str:
    """Return how a schema goes along: json_schema, json_object or prompt."""
    return "json_schema" if dialect.structured_output == "auto" else dialect.structured_output


def _response_format(schema: Mapping[str, Any], dialect: Dialect) -> dict[str, Any] | None:
    match schema_form(dialect):
        case "json_schema":
            sent = without_keywords(schema, frozenset(dialect.dropped_keywords))
            wanted: dict[str, Any] = {"name": "result", "schema": sent}
            if dialect.strict_schema and is_strict(sent):
                wanted["strict"] = True
            return {"type": "json_schema", "json_schema": wanted}
        case "json_object" if schema.get("type") == "object":
            return {"type": "json_object"}
    return None


def _with_schema(ask: Ask, dialect: Dialect) -> tuple[Message, ...]:
    """Return the messages, with the schema in the last one's words where the provider is not told of it otherwise."""
    if ask.schema is None or schema_form(dialect) == "json_schema":
        return ask.messages
    *before, last = ask.messages
    words = _SCHEMA_IN_WORDS + json.dumps(ask.schema, ensure_ascii=False)
    return (*before, replace(last, content=f"{last.content}\n\n{words}"))


def _spoken(messages: Sequence[Message], dialect: Dialect) -> list[tuple[str, Message]]:
    """Return who says what; where nobody may give instructions, they stand before the first question."""
    if dialect.system_role != "user":
        return [(dialect.system_role if one.role == "system" else one.role, one) for one in messages]
    joined: list[tuple[str, Message]] = []
    for one in messages:
        role = "user" if one.role == "system" else one.role
        if joined and joined[-1][0] == role:  # roles take turns
            before = joined.pop()[1]
            one = Message(one.role, f"{before.content}\n\n{one.content}", (*before.images, *one.images))  # noqa: PLW2901
        joined.append((role, one))
    return joined


def _content(message: Message) -> str | list[dict[str, Any]]:
    if not message.images:
        return message.content
    urls = (f"data:{one.media_type};base64,{base64.b64encode(one.data).decode()}" for one in message.images)
    return [
        {"type": "text", "text": message.content},
        *({"type": "image_url", "image_url": {"url": url}} for url in urls),
    ]
