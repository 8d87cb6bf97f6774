"""What a provider's word for the end of an answer means; the one table of them."""

import re
from collections.abc import Mapping
from enum import Enum


class Finish(Enum):
    """Whole; cut at its length; withheld; or broken off by a fault that may pass."""

    WHOLE = "whole"
    CUT = "cut"
    REFUSED = "refused"
    FAULT = "fault"


# Sources: the API references of OpenAI, Azure, Anthropic, Gemini, Mistral, Cohere, DeepSeek, OpenRouter, Together,
# Zhipu and DashScope; vLLM, SGLang, TGI, llama.cpp. In lower case.
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
            "image_prohibited_content",
            "language",  # Gemini does not speak it
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
# What a word that stands nowhere above is made of; whole words of it, however it is written.
_WHOLE = re.compile(r"\b(?:stop|eos|eog|eot|end|ended|complete|completed|finished|success|done|tool|function)\b")
_STEMS: tuple[tuple[Finish, re.Pattern[str]], ...] = (
    (
        Finish.REFUSED,
        re.compile(r"filter|safety|moderat|polic|guardrail|block|sensitive|prohibit|refus|toxic|violat|harm|unsafe"),
    ),
    (
        Finish.FAULT,
        re.compile(
            r"error|fail|abort|cancel|interrupt|preempt|evict|malformed|time ?d? ?out|exception|crash|disconnect|"
            r"repetition|unavailable|overload|\bload\b|invalid|killed"
        ),
    ),
    (Finish.CUT, re.compile(r"length|truncat|max|limit|context|token|budget|\bcut\b|capped|exceed")),
)


def meaning(word: str, *, is_done: bool) -> Finish:
    """Return what an end means. `is_done`: the answer came to its end by itself (a whole document, or [DONE]).

    Without either sign an answer was cut by a fault. A word that nobody knows means what it is made of.
    """
    if not word:
        return Finish.WHOLE if is_done else Finish.FAULT
    lower = word.lower().removeprefix("finish_reason_")
    known = next((finish for finish, words in _WORDS.items() if lower in words), None)
    return known or _by_stem(word)


def _by_stem(word: str) -> Finish:
    plain = re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", word)).strip().lower()
    stem = next((finish for finish, stems in _STEMS if stems.search(plain)), Finish.WHOLE)
    return Finish.WHOLE if stem is Finish.CUT and _WHOLE.match(plain) and "length" not in plain else stem
