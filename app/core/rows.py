"""Rows as annotated dataclasses: the fields name a statement's columns, and each row becomes an object of its shape."""

from collections.abc import Callable, Iterable
from dataclasses import fields
from enum import Enum
from operator import attrgetter
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from sqlalchemy import ColumnElement, FromClause

T = TypeVar("T")
_names: dict[type, tuple[str, ...]] = {}
_readers: dict[type, Callable[[Any], Any]] = {}


def names(shape: type) -> tuple[str, ...]:
    """Return the names of a dataclass's fields, in their order."""
    if shape not in _names:
        _names[shape] = tuple(field.name for field in fields(shape))
    return _names[shape]


def columns(shape: type, source: FromClause, **computed: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """Return the columns of a shape: what is `computed` by that name, else the column of `source`."""
    return [computed[name].label(name) if name in computed else source.c[name] for name in names(shape)]


def values(given: object) -> dict[str, Any]:
    """Return the fields of an object by name, as the parameters of a statement."""
    return {name: getattr(given, name) for name in names(type(given))}


def read(shape: type[T], row: Any) -> T:
    """Return a row of a result as an object of its shape; a field whose type is an enum gets its member."""
    made: T = _reader(shape)(row)
    return made


def read_first(shape: type[T], row: Any | None) -> T | None:
    """As `read`, for a row that may be missing."""
    return None if row is None else read(shape, row)


def read_all(shape: type[T], rows: Iterable[Any]) -> list[T]:
    """As `read`, for each row."""
    reader = _reader(shape)
    return [reader(row) for row in rows]


def _reader(shape: type) -> Callable[[Any], Any]:
    if shape not in _readers:
        _readers[shape] = _make_reader(shape)
    return _readers[shape]


def _make_reader(shape: type) -> Callable[[Any], Any]:
    found = names(shape)
    values_of = attrgetter(*found) if len(found) > 1 else lambda row: (getattr(row, found[0]),)
    words = [(name, word) for name, hint in get_type_hints(shape).items() if name in found and (word := _enum_of(hint))]

    def make(row: Any) -> Any:
        given = dict(zip(found, values_of(row), strict=True))
        for name, word in words:
            if given[name] is not None:
                given[name] = word(given[name])
        return shape(**given)

    return make


def _enum_of(hint: Any) -> type[Enum] | None:
    choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    return next((one for one in choices if isinstance(one, type) and issubclass(one, Enum)), None)
