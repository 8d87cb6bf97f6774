"""Reads a file of settings, `NAME=value` in each line, and says of one that cannot be read how to mend it."""

import io
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from app.core.text_file import UnreadableFileError, read_text


def read(path: Path) -> dict[str, str]:
    """Return the variables of a file, none where it is not there. Raises: UnreadableFileError."""
    try:
        text = read_text(path)
    except FileNotFoundError:
        return {}
    if wrong := _wrong_lines(text):
        raise UnreadableFileError(*(f"{path}: line {number} is not NAME=value; mend it" for number in wrong))
    return {name: value for name, value in dotenv_values(stream=io.StringIO(text)).items() if value is not None}


def _wrong_lines(text: str) -> list[int]:
    found = []
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            said = binding.original.string
            found.append(binding.original.line + said[: len(said) - len(said.lstrip())].count("\n"))
    return found
