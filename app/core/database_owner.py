"""Whose rows a statement is about: those of the one team that its caller sees, or everybody's."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, func, true


def owned_by(column: ColumnElement[Any], owner_id: UUID | None) -> ColumnElement[bool]:
    """Return the condition of a list that a row is a team's; for None there is none, so that other indexes serve it."""
    return true() if owner_id is None else column == owner_id


def is_of_owner(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Return the condition of a statement by id that a row is that of `:of_owner`, or whoever's where that is null.

    It is one statement for both, and no index can serve this half of it, so that whatever plan is made uses the id's.
    A row whose `column` is null is nobody's.
    """
    return column == func.coalesce(bindparam("of_owner", type_=Uuid()), column)
