"""The command for job types, over the public HTTP API alone: what there is to submit, and what each takes."""

from typing import Annotated

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect
from app.cli.job_types import JOB_TYPES, no_such
from app.cli.output import print_json


def register(app: Application) -> None:
    """Add the command of this file."""
    app.command(
        examples="""
        types
        types data_extraction
        """
    )(types)


def types(
    name: Annotated[str, typer.Argument(metavar="TYPE", help="Only this one, with each field that it takes.")] = "",
    *,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the job types, or show what one takes, with an example."""
    from app.cli import show_types  # noqa: PLC0415

    found = connect(url).items(JOB_TYPES)
    if name:
        found = [one for one in found if one["name"] == name] or no_such(name, [one["name"] for one in found])
    if as_json:
        print_json(found[0] if name else {"items": found})
    else:
        typer.echo(show_types.one(found[0]) if name else show_types.many(found))
