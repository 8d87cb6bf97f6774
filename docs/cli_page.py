# ruff: noqa: INP001
"""Renders what docs/cli.md says of each command: its own help, at one width."""

from collections.abc import Iterator
from typing import Any

import typer
from typer.testing import CliRunner

from app.cli.application import PROGRAM
from app.cli.main import app

WIDTH = 100


def render_commands() -> str:
    """Return a list of all commands, and a chapter of each with the help of its subcommands."""
    root: Any = typer.main.get_command(app)
    lines = [f"- [`{PROGRAM} {name}`](#{PROGRAM}-{name}): {one.get_short_help_str(200)}" for name, one in _of(root)]
    return "\n".join(["## All commands", "", *lines, "", *_chapters(root)])


def _of(group: Any) -> list[tuple[str, Any]]:
    return [(name, one) for name, one in group.commands.items() if not one.hidden]


def _chapters(root: Any) -> Iterator[str]:
    for name, command in _of(root):
        yield from _chapter("##", name)
        for second, _ in _of(command) if hasattr(command, "commands") else ():
            yield from _chapter("###", name, second)


def _chapter(heading: str, *words: str) -> Iterator[str]:
    shown = CliRunner().invoke(app, [*words, "--help"], prog_name=PROGRAM, terminal_width=WIDTH)
    assert shown.exit_code == 0, shown.output  # noqa: S101 - every command has a help
    text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
    yield from (f"{heading} {PROGRAM} {' '.join(words)}", "", "```", text, "```", "")
