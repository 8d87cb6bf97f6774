"""Make of a model's value what its schema says: a number of "5.132,40", a day of "3 mai 2026", names as the schema has.

Only what can be read in one way is changed; the rest stays as it is, and the check after it finds the fault.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from app.processors.dates import moment
from app.processors.evidence import Evidence
from app.processors.json_answer import Fault, Written, loads
from app.processors.months import plain_word
from app.processors.schema_check import Checks, TooMuchWorkError, fits

MAX_TRIES = 2000  # branches of choices that are tried in one answer

_EXACT = 2**53
_NAMES_A_STEP = 5
_JSON_TYPES: Mapping[type, str] = {bool: "boolean", int: "number", float: "number", str: "string"}
_YES = frozenset(
    ["true", "yes", "y", "ja", "oui", "si", "sim", "da", "tak", "ano", "kylla", "igen", "evet", "да", "так"]
)
_NO = frozenset(
    ["false", "no", "n", "nein", "non", "nao", "nee", "nej", "nie", "ne", "ei", "nem", "hayir", "нет", "ні"]
)
_WORDS_OF = {True: _YES | {"vrai", "wahr", "verdadero", "vero", "是", "はい", "예"}, False: _NO | {"faux", "falsch"}}
_NOTHING = frozenset(["", "null", "none", "n/a", "na", "nil", "-", "unknown", "not specified", "not available"])
_PARTED = frozenset(",;\n|")
_INNER = ("value", "amount")


class Fitter:
    """Fits values; one for each answer, because its work is bounded."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._tries_left = MAX_TRIES
        self._checks = Checks()

    def fit(self, value: Any, schema: object) -> Any:
        """Return a copy of the value with every part as the schema wants it, where that is certain.

        A value that takes too much work stays as it is.
        """
        try:
            return _plain(self._fit(value, schema))
        except TooMuchWorkError:
            return _plain(value)

    def _fit(self, value: Any, schema: object) -> Any:
        if not isinstance(schema, Mapping):
            return value
        self._checks.spend(1)
        for branch in schema.get("allOf", ()):
            value = self._fit(value, branch)
        for word in ("anyOf", "oneOf"):
            if schema.get(word):
                value = self._chosen(value, schema[word])
        fit = {dict: self._object, list: self._list, str: self._text, type(None): None}.get(type(value), self._number)
        return fit(value, schema, _kinds(schema)) if fit else value

    def _chosen(self, value: Any, branches: Sequence[Any]) -> Any:
        """Return the value as one branch wants it: the one that takes it as it is, or the only one that it can fit."""
        found: list[Any] = []
        for branch in branches:
            self._tries_left -= 1
            if self._tries_left < 0:
                return value
            fitted = self._fit(value, branch)
            if not fits(fitted, branch, self._checks):
                continue
            if _is_same(fitted, value):
                return fitted
            if not any(_is_same(fitted, one) for one in found):
                found.append(fitted)
        return found[0] if len(found) == 1 else value

    def _object(self, value: dict[str, Any], schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        if kinds and "object" not in kinds:
            inner = _only_part(value)
            if "array" in kinds:
                return self._instead(value, inner if isinstance(inner, list) else [value], schema)
            return value if inner is None or isinstance(inner, dict | list) else self._instead(value, inner, schema)
        named = schema.get("properties", {})
        if named:
            self._checks.spend(len(named) // _NAMES_A_STEP)
            value = _renamed(value, named)
        if schema.get("additionalProperties") is False and "patternProperties" not in schema:
            known = {name: item for name, item in value.items() if name in named}
            value = known or value
        other = schema.get("additionalProperties")
        return {name: self._fit(item, named.get(name, other)) for name, item in value.items()}

    def _list(self, value: list[Any], schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        if kinds and "array" not in kinds:
            return self._instead(value, value[0], schema) if len(value) == 1 else value
        first = schema.get("prefixItems", ())
        rest = schema.get("items")
        return [self._fit(item, first[place] if place < len(first) else rest) for place, item in enumerate(value)]

    def _text(self, value: str, schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        if not kinds or "string" in kinds:
            return self._worded(value, schema, kinds)
        if "null" in kinds and value.strip().casefold() in _NOTHING:
            return None
        if kinds & {"number", "integer"}:
            number = self._evidence.number(value)
            return value if number is None else self._number(as_json(number), schema, kinds)
        if "boolean" in kinds:
            word = plain_word(value.strip(" .!"))
            return next((meant for meant, words in _WORDS_OF.items() if word in words), value)
        return self._listed(value, schema, kinds)

    def _listed(self, value: str, schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        """Return the array or object that a string holds as JSON, or an array of the string if it lists nothing."""
        if kinds & {"array", "object"} and value.strip()[:1] in {"[", "{"}:
            try:
                return self._instead(value, loads(value), schema)
            except Fault:
                return value
        if kinds - {"null"} == {"array"} and not _PARTED & set(value):
            return self._instead(value, [value], schema)
        return value

    def _instead(self, value: Any, other: Any, schema: Mapping[str, Any]) -> Any:
        """Return the other value if it fits, else the value, so that a fault is told where the model made it."""
        self._tries_left -= 1
        fitted = self._fit(other, schema) if self._tries_left >= 0 else other
        return fitted if self._tries_left >= 0 and fits(fitted, schema, self._checks) else value

    def _worded(self, value: str, schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        kind = schema.get("format")
        if kind in {"date", "date-time"}:
            if "null" in kinds and value.strip().casefold() in _NOTHING:
                return None
            return self._day(value) if kind == "date" else self._moment(value)
        offered = _offered(schema, value)
        if value not in offered:
            meant = [one for one in offered if isinstance(one, str) and _name(one) == _name(value)]
            return meant[0] if len(meant) == 1 and _name(value) else value
        return value

    def _day(self, text: str) -> str:
        day = self._evidence.day(text)
        return text if day is None else day.isoformat()

    def _moment(self, text: str) -> str:
        """Return a time in the form of RFC 3339, without a zone where none is said."""
        parts = moment(text)
        day = self._evidence.day(parts[0]) if parts else None
        return text if parts is None or day is None else f"{day.isoformat()}T{parts[1]}{parts[2]}"

    def _number(self, value: float, schema: Mapping[str, Any], kinds: frozenset[str]) -> Any:
        if kinds and not kinds & {"number", "integer"}:
            if "string" in kinds and (text := _text_of(value)) is not None:
                worded = self._worded(text, schema, kinds)
                return worded if worded in _offered(schema, worded) else value
            if "boolean" in kinds and value in {0, 1}:
                return bool(value)
            if kinds - {"null"} == {"array"}:
                return self._instead(value, [value], schema)
        is_whole = isinstance(value, Written) and abs(value) < _EXACT and value.is_integer()
        return int(value) if is_whole and "integer" in kinds and "number" not in kinds else value


def _offered(schema: Mapping[str, Any], value: object) -> Sequence[Any]:
    """Return the values that a schema allows by name, the given one where it names none."""
    found = schema.get("enum", [schema.get("const", value)])
    return found if isinstance(found, list) else [value]


def _kinds(schema: Mapping[str, Any]) -> frozenset[str]:
    """Return the types that a schema allows, by its words where it names none; empty for any."""
    kind = schema.get("type")
    if kind is not None:
        return frozenset(kind if isinstance(kind, list) else [kind])
    if "enum" in schema or "const" in schema:
        offered = schema.get("enum", [schema.get("const")])
        found = {_JSON_TYPES.get(type(one), "null" if one is None else "") for one in offered}
        return frozenset() if "" in found else frozenset(found)
    if "properties" in schema:
        return frozenset({"object"})
    return frozenset({"array"}) if "items" in schema or "prefixItems" in schema else frozenset()


def _renamed(value: dict[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with names as the schema has them, where case, spaces or signs are all that differs."""
    unknown = [name for name in value if name not in named]
    missing = [name for name in named if name not in value]
    if not unknown or not missing:
        return value
    meant: dict[str, list[str]] = {}
    for name in missing:
        meant.setdefault(_name(name), []).append(name)
    said: dict[str, list[str]] = {}
    for name in unknown:
        said.setdefault(_name(name), []).append(name)
    new = {
        names[0]: meant[plain][0]
        for plain, names in said.items()
        if plain and len(names) == 1 and len(meant.get(plain, ())) == 1
    }
    return {new.get(name, name): item for name, item in value.items()}


def _name(text: str) -> str:
    return "".join(char for char in plain_word(text) if char.isalnum())


def _only_part(value: Mapping[str, Any]) -> Any:
    """Return what an object wraps: its only member, or the one called its value; None where there is no such thing."""
    if len(value) == 1:
        return next(iter(value.values()))
    return next((value[name] for name in _INNER if name in value), None)


def _text_of(value: float) -> str | None:
    """Return how the model wrote a number or a boolean, None where that is not known."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Written):
        return value.text
    return str(value) if isinstance(value, int) else None


def as_json(number: Decimal) -> int | float:
    """Return a number as JSON has it: whole where it has no decimals."""
    exponent = number.as_tuple().exponent
    is_whole = isinstance(exponent, int) and exponent >= 0 and number.adjusted() <= 300  # noqa: PLR2004 - within a float
    return int(number) if is_whole else float(number)


def _plain(value: Any) -> Any:
    """Return the value with plain numbers: itself where it has no others, so that a large one is not held twice."""
    match value:
        case Written():
            return float(value)
        case dict():
            members = {name: _plain(item) for name, item in value.items()}
            return members if any(members[name] is not item for name, item in value.items()) else value
        case list():
            items = [_plain(item) for item in value]
            return items if any(one is not item for one, item in zip(items, value, strict=True)) else value
    return value


def _is_same(one: Any, other: Any) -> bool:
    """Say whether two values are equal and of one type: 1 is not true."""
    return type(one) is type(_plain(other)) and bool(one == other)
