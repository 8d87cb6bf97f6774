"""Where settings come from: the environment, `.env` in the working folder, `credentials.env` in DATA_DIR."""

import os
from collections.abc import Mapping
from pathlib import Path

from app.core import dotenv_file
from app.core.text_file import UnreadableFileError

CREDENTIALS_FILE = "credentials.env"
DOTENV = ".env"


def read(overrides: Mapping[str, object], *, default_data_dir: Path) -> tuple[dict[str, object], tuple[str, ...]]:
    """Return every variable by its name in small letters, and a line for each fault of a file.

    `overrides` go before the environment, that before `.env`, that before `credentials.env`. Empty is not set.
    """
    lines: list[str] = []
    dotenv = _values(Path(DOTENV), lines)
    environment = {name.lower(): value for name, value in os.environ.items() if value}
    first = {**dotenv, **environment, **overrides}
    data_dir = Path(str(first.get("data_dir") or default_data_dir))
    kept = _values(data_dir / CREDENTIALS_FILE, lines) if data_dir.is_dir() else {}
    return {**kept, **first}, tuple(lines)


def variable(name: str) -> str:
    """Return a variable of the environment, "" where it is not set."""
    return os.environ.get(name, "")


def _values(path: Path, lines: list[str]) -> dict[str, str]:
    try:
        return {name.lower(): value for name, value in dotenv_file.read(path).items() if value}
    except UnreadableFileError as error:
        lines.extend(error.args)
        return {}
