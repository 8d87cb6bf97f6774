"""Take a model's answer out of its wrapping."""

import json
import re
from typing import Any

import json_repair

_TAGS = re.compile(r"</?text>", re.IGNORECASE)
_OPENING = re.compile(
    r"^(?:(?:sure|certainly|of course|okay)\b[^\n:]{0,60}[!,.:]\s*)?"
    r"(?:(?:here(?:'s| is| are)|below is|this is)\b[^\n:]{0,100}:\s*|(?:summary|translation|category|answer)\s*:\s*)?",
    re.IGNORECASE,
)
_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```\s*$", re.DOTALL)
_QUOTES = {'"': '"', "“": "”", "«": "»"}


def plain(answer: str) -> str:
    """Return the text without an opening such as "Here is a summary:", tags, a code fence or quotes around it."""
    text = _TAGS.sub("", answer).strip()
    if fenced := _FENCE.match(text):
        text = fenced[1].strip()
    text = text[_OPENING.match(text).end() :].strip()  # type: ignore[union-attr] - it matches always, if only nothing
    closing = _QUOTES.get(text[:1])
    if closing and text.endswith(closing) and text.count(text[0]) <= 2 and len(text) > 1:  # noqa: PLR2004 - a pair
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
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        pass
    try:
        found = json_repair.loads(text, skip_json_loads=True)
    except (ValueError, RecursionError) as error:
        msg = "the answer is not JSON"
        raise ValueError(msg) from error
    if not isinstance(found, dict | list) or not found:
        msg = "the answer is not JSON"
        raise ValueError(msg)
    return found


def _refuse(word: str) -> None:
    msg = f"{word} is not JSON"
    raise ValueError(msg)
