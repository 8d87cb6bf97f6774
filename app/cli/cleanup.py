"""Commands that clean up and look back, over the public HTTP API alone: resend, prune, audit."""

from typing import Annotated, Any

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, collect, connect
from app.cli.dead_letters import NoWait, follow
from app.cli.output import print_json


def register(app: Application) -> None:
    """Add the commands of this file."""
    for command in (resend, prune, audit):
        app.command()(command)


def resend(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count them.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Send the jobs again that the broker should have; safe at any time."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("POST", "/api/v1/jobs/resend", body={"dry_run": dry_run})
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.resent(answer))


def prune(
    *,
    days: Annotated[
        float | None, typer.Option("--older-than-days", help="Ended over so many days ago; default RETENTION_DAYS.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete them; without it this is a dry run.")] = False,
    no_wait: NoWait = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show which ended jobs are old, or delete them with their results and history."""
    from app.cli import show  # noqa: PLC0415

    client = connect(url)
    body: dict[str, Any] = {"dry_run": not yes} | ({} if days is None else {"older_than_days": days})
    answer = client.call("POST", "/api/v1/admin/prune", body=body)
    if yes:
        follow(client, answer, no_wait=no_wait, as_json=as_json)
    elif as_json:
        print_json(answer)
    else:
        typer.echo(show.pruning(answer))


def audit(
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show who did what to the platform, the newest first."""
    from app.cli import show  # noqa: PLC0415

    items = collect(connect(url), "/api/v1/admin/audit", {}, limit=limit)
    if as_json:
        print_json({"items": items})
    else:
        typer.echo(show.audit(items) if items else "no lines")
