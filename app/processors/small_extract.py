"""Settle the choices of an extraction beforehand: small models name the first choice whatever the text says."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.llm.base import Comparison
from app.processors.prompts import Prompt
from app.processors.small_classify import phrases

_WORD = re.compile(r"[^\W\d_]{3,}")


def comparison(text: str, schema: Mapping[str, Any], prompt: Prompt) -> Comparison | None:
    """Return what the choices of the schema's own fields mean, None when it has none that a meaning can be told of.

    Codes, short words and numbers mean nothing in themselves: they are left to the model. `prompt` has the `meanings`.
    """
    fields = schema.get("properties", {})
    chosen = {name: values for name, field in fields.items() if (values := _words(field))}
    if not chosen:
        return None
    return Comparison(text, {name: {one: phrases(one, prompt) for one in values} for name, values in chosen.items()})


def _words(field: object) -> Sequence[str]:
    """Return the values of a field that is a choice between words, none of another."""
    values = field.get("enum", ()) if isinstance(field, Mapping) else ()
    are_words = all(isinstance(one, str) and not one.isupper() and _WORD.search(one) for one in values)
    return tuple(values) if are_words and len(values) > 1 else ()
