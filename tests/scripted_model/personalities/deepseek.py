"""DeepSeek's reasoning model: thoughts beside the content, no json_schema, blank lines before the body, no pictures.

Sources: https://api-docs.deepseek.com/guides/reasoning_model (reasoning_content; max_tokens holds the thoughts too),
/quick_start/rate_limit (empty lines, or `: keep-alive` in a stream, while a request waits), /api/create-chat-completion
(finish_reason insufficient_system_resource), /guides/json_mode, /quick_start/error_codes; the refused json_schema as
quoted in https://github.com/llm-exe/llm-exe/issues/662, the context in https://github.com/evalstate/fast-agent/issues/621.
"""

from collections.abc import Mapping

from tests.scripted_model.answer import Answer, usage_of
from tests.scripted_model.personalities.base import Fault, Personality, needs_bearer, write
from tests.scripted_model.request import Request

_CODE = "invalid_request_error"
_KEY = Fault(
    401, "Authentication Fails, Your api key: ****rong is invalid", "authentication_error", _CODE, label="refused:key"
)
_FAULTS: Mapping[str, Fault] = {
    "key": _KEY,
    "context": Fault(
        400,
        "This model's maximum context length is 131072 tokens. However, you requested 131134 tokens (122942 in the "
        "messages, 8192 in the completion). Please reduce the length of the messages or completion.",
        code=_CODE,
    ),
    "credit": Fault(402, "Insufficient Balance", "unknown_error", _CODE),
    "rate": Fault(429, "Rate limit reached: you are sending requests too quickly.", "rate_limit_error", _CODE),
    "overloaded": Fault(503, "Service is too busy. We advise users to try again later.", "service_unavailable_error"),
    "model": Fault(400, "Model Not Exist", code=_CODE),
}


def _format(request: Request) -> Fault | None:
    if request.format == "json_schema":
        message = "This response_format type is unavailable now"
        return Fault(400, message, code=_CODE, label="refused:json_schema")
    if request.format == "json_object" and not request.mentions("json"):
        message = "Prompt must contain the word 'json' in some form to use 'response_format' of type 'json_object'."
        return Fault(400, message, code=_CODE, label="refused:json_object")
    return None


def _pictures(request: Request) -> Fault | None:
    if not request.has_images:
        return None
    message = (
        "Failed to deserialize the JSON body into the target type: messages[1]: unknown variant `image_url`, "
        "expected `text`"
    )
    return Fault(400, message, code=_CODE, label="refused:image_url")


def _say(text: str, request: Request) -> Answer:
    written = write(text, request)
    asked = request.prompt_tokens
    details = {"reasoning_tokens": written.thought_tokens}
    usage = usage_of(
        asked,
        written.tokens,
        completion_tokens_details=details,
        prompt_tokens_details={"cached_tokens": 0},
        prompt_cache_hit_tokens=0,
        prompt_cache_miss_tokens=asked,
    )
    said = {"reasoning_content": written.thoughts}
    return Answer(written.text, written.finish, usage, said, before=b"\n" * 5, comments=3)


DEEPSEEK = Personality("deepseek-r1", checks=(needs_bearer(_KEY), _format, _pictures), say=_say, faults=_FAULTS)
