"""What a refusal teaches about a model's dialect: pure functions from a Refusal to parameters.

What is learned is a Dialect's parameter; the caller keeps it and asks again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.llm.base import Ask, Completion, ModelError
from app.llm.dialect import LISTS, Dialect
from app.llm.refusal import Refusal, is_preferred, is_quoted
from app.llm.request import room_tokens, schema_form
from app.llm.strict_schema import OPTIONAL_KEYWORDS, keywords_of

LEAST_THINKING_TOKENS = 64
MOST_THINKING_TOKENS = 32_768
STARVED_GROWTH = 4
LEAST_OUTPUT_TOKENS = 16

_LENGTHS = (
    "max_tokens",
    "max_completion_tokens",
    "max_new_tokens",
    "max_output_tokens",
    "num_predict",
    "maxOutputTokens",
    "maximum tokens",
    "max tokens",
    "max output tokens",
    "maximum output tokens",
)
_BOUNDING = re.compile(
    r"large|exceed|maximum|at most|less than|range|limit|up to|>|greater|must be|最大|范围|超", re.IGNORECASE
)
_FORMATS = (
    "response_format",
    "response_format.type",
    "response_format.json_schema",
    "json_schema",
    "json_object",
    "JSON mode",
    "JSON schema",
    "structured output",
    "structured outputs",
    "guided_json",
    "guided decoding",
    "grammar",
    "response_schema",
    "responseSchema",
    "output_format",
    "output_config",
    "output_config.format",
    "controlled generation",
    "constrained decoding",
    "requested parameters",  # OpenRouter: nobody takes them all
    "strict",
)
_NUMBER = re.compile(r"(?<![\w.-])\d{1,3}(?:,\d{3})+(?!\d)|(?<![\w.-])\d{1,9}(?![\d\w])")
_CONTEXT = re.compile(
    r"(?:context (?:length|window|size)|model length|max_model_len)\D{0,40}?(\d[\d,]{2,9})", re.IGNORECASE
)
_PROMPT = re.compile(
    r"(\d[\d,]{0,9}) (?:tokens? )?"
    r"(?:in (?:the|your) (?:messages|prompt|input)|input tokens|prompt tokens|tokens from the input)",
    re.IGNORECASE,
)
_REQUESTED = re.compile(r"limit:? (?P<limit>\d[\d,]{0,9})\W{1,3}requested:? (?P<requested>\d[\d,]{0,9})", re.IGNORECASE)
_AFFORDED = re.compile(r"can only afford (\d[\d,]{0,9})", re.IGNORECASE)  # OpenRouter
_NO_SYSTEM = re.compile(
    r"system (?:role|message|prompt|instruction)s?\W{0,3}(?:is |are )?(?:not|un)"
    r"|does(?: not|n't) support (?:the )?(?:'|\"|`)?(?:system|developer)|developer instruction is not enabled"
    r"|(?:role|roles)\b.{0,60}\b(?:must alternate|alternate user)|only user and assistant roles"
    r"|unexpected role.{0,12}system|system.{0,30}role.{0,30}not supported"
    r"|'system'.{0,40}(?:invalid|unsupported|not supported)"
    r"|\brole\b[^\n]{0,60}\bnot (?:be )?(?:supported|allowed|accepted)\b[^\n]{0,12}\bsystem\b"
    r"|messages?[\[.]\d\]?\.role\b[^\n]{0,60}(?:unknown|invalid|must be|should be|one of|expected)"
    r"|only user,? [\w, ]{0,30}roles are supported|role of (?:the )?messages? [^\n]{0,60}must be user",
    re.IGNORECASE,
)
_ONLY_STREAM = re.compile(
    r"only supports? (?:the )?stream|stream(?:ing)? (?:mode )?(?:is required|must be (?:true|set|enabled))"
    r"|enable the stream",
    re.IGNORECASE,
)
_OFFERED = re.compile(
    r"(?:one of|should be|must be|expected|permitted|supported (?:values|types)|only)\b[^\n]{0,60}?json_object",
    re.IGNORECASE,
)
_BELOW = re.compile(r"(\d{1,9}) \(exclusive\)")
_BAD_SCHEMA = re.compile(
    r"invalid schema|schema (?:is|was) (?:invalid|too)|unsupported (?:schema|keyword)"
    r"|json schema.{0,40}(?:invalid|not supported|too complex)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`lasting` parameters hold for the model from now on, `passing` ones for this one question."""

    lasting: Mapping[str, Any] = field(default_factory=dict)
    passing: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.lasting or self.passing)


