"""Find the value that fits a schema in what a model answered: as it is, or inside of a wrapping.

Models put their value into a list, under a name (`result`, `data`, the arguments of a tool call), or into a string.
It is taken out where exactly one reading fits the schema.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.processors.evidence import Evidence
from app.processors.fitting import Fitter
from app.processors.json_answer import Fault, loads, values
from app.processors.json_schema import faults_in
from app.processors.schema_check import Checks

MAX_LEVELS = 4
MAX_CANDIDATES = 24  # each is checked against the whole schema
MAX_MEMBERS = 16  # of an object that may be a wrapping


def value_of(answer: str, schema: Mapping[str, Any], evidence: Evidence) -> tuple[Any, list[Fault]]:
    """Return the value that fits `schema`, and the faults, which are those of the whole where nothing fits.

    Raises: Fault where there is no JSON, or several values that fit.
    """
    found = values(answer)
    fitter, checks = Fitter(evidence), Checks()
    level: list[Any] = [*found, *_whole(found, schema)]
    first: tuple[Any, list[Fault]] | None = None
    left = MAX_CANDIDATES
    doubtful: list[Any] = []
    for _ in range(MAX_LEVELS):
        fitting: list[Any] = []
        for value in level[:left]:
            fitted = fitter.fit(value, schema)
            faults = faults_in(fitted, schema, checks)
            first = first or (fitted, faults)
            if not faults:
                (fitting if _says_something(fitted, schema) else doubtful).append(fitted)
        left -= len(level)
        if fitting or left <= 0:
            break
        inner = [one for value in level for one in _inside(value)]
        level = [*inner, *({name: one} for name in _only_name(schema) for one in inner if isinstance(one, list))]
    return _only(fitting or doubtful) or first or (None, [Fault("the answer is not JSON")])


def _only(found: Sequence[Any]) -> tuple[Any, list[Fault]] | None:
    distinct = {json.dumps(value, sort_keys=True): value for value in found}
    if len(distinct) > 1:
        raise Fault("the answer holds several values that fit; one is wanted")
    return next(((value, []) for value in distinct.values()), None)


def _says_something(value: Any, schema: Mapping[str, Any]) -> bool:
    """Say whether an object has one of the named fields: without any, what it holds may be a wrapping."""
    named = schema.get("properties")
    return not named or not isinstance(value, dict) or not value or not named.keys().isdisjoint(value)


def _whole(found: Sequence[Any], schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the answer as the one field of a schema that has no other: its list, as one value or a line each."""
    for name in _only_name(schema):
        if isinstance(found[0], list):
            yield {name: found[0]}
        elif len(found) > 1:
            yield {name: list(found)}
        elif isinstance(found[0], dict) and name not in found[0]:
            yield {name: [found[0]]}


def _only_name(schema: Mapping[str, Any]) -> Sequence[str]:
    named = list(schema.get("properties", ()))
    return named if len(named) == 1 else ()


def _inside(value: Any) -> Iterator[Any]:
    """Yield the values inside of a possible wrapping."""
    match value:
        case str() if value.lstrip()[:1] in {"{", "[", '"'}:
            try:
                yield loads(value)
            except Fault:
                return
        case list() if len(value) == 1:
            yield value[0]
        case dict() if len(value) <= MAX_MEMBERS:
            yield from (item for item in value.values() if isinstance(item, dict | list | str))
