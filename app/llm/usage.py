"""How many tokens a call took, out of whatever a provider calls them."""

import math
from collections.abc import Mapping
from typing import Any

from app.llm.base import Usage

MAX_TOKENS = 10_000_000  # of one call; what a broken server counts must not burst a column

_PROMPT = (
    *("prompt_tokens", "input_tokens", "promptTokens", "inputTokens", "prompt_eval_count"),
    *("promptTokenCount", "inputTokenCount", "prompt_token_count", "input_token_count"),  # Gemini, Bedrock, watsonx
)
_COMPLETION = (
    *("completion_tokens", "output_tokens", "completionTokens", "outputTokens", "generated_tokens", "eval_count"),
    *("candidatesTokenCount", "outputTokenCount", "candidates_token_count", "output_token_count"),
    *("generated_token_count", "completion_token_count"),
)
_INNER = ("tokens", "billed_units")  # Cohere
_DETAILS = ("prompt_tokens_details", "input_tokens_details", "completion_tokens_details", "output_tokens_details")
_CACHED = ("cached_tokens", "prompt_cache_hit_tokens", "cache_read_input_tokens", "cached_content_token_count")
_REASONING = ("reasoning_tokens", "thinking_tokens", "thoughts_token_count")


def read(document: Mapping[str, Any]) -> Usage | None:
    """Return the tokens that a document of an answer names, None where it names none.

    Sources: the API references of OpenAI (chat, responses), Anthropic, DeepSeek, Groq (`x_groq` in streams), Ollama.
    """
    own = document.get("x_groq")
    for given in (
        document.get("usage"),
        document.get("usageMetadata"),
        own.get("usage") if isinstance(own, Mapping) else None,
    ):
        if not isinstance(given, Mapping):
            continue
        inner = [one for name in _INNER if isinstance(one := given.get(name), Mapping)]
        if found := next(filter(None, map(_usage, (given, *inner))), None):
            return found
    return None


def _usage(given: Mapping[str, Any]) -> Usage | None:
    prompt, completion = _first(given, _PROMPT), _first(given, _COMPLETION)
    if prompt is None and completion is None:
        return None
    prompt, completion = prompt or 0, completion or 0
    details = [one for name in _DETAILS if isinstance(one := given.get(name), Mapping)]
    cached = next(filter(None, (_first(one, _CACHED) for one in (*details, given))), 0)
    thought = next(filter(None, (_first(one, _REASONING) for one in (*details, given))), 0)
    if not thought and not cached and (total := _count(given.get("total_tokens"))):
        # Gemini's compatible answers count thoughts in the sum alone; they are paid as what is written.
        thought = max(0, total - prompt - completion) if prompt and total <= MAX_TOKENS else 0
        completion = min(completion + thought, MAX_TOKENS)
    return Usage(prompt, completion, min(cached, prompt), min(thought, completion))


def _first(given: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((count for name in names if (count := _count(given.get(name))) is not None), None)


def _count(value: object) -> int | None:
    """Return a number of tokens, also one that is written as a float or as text; None for what is no number."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value.replace(",", ""))
        except ValueError:
            return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return max(0, round(min(value, MAX_TOKENS))) if isinstance(value, int | float) else None
