"""A job's input from the command line's options; knows the names of fields, not their rules."""

import json
from collections.abc import Mapping
from typing import Any

import typer

from app.cli.values import pairs


def build(
    *,
    whole: str | None = None,
    given: Mapping[str, Any] | None = None,
    pages: str | None = None,
    categories: str | None = None,
    target_language: str | None = None,
    schema: Mapping[str, Any] | None = None,
    assignments: list[str] | None = None,
) -> dict[str, Any]:
    """Return the input; later options win over `whole`. `given` is what it works on, a text or a file.

    Raises: typer.BadParameter.
    """
    fields = _object(whole) if whole is not None else {}
    fields |= given or {}
    if pages is not None:
        fields["pages"] = pages
    if categories is not None:
        fields["categories"] = [part.strip() for part in categories.split(",") if part.strip()]
    if target_language is not None:
        fields["target_language"] = target_language
    if schema is not None:
        fields["schema"] = schema
    return fields | pairs(assignments, "--set")


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--input is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise typer.BadParameter("--input is not a JSON object")
    return parsed
