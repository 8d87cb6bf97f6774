"""The odd answers that a plan can ask for: thoughts, parts, ends, usage and streams as some providers send them.

A word's text is what the model says; without one it says what it would have said.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tests.scripted_model.answer import ABSENT, Answer, plain, usage_of
from tests.scripted_model.answers import NUL_TEXT
from tests.scripted_model.personalities.base import THOUGHTS
from tests.scripted_model.plan import Entry
from tests.scripted_model.request import Request
from tests.scripted_model.saying import ordinary_text
from tests.scripted_model.streams import QUIRKS

Say = Callable[[str, Request], Answer]


def answer_of(entry: Entry, request: Request, say: Say) -> Answer | None:
    """Return the answer that an entry means, in the personality's own shape where the entry wants no other.

    None: it is no answer.
    """
    if (odd := _ODD.get(entry.name)) is not None:
        return odd(entry, request)
    if entry.name in _TEXTS:
        return say(_TEXTS[entry.name](entry, request), request)
    return None


def _text(given: str, request: Request) -> str:
    return given or ordinary_text(request)


def _thinking(entry: Entry, request: Request) -> Answer:
    opening = "" if entry.name == "closing" else "<think>\n"
    return plain(f"{opening}{THOUGHTS}\n</think>\n\n{_text(entry.value, request)}", request)


def _cut_thinking(entry: Entry, request: Request) -> Answer:
    return replace(plain(f"<think>\n{entry.value or THOUGHTS[:90]}", request), finish="length")


def _parts(entry: Entry, request: Request) -> Answer:
    text = _text(entry.value, request)
    half = len(text) // 2
    thinking = {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHTS}]}
    parts = [{"type": "text", "text": text[:half]}, thinking, {"type": "text", "text": text[half:]}]
    return replace(plain(text, request), content=parts)


def _beside(entry: Entry, request: Request) -> Answer:
    key, text = entry.fields(2)
    return replace(plain(_text(text, request), request), said={key or "reasoning_content": THOUGHTS})


def _finish(entry: Entry, request: Request) -> Answer:
    reason, text = entry.fields(2)
    return replace(plain(_text(text, request), request), finish=reason or None)


def _nothing(entry: Entry, request: Request) -> Answer:
    """Return an answer without content that was paid all the same: `blank:<finish>:<tokens>:<thinking tokens>`."""
    reason, tokens, thinking = entry.fields(3)
    count = int(tokens or 600)
    usage = usage_of(request.prompt_tokens, count)
    usage["completion_tokens_details"] = {"reasoning_tokens": int(thinking or count)}
    return Answer({"blank": "", "null": None, "absent": ABSENT}[entry.name], reason or "length", usage)


def _usage(entry: Entry, request: Request) -> Answer:
    told, text = entry.fields(2)
    usage: Mapping[str, Any] | None = json.loads(told or "null")
    return replace(plain(_text(text, request), request), usage=usage)


def _choice_error(entry: Entry, request: Request) -> Answer:
    code, message = entry.fields(2)
    error = {"code": int(code or 502), "message": message or "Upstream error from the model's host"}
    half = ordinary_text(request)
    return replace(plain(half[: len(half) // 2], request), finish="error", choice={"error": error})


def _stream(entry: Entry, request: Request) -> Answer:
    quirk, text = entry.fields(2)
    if quirk not in QUIRKS:
        raise ValueError(f"no such quirk of a stream: {quirk}")
    return replace(plain(_text(text, request), request), sse=quirk)


_ODD: Mapping[str, Callable[[Entry, Request], Answer]] = {
    "think": _thinking,
    "closing": _thinking,
    "unclosed": _cut_thinking,
    "parts": _parts,
    "reasoning": _beside,
    "finish": _finish,
    "blank": _nothing,
    "null": _nothing,
    "absent": _nothing,
    "usage": _usage,
    "choice_error": _choice_error,
    "sse": _stream,
}
_TEXTS: Mapping[str, Callable[[Entry, Request], str]] = {
    "ok": lambda _, request: ordinary_text(request),
    "slow": lambda _, request: ordinary_text(request),
    "refuse_param": lambda _, request: ordinary_text(request),
    "refuse_role": lambda _, request: ordinary_text(request),
    "echo": lambda entry, _: entry.value,
    "nul": lambda _, __: NUL_TEXT,
    "huge": lambda entry, _: "x" * int(entry.value or 20_000_000),
    "wrong_schema": lambda _, __: json.dumps({"unexpected": "no category of yours"}),
}
