"""Gemini's OpenAI-compatible endpoint: errors as a list, unknown names refused, thoughts counted in the total alone.

Sources: https://ai.google.dev/gemini-api/docs/openai; the list and the refused names as quoted in
https://github.com/MinLL/SkyrimNet-GamePlugin/issues/77 and https://github.com/bytedance/deer-flow/issues/1515, schema
words in https://github.com/QuantumNous/new-api/pull/1037 and https://github.com/ag2ai/ag2/issues/2348 (newer models
take additionalProperties, older ones do not: this one is older), RetryInfo in
https://github.com/itcon-pty-au/stremio-ai-search/issues/147, thoughts that use up max_tokens in
https://github.com/vectorize-io/hindsight/issues/3365.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tests.scripted_model.answer import ABSENT, Answer, usage_of
from tests.scripted_model.personalities.base import OPENAI_KEYS, Fault, Personality, needs_bearer, unknown_keys, write
from tests.scripted_model.request import Request

THOUGHT_TOKENS = 180
_KEYS = OPENAI_KEYS - {"frequency_penalty", "logit_bias", "metadata", "store", "user"} | {"extra_body"}
_UNKNOWN_WORDS = frozenset({"$schema", "$defs", "$ref", "additionalProperties", "const", "oneOf", "patternProperties"})
_STATUSES = {400: "INVALID_ARGUMENT", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
_RPC = "type.googleapis.com/google.rpc."


def _form(fault: Fault) -> object:
    """Return Google's error in the list that this endpoint puts around it."""
    status = _STATUSES.get(fault.status, "UNKNOWN")
    return [{"error": {"code": fault.status, "message": fault.message, "status": status, **fault.more}}]


_KEY = Fault(
    400,
    "API key not valid. Please pass a valid API key.",
    more={
        "details": [
            {"@type": f"{_RPC}ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com"},
            {"@type": f"{_RPC}LocalizedMessage", "locale": "en-US", "message": "API key not valid."},
        ]
    },
    label="refused:key",
)


def _exhausted(wait_s: float) -> Fault:
    message = (
        f"You exceeded your current quota, please check your plan and billing details. Please retry in {wait_s:.9f}s."
    )
    violation = {"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier", "quotaValue": "15"}
    details = [
        {"@type": f"{_RPC}QuotaFailure", "violations": [violation]},
        {"@type": f"{_RPC}RetryInfo", "retryDelay": f"{wait_s:g}s"},
    ]
    return Fault(429, message, more={"details": details})


_FAULTS: Mapping[str, Fault] = {
    "key": _KEY,
    "rate": _exhausted(1.5),
    "context": Fault(400, "The input token count (1200034) exceeds the maximum number of tokens allowed (1048576)."),
    "model": Fault(404, "models/gone-1 is not found for API version v1main, or is not supported for generateContent."),
    "overloaded": Fault(503, "The model is overloaded. Please try again later."),
}


def _violations(messages: list[str], label: str) -> Fault:
    details = [{"@type": f"{_RPC}BadRequest", "fieldViolations": [{"description": one} for one in messages]}]
    return Fault(400, "\n".join(messages), more={"details": details}, label=label)


def _unknown(names: list[str], _: Request) -> Fault:
    messages = [f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.' for name in names]
    return _violations(messages, f"refused:{'+'.join(names)}")


def _schema(request: Request) -> Fault | None:
    found = sorted(set(_words(request.schema)) & _UNKNOWN_WORDS)
    if not found:
        return None
    place = "generation_config.response_schema"
    messages = [
        f"Invalid JSON payload received. Unknown name \"{name}\" at '{place}': Cannot find field." for name in found
    ]
    return _violations(messages, "refused:json_schema")


def _words(schema: object) -> Iterator[str]:
    """Yield the words of a schema and of those inside it, the names of properties left out."""
    if isinstance(schema, list):
        for one in schema:
            yield from _words(one)
    if isinstance(schema, Mapping):
        for name, value in schema.items():
            yield name
            yield from _words([*value.values()] if name in {"properties", "$defs"} else value)


def _say(text: str, request: Request) -> Answer:
    written = write(text, request, thought_tokens=THOUGHT_TOKENS)
    asked = request.prompt_tokens
    usage: dict[str, Any] = usage_of(asked, written.text_tokens)
    usage["total_tokens"] += written.thought_tokens
    return Answer(written.text or ABSENT, written.finish, usage)


GEMINI = Personality(
    "gemini",
    "v1beta/openai",
    (needs_bearer(_KEY), unknown_keys(_KEYS, _unknown), _schema),
    form=_form,
    say=_say,
    faults=_FAULTS,
    limited=lambda refusal, _: _exhausted(refusal.wait_s),
)
