"""Make one object of what the parts of a long text say of its fields."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A value, and the part of the text that says it, counted from 0."""

    value: Any
    part: int


@dataclass(slots=True)
class Merged:
    """The object; by JSON Pointer which part each value and each item of a list is from, and what was contradicted.

    Of a contradiction the chosen value is the first.
    """

    data: Any = None
    parts: dict[str, int] = field(default_factory=dict)
    conflicts: dict[str, list[Found]] = field(default_factory=dict)


Weigh = Callable[[Found, str], bool]


def merge(said: Sequence[Mapping[str, Any]], is_there: Weigh) -> Merged:
    """Return what the parts say together: lists one after the other without doubles, of other fields the first value.

    Where parts contradict each other, the value wins that stands in its part's text (`is_there`, with the field's
    name), then the one that most parts say, then the first.
    """
    merged = Merged()
    merged.data = _together([Found(one, part) for part, one in enumerate(said)], "", merged, is_there) or {}
    return merged


def pointer_to(pointer: str, name: str | int) -> str:
    """Return the JSON Pointer to a member. Source: RFC 6901."""
    return f"{pointer}/{str(name).replace('~', '~0').replace('/', '~1')}"


def same(value: Any) -> str:
    """Return what two values have in common that say the same: letters without case and signs, numbers by value."""
    said = _said(value)
    return said if isinstance(value, str) else json.dumps(said, sort_keys=True)


def _said(value: Any) -> Any:
    """Return the value with its texts and numbers reduced; it is written once, or each level would quote the last."""
    match value:
        case str():
            return _NOT_WORD.sub(" ", value.casefold()).strip() or value
        case bool() | None:
            return value
        case int() | float():
            return str(Decimal(str(value)).normalize())
        case Mapping():
            return {name: _said(one) for name, one in value.items()}
        case list():
            return [_said(one) for one in value]
    return value


def _together(found: Sequence[Found], pointer: str, merged: Merged, is_there: Weigh) -> Any:
    values = [one for one in found if one.value is not None]
    if not values:
        return None
    if all(isinstance(one.value, Mapping) for one in values):
        names = dict.fromkeys(name for one in values for name in one.value)
        members = {name: [Found(one.value[name], one.part) for one in values if name in one.value] for name in names}
        return {name: _together(of, pointer_to(pointer, name), merged, is_there) for name, of in members.items()}
    if all(isinstance(one.value, list) for one in values):
        items = {same(item): Found(item, one.part) for one in reversed(values) for item in reversed(one.value)}
        listed = [*reversed(items.values())]
        merged.parts |= {pointer_to(pointer, number): one.part for number, one in enumerate(listed)}
        return [one.value for one in listed]
    return _chosen(values, pointer, merged, is_there)


def _chosen(values: Sequence[Found], pointer: str, merged: Merged, is_there: Weigh) -> Any:
    groups: dict[str, list[Found]] = {}
    for one in values:
        groups.setdefault(same(one.value), []).append(one)
    best = [next(iter(of)) for of in groups.values()]
    if len(groups) > 1:
        name = pointer.rpartition("/")[2]
        shown = {same(one.value): is_there(one, name) for one in best}
        best.sort(key=lambda one: (not shown[same(one.value)], -len(groups[same(one.value)]), one.part))
        merged.conflicts[pointer] = best
    merged.parts[pointer] = best[0].part
    return best[0].value
