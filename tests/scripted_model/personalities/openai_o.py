"""OpenAI's o-series: another name for max_tokens, no temperature, and thoughts that nobody sees but that take room.

Sources: https://platform.openai.com/docs/guides/reasoning ("incomplete" answers without any visible output, usage with
`completion_tokens_details.reasoning_tokens`); the refusals as quoted in
https://github.com/openai/openai-python/issues/2046 (max_tokens) and
https://github.com/MartialBE/one-hub/issues/346 (temperature). The role system is taken as developer.
"""

from tests.scripted_model.answer import Answer, usage_of
from tests.scripted_model.personalities.base import (
    OPENAI_FAULTS,
    OPENAI_KEYS,
    Check,
    Fault,
    Personality,
    needs_bearer,
    refuses,
    unknown_keys,
    write,
)
from tests.scripted_model.request import Request

THOUGHT_TOKENS = 256


def _temperature(request: Request) -> Fault | None:
    value = request.body.get("temperature", 1)
    if value == 1:
        return None
    message = (
        f"Unsupported value: 'temperature' does not support {value} with this model. "
        "Only the default (1) value is supported."
    )
    return Fault(400, message, code="unsupported_value", param="temperature", label="refused:temperature")


def _unknown(names: list[str], _: Request) -> Fault:
    message = f"Unrecognized request argument{'s' * (len(names) > 1)} supplied: {', '.join(names)}"
    return Fault(400, message, label=f"refused:{'+'.join(names)}")


PARAMETERS: tuple[Check, ...] = (
    unknown_keys(OPENAI_KEYS, _unknown),
    refuses(
        "max_tokens",
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    ),
    _temperature,
)


def say(text: str, request: Request) -> Answer:
    """Return an answer after thoughts that are only counted."""
    written = write(text, request, thought_tokens=THOUGHT_TOKENS)
    details = {
        "reasoning_tokens": written.thought_tokens,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }
    usage = usage_of(request.prompt_tokens, written.tokens, completion_tokens_details=details)
    usage["prompt_tokens_details"] = {"cached_tokens": 0, "audio_tokens": 0}
    is_told = request.wants_usage or not request.streams
    return Answer(written.text, written.finish, usage if is_told else None, said={"refusal": None})


OPENAI_O = Personality("openai-o", checks=(needs_bearer(OPENAI_FAULTS["key"]), *PARAMETERS), say=say)
