"""Rows as dataclasses."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Text, literal
from sqlalchemy.dialects.postgresql import asyncpg

from app.core import rows
from app.jobs.repository.sql import document, rows_of

ID = UUID(int=7)


class Colour(StrEnum):
    """A closed word."""

    RED = "red"


@dataclass(frozen=True, kw_only=True)
class Small:
    """A shape with a default before what has none."""

    size: int = 3
    name: str


@dataclass(frozen=True, kw_only=True)
class Painted(Small):
    """A shape on top of another."""

    colour: Colour
    other: Colour | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A row that goes in; jobs have a column `priority`, which is a small integer."""

    id: UUID
    priority: int
    at: datetime | None
    price: Decimal
    is_new: bool
    word: Colour
    extra: Mapping[str, Any] | None


TABLE = Table("things", MetaData(), Column("name", Text), Column("size", Integer), Column("colour", Text))


def test_columns_stand_in_the_order_of_the_fields_and_computed_ones_have_their_names() -> None:
    found = rows.columns(Painted, TABLE, other=literal("red"))
    assert [one.name for one in found] == ["size", "name", "colour", "other"]
    assert found[0] is TABLE.c.size


def test_a_field_that_the_table_has_not_is_refused_when_the_statement_is_built() -> None:
    with pytest.raises(KeyError, match="other"):
        rows.columns(Painted, TABLE)


def test_a_row_becomes_an_object_with_its_words_as_members() -> None:
    row = SimpleNamespace(size=1, name="a", colour="red", other=None, more="is left out")
    made = rows.read(Painted, row)
    assert made == Painted(size=1, name="a", colour=Colour.RED, other=None)
    assert made.colour is Colour.RED
    assert rows.read_all(Painted, [row, row]) == [made, made]


def test_a_row_that_is_not_there_stays_none() -> None:
    assert rows.read_first(Painted, None) is None


def test_a_word_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="green"):
        rows.read(Painted, SimpleNamespace(size=1, name="a", colour="green", other=None))


def test_types_of_rows_that_go_in_come_from_the_table_and_then_from_the_annotations() -> None:
    dialect: Any = asyncpg.dialect
    text = str(rows_of("sent", Sent).element.compile(dialect=dialect()))
    types = "id UUID, priority SMALLINT, at TIMESTAMP WITH TIME ZONE, price NUMERIC(14, 8), is_new BOOLEAN"
    assert f"row({types}, word TEXT, extra JSONB)" in text


def test_a_document_joins_the_fields_of_its_parts() -> None:
    sent = Sent(ID, 5, datetime(2026, 1, 2, tzinfo=UTC), Decimal("0.10"), True, Colour.RED, {"a": [1]})
    assert document(sent, Small(name="n")) == (
        '{"id":"00000000-0000-0000-0000-000000000007","priority":5,"at":"2026-01-02T00:00:00+00:00","price":"0.10",'
        '"is_new":true,"word":"red","extra":{"a":[1]},"size":3,"name":"n"}'
    )


@pytest.mark.parametrize(("extra", "error"), [({"a": float("nan")}, ValueError), ({"a": object()}, TypeError)])
def test_what_json_cannot_hold_is_refused(extra: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        document(Sent(ID, 5, None, Decimal(1), False, Colour.RED, extra))
