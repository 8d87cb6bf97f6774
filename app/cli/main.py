"""All commands in one application, and how their errors end: a line for each and an exit code, never a traceback.

Nothing heavy is imported here or at the top of a command's file, so that `--help` answers at once.
"""

import json
import sys
from typing import Annotated, Any

import typer

from app.cli import (
    audit,
    backup,
    cleanup,
    completion,
    costs,
    dead_letters,
    doctor,
    files,
    invites,
    job_list,
    jobs,
    keys,
    login,
    operations,
    prompts,
    providers,
    queues,
    sessions,
    stack,
    submit,
    teams,
    types,
    updating,
    users,
)
from app.cli.application import PROGRAM, Application
from app.cli.exit_codes import CLOSED_PIPE_CODE, NOT_COMPLETED_CODE, USAGE

app = Application(
    name="headrace",
    help="Headrace, a self-hosted platform for AI jobs.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it
    if wanted:
        from app import __version__  # noqa: PLC0415

        typer.echo(f"headrace {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    del version  # it has been printed


stack.register(app)
backup.register(app)
doctor.register(app)
operations.register(app)
login.register(app)
submit.register(app)
jobs.register(app)
updating.register()
job_list.register(app)
types.register(app)
queues.register(app)
files.register(app)
providers.register(app)
dead_letters.register(app)
cleanup.register(app)
audit.register(app)
costs.register(app)
sessions.register(app)
users.register(app)
invites.register(app)
teams.register(app)
keys.register(app)
completion.register(app)
prompts.register(app)


def main() -> None:
    """Run the command line of this process."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command and return its exit code; its errors are lines on standard error, with --json one JSON object."""
    stdout = sys.stdout
    completion.prepare()
    try:
        code = app(arguments, prog_name=PROGRAM, complete_var=completion.VARIABLE, standalone_mode=False)
    except typer.Abort:
        typer.echo("nothing was done", err=True)
        return NOT_COMPLETED_CODE
    except SystemExit:
        if sys.stdout is stdout:
            raise
        return CLOSED_PIPE_CODE  # typer has put it aside, so that what is buffered does not fail once more at the end
    except Exception as error:
        found = _exit_code(error)
        if found is None:
            raise
        _tell(error, found, as_json="--json" in arguments)
        return found
    return int(code or 0)


def _tell(error: Exception, code: int, *, as_json: bool) -> None:
    if isinstance(error, typer.BadParameter):
        from app.cli.wording import of_value  # noqa: PLC0415

        error.message = of_value(error.message)
    lines = getattr(error, "lines", ()) or str(getattr(error, "message", error)).splitlines()
    if as_json:
        typer.echo(json.dumps({"error": _described(error, lines, code)}, ensure_ascii=False), err=True)
    elif (show := getattr(error, "show", None)) is not None:  # the usage of the command, and what is wrong with it
        show()
    else:
        for line in lines:
            typer.echo(f"error: {line}", err=True)


def _described(error: Exception, lines: list[str], code: int) -> dict[str, Any]:
    problem = getattr(error, "problem", {})
    known = {name: problem[name] for name in ("code", "request_id") if problem.get(name) is not None}
    if (status := getattr(error, "status", None)) is not None:
        known["status"] = status
    faults = getattr(error, "faults", [])
    return {"message": "\n".join(lines), "exit_code": code} | known | ({"faults": faults} if faults else {})


def _exit_code(error: Exception) -> int | None:
    """Return how a command ends with an error that is meant for a person, None for one that is a bug."""
    from app.cli.client import CallError  # noqa: PLC0415
    from app.cli.profiles import ProfileError  # noqa: PLC0415
    from app.core.settings import REFUSED_CODE, SettingsError  # noqa: PLC0415
    from app.local.errors import LocalError  # noqa: PLC0415
    from app.ops.backup.archive import BackupError  # noqa: PLC0415

    match error:
        case CallError():
            return error.exit_code
        case ProfileError():
            return USAGE
        case SettingsError():
            return REFUSED_CODE
        case LocalError() | BackupError():
            return NOT_COMPLETED_CODE
        case typer.TyperException():
            return int(getattr(error, "exit_code", USAGE))
    return None
