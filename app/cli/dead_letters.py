"""Commands for failed jobs, over the public HTTP API alone: dead-letters ls, retry, discard."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect
from app.cli.exit_codes import INTERRUPTED_CODE, NOT_COMPLETED_CODE
from app.cli.output import print_json

PATH = "/api/v1/dead-letters"
ACTIONS = f"{PATH}/actions"

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Only these jobs.")]
Fingerprint = Annotated[str | None, typer.Option(help="Only this group.")]
JobType = Annotated[str | None, typer.Option("--type", help="Only this type.")]
Queue = Annotated[str | None, typer.Option(help="Only this queue.")]
ErrorCode = Annotated[str | None, typer.Option(help="Only this error code.")]
From = Annotated[str | None, typer.Option("--from", metavar="TIME", help="Failed at or after, 2026-01-31T09:00:00Z.")]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Failed before.")]
All = Annotated[bool, typer.Option("--all", help="Every failed job.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be met.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not wait for the end; it goes on in the background.")]

group = application.group(help="List failed jobs by what went wrong; retry or discard many.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="dead-letters")


@group.command("ls")
def list_groups(
    *,
    job_type: JobType = None,
    queue: Queue = None,
    error_code: ErrorCode = None,
    since: From = None,
    until: To = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many groups, the biggest first.")] = 50,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List failed jobs in groups of one type, one error code and one message but for its numbers and ids."""
    from app.cli import show  # noqa: PLC0415

    query = {"limit": str(limit)} | _given(
        type=job_type, queue=queue, error_code=error_code, finished_from=since, finished_to=until
    )
    answer = connect(url).call("GET", PATH, query=query)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.dead_letters(answer))


def _verb(verb: str) -> Callable[..., None]:
    """Return the command of a verb; both take the same options."""

    def act(
        ids: Ids = None,
        *,
        fingerprint: Fingerprint = None,
        job_type: JobType = None,
        queue: Queue = None,
        error_code: ErrorCode = None,
        since: From = None,
        until: To = None,
        every: All = False,
        dry_run: DryRun = False,
        yes: Yes = False,
        no_wait: NoWait = False,
        as_json: AsJson = False,
        url: Url = "",
    ) -> None:
        wanted = _given(
            ids=ids,
            fingerprint=fingerprint,
            type=job_type,
            queue=queue,
            error_code=error_code,
            finished_from=since,
            finished_to=until,
            all=every,
        )
        _act(verb, wanted, dry_run=dry_run, yes=yes, no_wait=no_wait, as_json=as_json, url=url)

    return act


group.command(
    "retry",
    help="Run failed jobs again, with a full budget of attempts. "
    "Exit code: 0 done, 1 not, 2 refused, 3 API not reachable.",
)(_verb("retry"))
group.command(
    "discard", help="Delete failed jobs with their inputs and history; it cannot be undone. Exit codes as of retry."
)(_verb("discard"))


def _act(
    verb: str, wanted: dict[str, Any], *, dry_run: bool, yes: bool, no_wait: bool, as_json: bool, url: str
) -> None:
    from app.cli import show  # noqa: PLC0415

    client = connect(url)
    if dry_run or not yes:
        met = client.call("POST", f"{PATH}/{verb}", body={**wanted, "dry_run": True})
        if as_json and dry_run:
            print_json(met)
        else:
            typer.echo(show.dead_letters({**met, "total": met["matched"]}), err=not dry_run)
        if dry_run or not met["matched"]:
            return
        typer.confirm(f"{verb} {met['matched']} jobs?", abort=True, err=True)
    follow(client, client.call("POST", f"{PATH}/{verb}", body=wanted), no_wait=no_wait, as_json=as_json)


def follow(client: Any, action: dict[str, Any], *, no_wait: bool, as_json: bool) -> None:
    """Wait for the end of an action that was made, print it, and end with its exit code."""
    from app.cli import show, waiting  # noqa: PLC0415

    try:
        if not no_wait:
            action = waiting.until_final(client, action, path=ACTIONS, line=_line, quiet=as_json)
    except KeyboardInterrupt:
        typer.echo(f"it goes on: GET {ACTIONS}/{action['id']}", err=True)
        raise typer.Exit(INTERRUPTED_CODE) from None
    if as_json:
        print_json(action)
    else:
        typer.echo(show.action(action))
    if not no_wait and action["status"] != "completed":
        raise typer.Exit(NOT_COMPLETED_CODE)


def _line(action: dict[str, Any], waited_s: float) -> str:
    return f"{action['action']}: {action['done'] + action['skipped']} of {action['total']}|{waited_s:.0f} s"


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}
