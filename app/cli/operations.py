"""Commands that show how the running platform is, over the public HTTP API alone: health, stats."""

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect
from app.cli.output import print_json

NOT_OK_CODE = 1


def register(app: Application) -> None:
    """Add the commands of this file."""
    for command in (health, stats):
        app.command()(command)


def health(*, as_json: AsJson = False, url: Url = "") -> None:
    """Show the state of each part with its latency. Exit code: 0 all is well, 1 not, 3 API not reachable."""
    from app.cli import show  # noqa: PLC0415
    from app.cli.client import CallError  # noqa: PLC0415

    try:
        answer = connect(url).call("GET", "/health")
    except CallError as error:
        if "parts" not in error.problem:
            raise
        answer = error.problem  # a 503 says which part is away
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.health(answer))
    raise typer.Exit(0 if answer["status"] == "ok" else NOT_OK_CODE)


def stats(*, as_json: AsJson = False, url: Url = "") -> None:
    """Show how many jobs there are, what ended lately, and the workers."""
    from app.cli import show  # noqa: PLC0415

    answer = connect(url).call("GET", "/api/v1/admin/stats")
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.stats(answer))
