"""Why a provider refuses: by its codes, and where a gateway lost them by its fixed phrases.

A sentence may repeat the user's text, so phrases count only where a part of it begins and never inside of quotes.
"""

import re
from collections.abc import Iterable

from app.llm.base import ErrorKind
from app.llm.codes import WORDS
from app.llm.phrases import PHRASES

_COMPILED = {
    kind: re.compile("|".join(f"(?:{phrase})" for phrase in phrases), re.IGNORECASE)
    for kind, phrases in PHRASES.items()
}

# OpenAI says this of an account without credit, Google of every limit.
_QUOTA = re.compile(r"you exceeded your current quota", re.IGNORECASE)
_GOOGLE = "resource_exhausted"
_OF_GOOGLE = re.compile(r"ai\.google\.dev/|quota exceeded for metric", re.IGNORECASE)

_MAX_CHARS = 2_000
_MAX_CLAUSES = 20
_QUOTED = re.compile(
    r"\"[^\"]*(?:\"|$)|`[^`]*(?:`|$)|[“«][^”»]*(?:[”»]|$)|(?<!\w)'(?:[^']|(?<=\w)'(?=\w))*(?:'|$)", re.DOTALL
)
_CLAUSE = re.compile(r"(?<=[.!?;])\s+|\s*\n+\s*\*?\s*")
# What gateways put before a sentence: names of exceptions, statuses, places.
_PREFIX = re.compile(
    r"(?:(?:litellm\.)?[\w.]{1,60}(?:Error|Exception)(?: \w{1,30}(?:Error|Exception))?(?::| -)\s*"
    r"|[\w. ]{0,40}\b(?:[Ee]rrors?|ERROR|[Ff]ailed|[Bb]ad request)(?: code)?"
    r"(?: from [\w .()-]{1,60})?: ?(?:\d{3}\b(?: -)?)?\s*"
    r"|<\d{3}>\s*|\[[\w .:-]{1,60}\]:?\s*|[45]\d\d(?: [A-Z][a-z]+){0,3}(?::| -)?\s+|[A-Z][\w.]{2,60}\.[A-Z]\w{2,60}:\s*"
    r"|/[\w/]{1,60}: )+"
)


def kind_of(words: Iterable[str], sentences: Iterable[str], allowed: Iterable[ErrorKind]) -> ErrorKind | None:
    """Return the first of the allowed kinds that codes in lower case name, else the first that a phrase names.

    None where neither does.
    """
    named, said, kinds = frozenset(words), tuple(sentences), tuple(allowed)
    by_code = next((kind for kind in kinds if kind in WORDS and named & WORDS[kind]), None)
    if by_code is not None:
        return by_code
    clauses = [clause for sentence in said for clause in clauses_of(sentence)]
    if _GOOGLE in named or any(_OF_GOOGLE.search(sentence) for sentence in said):
        clauses = [clause for clause in clauses if not _QUOTA.match(clause)]
    return next((kind for kind in kinds if any(_is_said(kind, clause) for clause in clauses)), None)


def _is_said(kind: ErrorKind, clause: str) -> bool:
    pattern = _COMPILED.get(kind)
    return pattern is not None and pattern.match(clause) is not None


def clauses_of(sentence: str) -> list[str]:
    """Return the parts of a sentence where a phrase may begin, without what is quoted and what gateways add."""
    plain = _QUOTED.sub(
        lambda found: f"{found[0][0]}_{found[0][0]}", sentence[:_MAX_CHARS].replace("\u2019", "'")
    ).strip()
    parts = _CLAUSE.split(plain)[:_MAX_CLAUSES]
    return [part for clause in parts for part in {clause: None, _PREFIX.sub("", clause, count=1): None} if part]
