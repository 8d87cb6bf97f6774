"""The command that shows who did what to the platform, over the public HTTP API alone."""

import sys
from typing import Annotated

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, collect, connect, given
from app.cli.output import print_json

PATH = "/api/v1/admin/audit"
LINES = 20
EXAMPLES = """
    audit --action key. --since 2026-11-01
    audit --user ada@example.org --limit 100
    audit --csv --since 2026-11-01 --until 2026-12-01 > november.csv
    """


def register(app: Application) -> None:
    """Add the command of this file."""
    app.command(examples=EXAMPLES)(audit)


def audit(
    *,
    actor: Annotated[str | None, typer.Option(help="Who did it, by name.")] = None,
    user: Annotated[str | None, typer.Option(help="Who did it, by e-mail address or id.")] = None,
    key: Annotated[str | None, typer.Option(help="By which API key: its id.")] = None,
    action: Annotated[str | None, typer.Option(help="What was done: key.revoke, or key. for all of that.")] = None,
    target: Annotated[str | None, typer.Option(help="To what, as the log names it.")] = None,
    address: Annotated[str | None, typer.Option(help="From which address.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="At or after.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Before.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help=f"At most so many, the newest first; by default {LINES}.")
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all lines that match as CSV.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show who did what to the platform, the newest first."""
    from urllib.parse import urlencode  # noqa: PLC0415

    from app.cli import show, values  # noqa: PLC0415
    from app.cli.users import id_of  # noqa: PLC0415

    if as_csv and (as_json or limit is not None):
        raise typer.BadParameter("--csv prints all lines that match: leave --json and --limit out.")
    client = connect(url)
    query = given(
        actor=actor,
        user_id=id_of(client, user) if user else None,
        key_id=key,
        action=action,
        target=target,
        address=address,
        since=values.moment(since) if since else None,
        until=values.moment(until) if until else None,
    )
    if as_csv:
        for block in client.download(f"{PATH}?{urlencode({**query, 'format': 'csv'})}"):
            sys.stdout.buffer.write(block)
        return
    items = collect(client, PATH, query, limit=limit or LINES)
    if as_json:
        print_json({"items": items})
    else:
        typer.echo(show.audit(items) if items else "no lines")
