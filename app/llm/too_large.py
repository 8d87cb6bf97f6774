"""Whether a request is larger than the limit that it is held against, by the numbers of the provider's sentence.

Source: the rate limit pages of OpenAI and Groq: `Limit 30000, Used 1200, Requested 45411`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MAX_CHARS = 2_000
_NUMBER = r"~?\s?(\d{1,3}(?:,\d{3}){1,4}|\d{1,12})(?!,?\d)"
_LIMIT = re.compile(
    rf"\b(?:limit|maximum|max|at most|allowed)\b(?: (?:is|of|allowed|tokens|per minute)){{0,3}}[:=]?\s?{_NUMBER}",
    re.IGNORECASE,
)
_REQUESTED = re.compile(
    rf"\brequested\b[:=]?(?: about| approximately| total| tokens){{0,3}}[:=]?\s?{_NUMBER}"
    rf"|{_NUMBER} (?:input |output |prompt )?(?:tokens )?(?:(?:were|was|are) )?requested\b"
    rf"|\brequest(?:'s)?(?: token count)? (?:of|for|with|has|contains|needs|requires|is|was|size)(?: about)?[:=]?\s?"
    rf"{_NUMBER}",
    re.IGNORECASE,
)
_SAYS_SO = re.compile(
    r"(?:the |your )?(?:request|prompt|input)(?: body)? (?:is )?too (?:large|long|big)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What was found: `is_too_large`: waiting never helps; `fits`: it does. Both False where nothing is said."""

    is_too_large: bool = False
    fits: bool = False
    numbers: str = ""


def too_large(sentences: Iterable[str]) -> Sizes:
    """Judge the first sentence that names a limit and what was requested, else one that says it in words."""
    known = [sentence[:_MAX_CHARS] for sentence in sentences]
    for sentence in known:
        limit, requested = _found(_LIMIT, sentence), _found(_REQUESTED, sentence)
        if limit is None or requested is None:
            continue
        if requested > limit:
            return Sizes(is_too_large=True, numbers=f": {requested} requested, {limit} allowed")
        return Sizes(fits=True)
    return Sizes(is_too_large=any(_SAYS_SO.match(sentence) for sentence in known))


def _found(pattern: re.Pattern[str], sentence: str) -> int | None:
    match = pattern.search(sentence)
    if match is None:
        return None
    return int(next(group for group in match.groups() if group).replace(",", ""))
