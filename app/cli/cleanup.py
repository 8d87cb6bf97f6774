"""Commands that clean up, over the public HTTP API alone: resend, prune, janitor."""

from typing import Annotated, Any

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect
from app.cli.dead_letters import NoWait, follow
from app.cli.output import print_json


def register(app: Application) -> None:
    """Add the commands of this file."""
    for command in (resend, prune, janitor):
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


def janitor(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be done.")] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Deactivate API keys that have ended or that nobody uses, and delete those that have long been inactive."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("POST", "/api/v1/admin/janitor", body={"dry_run": dry_run})
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.cleaned_keys(answer))