def lesson(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    """Return what is to be sent otherwise, nothing where the refusal is about something else."""
    if refusal.status in {402, 413, 429}:
        return _sum(refusal, ask, dialect)
    for teach in (_context, _sum, _length, _sampling, _keywords, _format, _roles, _stream, _extras):
        if found := teach(refusal, ask, dialect):
            return found
    return Lesson()


def from_answer(completion: Completion, dialect: Dialect) -> Mapping[str, Any]:
    """Return how much room the model's thinking needs, where an answer shows that it is more than was known."""
    usage = completion.usage
    thought = usage.reasoning_tokens
    if not thought and completion.reasoning:  # counted together with the answer
        said = len(completion.reasoning) + len(completion.text)
        thought = usage.completion_tokens * len(completion.reasoning) // max(1, said)
    return _thinking(thought, dialect) if thought >= LEAST_THINKING_TOKENS else {}


def from_starved(error: ModelError, room: int, dialect: Dialect) -> Lesson:
    """Return more room for the thinking of a model that came to no answer; nothing where it has all there is."""
    used = error.usage.completion_tokens if error.usage else room
    if dialect.max_output_tokens is not None and room >= dialect.max_output_tokens:
        return Lesson()
    if lasting := _thinking(max(1024, STARVED_GROWTH * used), dialect):
        return Lesson(lasting)
    # It ended far below its room: the provider's own doing, which may pass.
    return Lesson({}, {"thinking_tokens": dialect.thinking_tokens + 1}) if used * 2 < room else Lesson()


def _thinking(tokens: int, dialect: Dialect) -> Mapping[str, Any]:
    """Return a power of two that holds so many tokens, so that it changes seldom."""
    needed = min(1 << max(0, tokens - 1).bit_length(), MOST_THINKING_TOKENS)
    return {"thinking_tokens": needed} if needed > dialect.thinking_tokens else {}


def _context(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    """Question and room together are too long, though the question alone fits."""
    limit, prompt = _numbers(_CONTEXT, refusal.text), _numbers(_PROMPT, refusal.text)
    if not limit:
        return Lesson()
    room = room_tokens(ask, dialect)
    asked = prompt[0] if prompt else None
    if asked is None or asked >= limit[0] - LEAST_OUTPUT_TOKENS:
        return Lesson()
    left = min(limit[0] - asked - LEAST_OUTPUT_TOKENS, room // 2 if asked + room <= limit[0] else room)
    if left < LEAST_OUTPUT_TOKENS:
        return Lesson()
    return Lesson({"context_tokens": limit[0]}, {"max_output_tokens": left})


def _sum(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    """Ask for less room where a limit counts it together with the question, or the credit pays for less."""
    room = room_tokens(ask, dialect)
    if found := _AFFORDED.search(refusal.text):
        left = int(found[1].replace(",", ""))
    elif found := _REQUESTED.search(refusal.text):
        limit, requested = (int(found[name].replace(",", "")) for name in ("limit", "requested"))
        left = limit - (requested - room) - LEAST_OUTPUT_TOKENS
    else:
        return Lesson()
    return Lesson({}, {"max_output_tokens": left}) if LEAST_OUTPUT_TOKENS <= left < room else Lesson()


def _length(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    sent = dialect.max_tokens_param
    if sent == "none" or not refusal.names(*_LENGTHS):
        return Lesson()
    room = room_tokens(ask, dialect)
    other = "max_tokens" if sent == "max_completion_tokens" else "max_completion_tokens"
    if is_preferred(other, refusal.text) and not is_preferred(sent, refusal.text):
        # Models that count their thinking in take no temperature either: one refusal tells both.
        more = {"temperature": False} if other == "max_completion_tokens" and dialect.temperature is True else {}
        return Lesson({"max_tokens_param": other, **more})
    allowed = [number for number in _all_numbers(refusal.text) if LEAST_OUTPUT_TOKENS <= number < room]
    if allowed and _BOUNDING.search(refusal.text):
        return Lesson({"max_output_tokens": max(allowed)})
    if refusal.names(sent):
        return Lesson({"max_tokens_param": other if sent == "max_completion_tokens" else "max_completion_tokens"})
    return Lesson()


def _sampling(refusal: Refusal, _: Ask, dialect: Dialect) -> Lesson:
    if dialect.temperature is not False and refusal.names("temperature"):
        return Lesson({"temperature": False})
    if (
        dialect.reasoning_effort
        and "reasoning_effort" not in dialect.dropped
        and refusal.names("reasoning_effort", "reasoning.effort")
    ):
        return Lesson({"dropped": ["reasoning_effort"]})
    return Lesson()


def _keywords(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    """Leave out words of the schema that are unknown there; the answer is checked for them all the same."""
    if ask.schema is None or schema_form(dialect) != "json_schema":
        return Lesson()
    sent = keywords_of(ask.schema) & OPTIONAL_KEYWORDS - set(dialect.dropped_keywords)
    refused = [word for word in sorted(sent) if is_quoted(word, refusal.text)]
    return Lesson({"dropped_keywords": refused}) if refused else Lesson()


def _format(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    if ask.schema is None:
        return Lesson()
    form = schema_form(dialect)
    about_format = refusal.names(*_FORMATS) or any(name.startswith("response_format") for name in refusal.named)
    is_schema = bool(_BAD_SCHEMA.search(refusal.text)) or refusal.named & {"response_format.json_schema.schema"}
    if form == "prompt" or not (about_format or is_schema):
        return Lesson()
    if form == "json_schema" and dialect.strict_schema and (is_schema or refusal.names("strict")):
        return Lesson({}, {"strict_schema": False}) if is_schema else Lesson({"strict_schema": False})
    is_object_refused = refusal.names("json_object") and not _OFFERED.search(refusal.text)
    lower = "json_object" if form == "json_schema" and not is_object_refused else "prompt"
    return Lesson({}, {"structured_output": lower}) if is_schema else Lesson({"structured_output": lower})


def _roles(refusal: Refusal, ask: Ask, dialect: Dialect) -> Lesson:
    has_system = any(one.role == "system" for one in ask.messages)
    is_refused = _NO_SYSTEM.search(refusal.text) or "role" in refusal.named
    if dialect.system_role == "user" or not has_system or not is_refused:
        return Lesson()
    return Lesson({"system_role": "user"})


def _stream(refusal: Refusal, _: Ask, dialect: Dialect) -> Lesson:
    if not dialect.stream:
        return Lesson({"stream": True}) if _ONLY_STREAM.search(refusal.text) else Lesson()
    if dialect.stream_usage and refusal.names("stream_options", "include_usage"):
        return Lesson({"stream_usage": False})
    return Lesson({"stream": False}) if refusal.names("stream", "streaming") else Lesson()


def _extras(refusal: Refusal, _: Ask, dialect: Dialect) -> Lesson:
    refused = [name for name in dialect.extra_body if name not in dialect.dropped and refusal.names(name)]
    return Lesson({"dropped": refused}) if refused else Lesson()


def _numbers(pattern: re.Pattern[str], text: str) -> list[int]:
    return [int(match[1].replace(",", "")) for match in pattern.finditer(text)]


def _all_numbers(text: str) -> list[int]:
    inclusive = _BELOW.sub(lambda found: str(int(found[1]) - 1), text)
    return [int(match[0].replace(",", "")) for match in _NUMBER.finditer(inclusive)]


def united(known: Mapping[str, Any], learned: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what is known with a lesson added: lists are joined, room for thinking only grows.

    A name for the answer's length that was refused before is not gone back to: then none is sent.
    """
    found = {**known, **learned}
    for name in LISTS & known.keys() & learned.keys():
        found[name] = list(dict.fromkeys((*known[name], *learned[name])))
    if "thinking_tokens" in known and "thinking_tokens" in learned:
        found["thinking_tokens"] = max(known["thinking_tokens"], learned["thinking_tokens"])
    if known.get("max_tokens_param", found.get("max_tokens_param")) != found.get("max_tokens_param"):
        found["max_tokens_param"] = "none"
    return found
