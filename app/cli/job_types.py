"""What each job type takes, as the API's own schemas say; asked for once, when the first of them is looked up."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import typer

JOB_TYPES = "/api/v1/job-types"
TEXT = "text"
FILE_ID, FOLDER_PATH = "file_id", "input_file_path"
_DEFINITION = "#/$defs/"


@dataclass(frozen=True, slots=True)
class Takes:
    """The field that a text fills, None for a type without one; and all fields whose value is a text."""

    text: str | None
    texts: frozenset[str]

    @property
    def uploads(self) -> bool:
        """Whether it works on an uploaded file."""
        return FILE_ID in self.texts

    @property
    def folder(self) -> bool:
        """Whether it works on a file of the server's folder."""
        return FOLDER_PATH in self.texts


class JobTypes:
    """The job types of one API."""

    def __init__(self, ask: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        """`ask` returns what GET /job-types answers; what it raises goes through every look-up."""
        self._ask = ask
        self._found: dict[str, Takes] | None = None

    def find(self, name: object) -> Takes | None:
        """Return what a type takes, None for one that the API does not have."""
        if self._found is None:
            self._found = {one["name"]: takes(one["input_schema"]) for one in self._ask()}
        return self._found.get(name) if isinstance(name, str) else None

    def get(self, name: str) -> Takes:
        """Return what a type takes. Raises: typer.BadParameter for one that the API does not have."""
        return self.find(name) or no_such(name, self._found or ())


def takes(schema: Mapping[str, Any]) -> Takes:
    """Return what a type takes by its input's JSON Schema; a text fills `text`, else the one text that is required."""
    fields = schema.get("properties", {})
    texts = frozenset(name for name, field in fields.items() if _is_text(field, schema.get("$defs", {})))
    required = [name for name in schema.get("required", ()) if name in texts]
    only = required[0] if len(required) == 1 else None
    return Takes(TEXT if TEXT in texts else only, texts)


def _is_text(field: Mapping[str, Any], definitions: Mapping[str, Any]) -> bool:
    """Return whether a field's value is a string, apart from null."""
    if reference := field.get("$ref"):
        field = definitions.get(str(reference).removeprefix(_DEFINITION), {})
    if choices := [choice for choice in field.get("anyOf", ()) if choice.get("type") != "null"]:
        return all(_is_text(choice, definitions) for choice in choices)
    return field.get("type") == "string"


def no_such(name: str, known: Iterable[str]) -> NoReturn:
    """Refuse a type that the API does not have. Raises: typer.BadParameter."""
    raise typer.BadParameter(f"no job type {name!r}; there are: {', '.join(known)}", param_hint="TYPE")
