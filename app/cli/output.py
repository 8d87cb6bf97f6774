"""Where commands say things: results on standard output or in a file, notes on standard error."""

import json
import shutil
import sys
from pathlib import Path

import typer

STDOUT = "-"


def terminal_width() -> int | None:
    """Return how many letters a line of the terminal takes; None where the output goes elsewhere, and is not folded."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def json_text(value: object) -> str:
    """Return a value as JSON for people and programs."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def print_json(value: object) -> None:
    """Print a value for a program."""
    typer.echo(json_text(value))


def note(text: str, *, quiet: bool = False) -> None:
    """Say something beside the result; with --json nothing but the result and errors is said."""
    if not quiet:
        typer.echo(text, err=True)


def deliver(text: str, place: str) -> None:
    """Print a text, or write it to a file, whole or not at all. Raises: typer.BadParameter."""
    if place in {"", STDOUT}:
        typer.echo(text)
        return
    path = Path(place)
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_text(text + "\n", "utf-8")
        part.replace(path)
    except OSError as error:
        raise typer.BadParameter(f"--output {place}: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)


def check_place(place: str) -> None:
    """Refuse a file that could not be written before there is anything to write. Raises: typer.BadParameter."""
    if place in {"", STDOUT}:
        return
    path = Path(place)
    if path.is_dir() or not path.absolute().parent.is_dir():
        reason = "it is a folder" if path.is_dir() else "its folder is not there"
        raise typer.BadParameter(f"--output {place}: {reason}")
