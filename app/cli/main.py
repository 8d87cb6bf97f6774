"""All commands in one application, and how their errors end: a line for each and an exit code, never a traceback.

Nothing heavy is imported here or at the top of a command's file, so that `--help` answers at once.
"""

import sys

import typer

from app.cli import (
    cleanup,
    costs,
    dead_letters,
    doctor,
    files,
    jobs,
    operations,
    prompts,
    providers,
    queues,
    sessions,
    stack,
)

app = typer.Typer(
    name="headrace",
    help="Headrace, a self-hosted platform for AI jobs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
stack.register(app)
doctor.register(app)
operations.register(app)
jobs.register(app)
queues.register(app)
files.register(app)
providers.register(app)
dead_letters.register(app)
cleanup.register(app)
costs.register(app)
sessions.register(app)
prompts.register(app)


def main() -> None:
    """Run the command line of this process."""
    try:
        app(prog_name="python -m app")
    except Exception as error:
        code = _exit_code(error)
        if code is None:
            raise
        for line in getattr(error, "lines", (str(error),)):
            typer.echo(f"error: {line}", err=True)
        sys.exit(code)


def _exit_code(error: Exception) -> int | None:
    """Return how a command ends with an error that is meant for a person, None for one that is a bug."""
    from app.cli.client import CallError  # noqa: PLC0415
    from app.core.settings import REFUSED_CODE, SettingsError  # noqa: PLC0415
    from app.local.errors import LocalError  # noqa: PLC0415

    match error:
        case CallError():
            return error.exit_code
        case SettingsError():
            return REFUSED_CODE
        case LocalError():
            return 1
    return None
