"""Commands for browser sessions, over the public HTTP API alone: ls, end."""

from typing import Annotated

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect, path_of
from app.cli.output import print_json

PATH = "/api/v1/admin/sessions"
COLUMNS = ("id", "name", "address", "opened_at", "expires_at")

group = application.group(help="List who is signed in with a browser, and sign out one or all.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="sessions")


@group.command("ls")
def list_sessions(*, as_json: AsJson = False, url: Url = "") -> None:
    """List the browsers that are signed in, the newest first."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("GET", PATH)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.table(answer["items"], COLUMNS) if answer["items"] else "no browser is signed in")


@group.command()
def end(
    session: Annotated[str, typer.Argument(help="Its id, as `sessions ls` shows it.", metavar="ID")] = "",
    *,
    everywhere: Annotated[bool, typer.Option("--all", help="Sign out everywhere: every browser.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Sign out one browser, or all with --all, at once. Tokens go on working: change SERVICE_TOKEN to end those."""
    if bool(session) == everywhere:
        raise typer.BadParameter("Give the id of one session, or --all.")
    client = connect(url)
    answer = client.call("DELETE", PATH if everywhere else path_of("admin/sessions", session)) or {"ended": 1}
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"signed out {answer['ended']} browser{'' if answer['ended'] == 1 else 's'}")
