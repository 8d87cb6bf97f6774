"""A job's input from the command line's options; knows the names of fields, not their rules."""

import json
import sys
from pathlib import Path
from typing import Any

import typer

TEXT_FIELDS = {"echo": "message"}  # the field that --text fills, where it is not `text`
# Types whose --file is a path for the server, not a text to read.
# Types whose --file is a path for the server, not a text to read.
PATH_FIELDS = {"file": "input_file_path", "pdf_extract": "input_file_path"}


def build(
    job_type: str,
    *,
    whole: str | None = None,
    text: str | None = None,
    file: str | None = None,
    categories: str | None = None,
    target_language: str | None = None,
    assignments: list[str] | None = None,
    file_id: str | None = None,
) -> dict[str, Any]:
    """Return the input; later options win over `whole`. Raises: typer.BadParameter."""
    if text is not None and file is not None:
        raise typer.BadParameter("give --text or --file, not both")
    text_field = TEXT_FIELDS.get(job_type, "text")
    fields = _object(whole) if whole is not None else {}
    if text is not None:
        fields[text_field] = text
    if file is not None:
        path_field = PATH_FIELDS.get(job_type)
        fields[path_field or text_field] = file if path_field else _read(file)
    if categories is not None:
        fields["categories"] = [part.strip() for part in categories.split(",") if part.strip()]
    if target_language is not None:
        fields["target_language"] = target_language
    if file_id is not None:
        fields["file_id"] = file_id
    return fields | dict(map(_assignment, assignments or ()))


def _object(text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--input is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise typer.BadParameter("--input is not a JSON object")
    return parsed


def _assignment(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise typer.BadParameter(f"--set {text!r}: write it as name=value")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"--file {file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise typer.BadParameter(f"--file {file}: not a text in UTF-8 (job type `file` reads PDF)") from None
