"""What bodies of requests have in common: no unknown members, and null for what may be left out means left out."""

import re
from functools import lru_cache
from typing import Annotated, Any, ClassVar, Self, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

MAX_UNKNOWN = 20
# Of a queue, a job type, an error code. ASCII by its letters: \w means more to Pydantic than to a client of the schema.
NAME = r"^[A-Za-z0-9_.-]{1,64}$"
_NULL = {"type": "null"}
_DIGITS = re.compile(r"\s*[-+]?\d+(\.\d*)?\s*")
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def _read_flag(given: object) -> bool:
    if isinstance(given, bool):
        return given
    flag = _FLAGS.get(given.lower()) if isinstance(given, str) else None
    if flag is None:
        raise ValueError("write true or false")
    return flag


def _check_number(given: object) -> object:
    if isinstance(given, bool):
        raise ValueError("write a number, not true or false")  # noqa: TRY004 - a validator says it so
    if isinstance(given, str):
        raise ValueError("write the number without quotes")  # noqa: TRY004
    return given


def _check_time(given: object) -> object:
    if isinstance(given, bool | int | float) or (isinstance(given, str) and _DIGITS.fullmatch(given)):
        raise ValueError("write a time such as 2026-01-31T09:00:00Z")
    return given


# For a number of a body, behind its bounds: a text or true is none, although Pydantic would make one of it.
JSON_NUMBER = BeforeValidator(_check_number)
# For a time: seconds or milliseconds since 1970 are none, since nobody can tell which.
WRITTEN_TIME = BeforeValidator(_check_time)
# In a body: true or false, and nothing that might mean it: `"dry_run": 0` has deleted what it should not.
Switch = Annotated[bool, Field(strict=True)]
# In a query string, where all is text.
Flag = Annotated[bool, BeforeValidator(_read_flag)]


@lru_cache
def _left_out_by_null(model: type[BaseModel]) -> frozenset[str]:
    """Return the members that have a default which is not null, and that do not take null themselves."""
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if not field.is_required() and type(None) not in get_args(field.annotation)
    )


def tidy(model: type[BaseModel], given: Any) -> Any:
    """Return a body without the nulls that mean "left out", as clients with typed models send them.

    Of unknown members some are left to be refused: an error for each of a hundred thousand would take all memory.
    """
    if not isinstance(given, dict):
        return given
    optional = _left_out_by_null(model)
    known = {name: value for name, value in given.items() if value is not None or name not in optional}
    if len(known) <= len(model.model_fields) + MAX_UNKNOWN:
        return known
    names = {field.alias or name for name, field in model.model_fields.items()}
    unknown = [name for name in known if name not in names]
    for name in unknown[MAX_UNKNOWN:]:
        del known[name]
    return known


class RequestModel(BaseModel):
    """The body of a request."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _tidy(cls, given: Any) -> Any:
        return tidy(cls, given)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Say of each member that may be null that it may."""
        shown = handler(schema)
        properties = handler.resolve_ref_schema(shown).get("properties", {})
        for name in _left_out_by_null(cls) & properties.keys():
            said = {
                key: properties[name].pop(key) for key in ("title", "description", "default") if key in properties[name]
            }
            properties[name] = {"anyOf": [properties[name], _NULL], **said}
        return shown


class ChangeModel(RequestModel):
    """The body of a change: what is left out, or null, stays as it is, and something is named.

    `sets_back` are the fields whose null is a change, too.
    """

    sets_back: ClassVar[frozenset[str]] = frozenset()

    @model_validator(mode="after")
    def _changes_something(self) -> Self:
        named = self.model_fields_set & self.sets_back
        if not named and all(getattr(self, name) is None for name in type(self).model_fields):
            raise ValueError(f"name what is to change: {', '.join(type(self).model_fields)}")
        return self
