"""Narrow an extraction's choices beforehand: small models name the first choice, and the first number, too often."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.llm.base import Comparison
from app.processors.evidence import Evidence
from app.processors.fitting import as_json
from app.processors.prompts import Prompt
from app.processors.small_classify import phrases

_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME_PART = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_MONEY_NAMES = """
amount balance betrag charge cost costs fee gross kosten money montant net payment preis price prix salary subtotal sum
summe total
"""
_MONEY = frozenset(_MONEY_NAMES.split())


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


def with_money(text: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema whose fields for money, by their names, offer no numbers but those that stand beside a currency.

    Its numbers are those of the text already (`candidates.with_choices`); a text without currencies changes nothing.
    """
    fields = schema.get("properties", {})
    if not any(map(_is_for_money, fields)):
        return dict(schema)
    evidence = Evidence(text)
    found = [evidence.value(number) for number in evidence.numbers if number.currency]
    amounts = [as_json(value) for value in found if value is not None]
    limited = {name: _only_amounts(field, amounts) if _is_for_money(name) else field for name, field in fields.items()}
    return {**schema, "properties": limited}


def _is_for_money(name: str) -> bool:
    return not _MONEY.isdisjoint(part.casefold() for part in _NAME_PART.findall(name))


def _only_amounts(field: Any, amounts: Sequence[int | float]) -> Any:
    offered = field.get("enum", ()) if isinstance(field, Mapping) else ()
    kept = [one for one in offered if one is None or (not isinstance(one, str) and one in amounts)]
    return {**field, "enum": kept} if any(one is not None for one in kept) else field
