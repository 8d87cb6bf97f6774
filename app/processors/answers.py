"""Take a model's answer out of its wrapping."""

import re

from app.processors.json_answer import unfenced

_TAGS = re.compile(r"</?text>", re.IGNORECASE)
_SUBJECT = r"(?:summary|translation|translated|category|answer)"
_OPENING = re.compile(
    r"^(?:(?:sure|certainly|of course|okay)(?: thing)?[!,.:]\s*)?"
    rf"(?:here(?:'s| is)\b[^\n:]{{0,60}}\b{_SUBJECT}\b[^\n:]{{0,60}}:\s*|{_SUBJECT}\s*:\s*)",
    re.IGNORECASE,
)
_QUOTES = {'"': '"', "“": "”", "«": "»"}


def plain(answer: str) -> str:
    """Return the text without an opening such as "Here is a summary:", tags, a code fence or quotes around it."""
    text = unfenced(_TAGS.sub("", answer))
    text = _OPENING.sub("", text, count=1).strip()
    closing = _QUOTES.get(text[:1])
    if closing and len(text) > 1 and text.endswith(closing) and not {text[0], closing} & set(text[1:-1]):
        text = text[1:-1].strip()
    return text
