"""Shows a list again and again, until somebody presses Ctrl-C."""

import sys
import time
from collections.abc import Callable

import typer

from app.cli.application import PROGRAM
from app.cli.client import CallError
from app.cli.exit_codes import UNREACHABLE

PAUSE_S = 2.0
_CLEAR = "\x1b[2J\x1b[H"


def again_and_again(shown: Callable[[], str]) -> None:
    """Show what `shown` returns every two seconds: in place on a terminal, else as one text below the other.

    An API that is away is said, and asked again. Raises: typer.Exit, with 0, at Ctrl-C.
    """
    try:
        while True:
            text = _tried(shown)
            typer.echo(f"{_CLEAR}{text}" if sys.stdout.isatty() else text)
            time.sleep(PAUSE_S)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _tried(shown: Callable[[], str]) -> str:
    try:
        return shown()
    except CallError as error:
        if error.exit_code != UNREACHABLE:
            raise
        return f"{error}\n{PROGRAM} tries again"
