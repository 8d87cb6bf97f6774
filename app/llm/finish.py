"""What a provider's word for the end of an answer means; the one table of them."""

from collections.abc import Mapping
from enum import Enum


class Finish(Enum):
    """Whole; cut at its length; withheld; or broken off by a fault that may pass."""

    WHOLE = "whole"
    CUT = "cut"
    REFUSED = "refused"
    FAULT = "fault"


# Sources: the API references of OpenAI, Azure, Anthropic, Gemini, Mistral, Cohere, DeepSeek, OpenRouter, Together,
# Zhipu and DashScope; vLLM, SGLang, TGI, llama.cpp. In lower case. A word that is not here ends a whole answer.
_WORDS: Mapping[Finish, frozenset[str]] = {
    Finish.CUT: frozenset(
        {
            "length",
            "max_tokens",
            "max_output_tokens",
            "max_length",
            "model_length",
            "token_limit",
            "limit",
            "model_context_window_exceeded",
            "context_length",
            "incomplete",
        }
    ),
    Finish.REFUSED: frozenset(
        {
            "content_filter",
            "safety",
            "refusal",
            "recitation",
            "blocklist",
            "prohibited_content",
            "spii",
            "sensitive",
            "image_safety",
            "error_toxic",
            "guardrail_intervened",
            "content_filtered",
        }
    ),
    Finish.FAULT: frozenset(
        {
            "error",
            "network_error",
            "abort",
            "aborted",
            "cancelled",
            "canceled",
            "timeout",
            "insufficient_system_resource",
            "malformed_function_call",
            "user_cancel",
            "unknown",
            "other",
            "finish_reason_unspecified",
            "engine_overloaded",
        }
    ),
}


def meaning(word: str, *, is_done: bool) -> Finish:
    """Return what an end means. `is_done`: the answer came to its end by itself (a whole document, or [DONE]).

    Without either sign an answer was cut by a fault.
    """
    if not word:
        return Finish.WHOLE if is_done else Finish.FAULT
    lower = word.lower().removeprefix("finish_reason_")
    return next((finish for finish, words in _WORDS.items() if lower in words), Finish.WHOLE)
