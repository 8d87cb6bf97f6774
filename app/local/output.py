"""The one log of the stack: every line of every process, with the name of its process before it."""

import sys
from contextlib import suppress
from typing import TextIO

NAME_WIDTH = len("scheduler")
STACK = "headrace"
COLOURS = {
    STACK: 1,  # bold
    "postgres": 34,
    "valkey": 35,
    "migrate": 90,
    "model": 33,
    "api": 32,
    "worker": 36,
    "scheduler": 94,
    "flower": 95,
    "web": 96,
}


class Output:
    """Writes whole lines, never raises: the terminal may be gone while the stack still stops."""

    def __init__(self, stream: TextIO | None = None, *, colour: bool = False) -> None:
        """Write to `stream`, by default to standard output."""
        self._stream = stream or sys.stdout
        self._colour = colour

    def line(self, name: str, text: str) -> None:
        """Write one line of the process `name`."""
        with suppress(OSError, ValueError):
            self._stream.write(f"{self._prefix(name)} {text.rstrip()}\n")
            self._stream.flush()

    def say(self, text: str) -> None:
        """Write a line of the stack itself."""
        self.line(STACK, text)

    def on_terminal(self) -> bool:
        """Say whether the lines go to a terminal that is still there."""
        try:
            return self._stream.isatty()
        except ValueError:
            return False

    def _prefix(self, name: str) -> str:
        prefix = f"{name:<{NAME_WIDTH}} |"
        if not self._colour:
            return prefix
        return f"\x1b[{COLOURS.get(name.partition('-')[0], 0)}m{prefix}\x1b[0m"


def wants_colour(stream: TextIO, no_color: str | None) -> bool:
    """Say whether to colour: on a terminal, unless NO_COLOR has a value (no-color.org)."""
    return stream.isatty() and not no_color
