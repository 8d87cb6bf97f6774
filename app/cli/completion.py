"""Completion for shells: a script that a shell reads at its start, and that makes `headrace` a command of it."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.application import Application

NAME, VARIABLE = "headrace", "_HEADRACE_COMPLETE"
_ROOT = Path(__file__).parents[2]


class Shell(StrEnum):
    """A shell that can complete."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def register(app: Application) -> None:
    """Add the command of this file."""
    app.command(
        examples="""
        completion bash > ~/.headrace.bash
        completion fish > ~/.config/fish/completions/headrace.fish
        """
    )(completion)


def prepare() -> None:
    """Let this process answer a shell that asks what may follow; typer does so only beside options of its own."""
    from typer._completion_classes import completion_init  # noqa: PLC0415

    completion_init()


def completion(shell: Annotated[Shell, typer.Argument(help="Whose script to print.")]) -> None:
    """Print what gives a shell the command `headrace` and its completion: `source` it in the shell's start-up file."""
    from shlex import quote  # noqa: PLC0415

    from typer._completion_shared import get_completion_script  # noqa: PLC0415

    program = f"env PYTHONPATH={quote(str(_ROOT))} {quote(sys.executable)} -P -m app"
    # Bandit takes the shell's name for subprocess's shell=True.
    script = get_completion_script(prog_name=NAME, complete_var=VARIABLE, shell=shell.value)  # nosec B604
    # The scripts ask a program of that name, which a function of the shell is not.
    match shell:
        case Shell.BASH:
            script = script.replace("complete_bash $1", f"complete_bash {program}")
        case Shell.ZSH:
            script = script.replace("complete_zsh headrace", f"complete_zsh {program}").partition("\n")[2].lstrip()
        case Shell.FISH:
            script = script.replace("(commandline -cp) headrace", f"(commandline -cp) {program}")
    arguments = "$argv" if shell is Shell.FISH else '"$@"'
    function = (
        f"function {NAME}; {program} {arguments}; end"
        if shell is Shell.FISH
        else f"{NAME}() {{ {program} {arguments}; }}"
    )
    typer.echo(f"{function}\n{script}")
