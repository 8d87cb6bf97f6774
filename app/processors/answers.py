"""Take a model's answer out of its wrapping."""

import json
import math
import re
from typing import Any

import json_repair

_TAGS = re.compile(r"</?text>", re.IGNORECASE)
_SUBJECT = r"(?:summary|translation|translated|category|answer)"
_OPENING = re.compile(
    r"^(?:(?:sure|certainly|of course|okay)(?: thing)?[!,.:]\s*)?"
    rf"(?:here(?:'s| is)\b[^\n:]{{0,60}}\b{_SUBJECT}\b[^\n:]{{0,60}}:\s*|{_SUBJECT}\s*:\s*)",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```\s*$", re.DOTALL)
_QUOTES = {'"': '"', "“": "”", "«": "»"}


def plain(answer: str) -> str:
    """Return the text without an opening such as "Here is a summary:", tags, a code fence or quotes around it."""
    text = _TAGS.sub("", answer).strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    text = _OPENING.sub("", text, count=1).strip()
    closing = _QUOTES.get(text[:1])
    if closing and len(text) > 1 and text.endswith(closing) and not {text[0], closing} & set(text[1:-1]):
        text = text[1:-1].strip()
    return text


def loads(answer: str) -> Any:
    """Return the JSON that an answer holds: read strictly, without its fence, and repaired only when that fails.

    Raises: ValueError when no JSON object or list can be found.
    """
    text = answer.strip()
    if fenced := _FENCE.match(text):
        text = fenced[1]
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        pass
    try:
        found = json_repair.loads(text, skip_json_loads=True)
        json.dumps(found, allow_nan=False)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict | list) or not found:
        msg = "the answer is not JSON"
        raise ValueError(msg)
    return found


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        msg = f"{word} is not JSON"
        raise ValueError(msg)
    return number
