"""What categories mean, in words of their texts: for small models, which compare better than they write."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from app.llm.base import Comparison
from app.processors.prompts import Prompt

_NOT_WORD = re.compile(r"[\W_]+")
_NEGATIONS = frozenset({"no", "non", "not", "without"})


def comparison(text: str, categories: Sequence[str], prompt: Prompt, *, field: str, mark: str) -> Comparison:
    """Return the choice between categories as a comparison; `mark` stands before each in the schema's `field`."""
    return Comparison(text, {field: {mark + one: phrases(one, prompt) for one in categories}})


def phrases(category: str, prompt: Prompt) -> tuple[str, ...]:
    """Return a category and, for a common one, what its texts speak of: by the section `meanings` of the prompt.

    It is looked up as a whole, then by its last word that is known: a "bug report" means what a "bug" does.
    """
    known = _meanings(prompt)
    words = _NOT_WORD.sub(" ", category.casefold()).split()
    tried = [" ".join(words), *([] if _NEGATIONS.intersection(words) else reversed(words))]
    meant = next((known[name] for one in tried for name in (one, one.removesuffix("s")) if name in known), ())
    return (category, *meant)


@lru_cache
def _meanings(prompt: Prompt) -> Mapping[str, tuple[str, ...]]:
    """Read lines such as `bug, defect: One phrase. | Another one.`."""
    lines = (line.split(":", 1) for line in prompt.section("meanings").splitlines())
    return {name.strip(): tuple(map(str.strip, said.split("|"))) for names, said in lines for name in names.split(",")}
