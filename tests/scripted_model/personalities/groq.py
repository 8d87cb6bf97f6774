"""Groq with a model that knows no schemas: json_schema refused, json_object only where a message says "json".

Sources: https://console.groq.com/docs/errors and /docs/flex-processing (498), /docs/structured-outputs (which models);
the 413 as quoted in https://github.com/cottongeeks/podscript/issues/20 and
https://github.com/continuedev/continue/issues/10218, json_validate_failed in https://github.com/build-with-groq/g1/pull/23.
"""

from collections.abc import Mapping
from dataclasses import replace

from tests.scripted_model.answer import Answer, plain
from tests.scripted_model.personalities.base import (
    OPENAI_FAULTS,
    OPENAI_KEYS,
    Fault,
    Personality,
    needs_bearer,
    unknown_keys,
)
from tests.scripted_model.request import Request

_KEY = Fault(401, "Invalid API Key", code="invalid_api_key")
_FAULTS: Mapping[str, Fault] = {
    **OPENAI_FAULTS,
    "key": _KEY,
    "capacity": Fault(498, "Flex tier capacity exceeded", "capacity_exceeded", "capacity_exceeded"),
    "large": Fault(
        413,
        "Request too large for model `llama-3.3-70b-versatile` in organization `org_1` service tier `on_demand` on "
        "tokens per minute (TPM): Limit 6000, Requested 14810, please reduce your message size and try again. Visit "
        "https://console.groq.com/docs/rate-limits for more information.",
        "tokens",
        "rate_limit_exceeded",
    ),
    "rate": Fault(
        429,
        "Rate limit reached for model `llama-3.3-70b-versatile` in organization `org_1` on tokens per minute (TPM): "
        "Limit 6000, Used 5800, Requested 900. Please try again in 1.2s.",
        "tokens",
        "rate_limit_exceeded",
        headers={"retry-after": "2"},
    ),
    "json": Fault(
        400,
        "Failed to generate JSON. Please adjust your prompt. See 'failed_generation' for more details.",
        code="json_validate_failed",
        more={"failed_generation": "Sure! Here is the JSON you wanted: {"},
    ),
}


def _unknown(names: list[str], _: Request) -> Fault:
    return Fault(400, f"property '{names[0]}' is unsupported", label=f"refused:{names[0]}")


def _format(request: Request) -> Fault | None:
    if request.format == "json_schema":
        message = (
            "This model does not support response format `json_schema`. See supported models at "
            "https://console.groq.com/docs/structured-outputs#supported-models"
        )
        return Fault(400, message, param="response_format", label="refused:json_schema")
    if request.format == "json_object" and not request.mentions("json"):
        message = (
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
        )
        return Fault(400, message, label="refused:json_object")
    return None


def _say(text: str, request: Request) -> Answer:
    answer = plain(text, request)
    told = {
        **(answer.usage or {}),
        "queue_time": 0.05,
        "prompt_time": 0.002,
        "completion_time": 0.1,
        "total_time": 0.152,
    }
    headers = {
        "x-ratelimit-limit-requests": "14400",
        "x-ratelimit-remaining-requests": "14399",
        "x-ratelimit-reset-requests": "6s",
        "x-ratelimit-limit-tokens": "600000",
        "x-ratelimit-remaining-tokens": "599000",
        "x-ratelimit-reset-tokens": "100ms",
    }
    x_groq = {"id": "req_scripted", **({"usage": told} if request.streams else {})}
    return replace(answer, usage=told, document={"x_groq": x_groq, "service_tier": "on_demand"}, headers=headers)


GROQ = Personality(
    "groq",
    "openai/v1",
    (needs_bearer(_KEY), unknown_keys(OPENAI_KEYS, _unknown), _format),
    say=_say,
    faults=_FAULTS,
)
