"""Values as people write them on a command line: durations, times, name=value pairs, schemas."""

import json
import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

_UNITS_S = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")
_FIELD = re.compile(r"\s*([^\s:,{}\[\]\"']+)\s*(?::\s*(\w+)\s*)?")


def seconds(text: str) -> float:
    """Return the seconds of `90`, `90s`, `15m`, `2h`, `1d` or `1h30m`. Raises: typer.BadParameter."""
    found = list(_DURATION.finditer(text.strip().lower()))
    if not found or "".join(one[0] for one in found) != text.strip().lower():
        raise typer.BadParameter(f"{text!r} is no duration: write it as 90s, 15m, 2h, 1d or 1h30m")
    return sum(float(one[1]) * _UNITS_S[one[2]] for one in found)


def moment(text: str) -> str:
    """Return a time with its zone, that of this machine where none is written. Raises: typer.BadParameter."""
    try:
        read = datetime.fromisoformat(text.strip())
        return (read if read.tzinfo else read.astimezone()).isoformat()
    except (ValueError, OverflowError):
        message = f"{text!r} is no time: write it as 2026-01-31T09:00 (this machine's zone) or 2026-01-31T09:00:00Z"
        raise typer.BadParameter(message) from None


def pair(text: str, option: str) -> tuple[str, str]:
    """Return name and value of `name=value`. Raises: typer.BadParameter."""
    name, equals, value = text.partition("=")
    if not (name.strip() and equals):
        raise typer.BadParameter(f"{option} {text!r}: write it as name=value")
    return name.strip(), value


def plain(value: str) -> Any:
    """Return the JSON value that a text is, else the text."""
    try:
        return json.loads(value)
    except ValueError:
        return value


def pairs(texts: Iterable[str] | None, option: str) -> dict[str, Any]:
    """Return the values of several name=value; JSON where it is that, else text. Raises: typer.BadParameter."""
    return {name: plain(value) for name, value in (pair(text, option) for text in texts or ())}


def schema(text: str) -> dict[str, Any]:
    """Return a schema: of a file, of JSON, or of a short form such as `total:number,due:date,note`.

    Raises: typer.BadParameter.
    """
    given = text.strip()
    if not given.startswith("{"):
        path = Path(given.removeprefix("@"))
        if given.startswith("@") or path.suffix == ".json" or path.is_file():
            try:
                given = path.read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError) as error:
                reason = getattr(error, "strerror", None) or "it is not UTF-8"
                raise typer.BadParameter(f"--schema {text}: {reason}") from None
        else:
            return _short_form(given)
    try:
        parsed = json.loads(given)
    except ValueError as error:
        raise typer.BadParameter(f"--schema is not JSON: {error}") from None
    if not isinstance(parsed, dict):
        raise typer.BadParameter("--schema is not a JSON object: name each field with its type")
    return parsed


def _short_form(text: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in text.split(","):
        match = _FIELD.fullmatch(part)
        if match is None:
            message = f"--schema {text!r}: write it as name:type,name:type, as a JSON object, or name its file"
            raise typer.BadParameter(message)
        fields[match[1]] = match[2] or "string"
    return fields
