"""Azure OpenAI with an o-series deployment: `/openai/v1/` and, by deployment, `?api-version=` and the header api-key.

The v1 address takes the key in either header and wants no version; the older one wants both its own way.
Sources: https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle (the v1 API),
https://learn.microsoft.com/azure/ai-foundry/openai/reference (errors with `innererror`),
https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter (`content_filter_results`); the 401 as
quoted in https://github.com/SciSharp/BotSharp/issues/386, the refused max_tokens in
https://github.com/jekalmin/extended_openai_conversation/issues/298.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tests.scripted_model.answer import Answer
from tests.scripted_model.personalities import openai_o
from tests.scripted_model.personalities.base import OPENAI_FAULTS, WRONG_KEY, Fault, Personality
from tests.scripted_model.request import Request

_KEY = Fault(
    401,
    "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
    "active subscription and use a correct regional API endpoint for your resource.",
    None,
    "401",
    label="refused:api-key",
)
_NOT_FOUND = Fault(404, "Resource not found", None, "404", label="refused:api-version")
_SAFE: Mapping[str, Any] = {
    name: {"filtered": False, "severity": "safe"} for name in ("hate", "self_harm", "sexual", "violence")
}
_FILTERED: Mapping[str, Any] = {**_SAFE, "violence": {"filtered": True, "severity": "medium"}}
_FAULTS: Mapping[str, Fault] = {
    **OPENAI_FAULTS,
    "key": _KEY,
    "model": Fault(
        404,
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
        "please wait a moment and try again.",
        None,
        "DeploymentNotFound",
    ),
    "rate": Fault(
        429,
        "Requests to the ChatCompletions_Create Operation under Azure OpenAI API version 2024-10-21 have exceeded "
        "token rate limit of your current OpenAI S0 pricing tier. Please retry after 1 second.",
        None,
        "429",
        headers={"retry-after": "1"},
    ),
    "content": Fault(
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
        "modify your prompt and retry.",
        None,
        "content_filter",
        param="prompt",
        more={
            "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": _FILTERED},
        },
    ),
}


def _address(request: Request) -> Fault | None:
    """Refuse a wrong key, and by deployment a missing version."""
    is_v1 = request.path.startswith("/openai/v1/")
    key = request.headers.get("api-key", "") or (request.bearer if is_v1 else "")
    if not key or WRONG_KEY in key:
        return _KEY
    return None if is_v1 or "api-version" in request.query else _NOT_FOUND


def _say(text: str, request: Request) -> Answer:
    answer = openai_o.say(text, request)
    prompts = [{"prompt_index": 0, "content_filter_results": _SAFE}]
    return replace(answer, choice={"content_filter_results": _SAFE}, document={"prompt_filter_results": prompts})


AZURE = Personality("azure", "openai/v1", (_address, *openai_o.PARAMETERS), say=_say, faults=_FAULTS)
