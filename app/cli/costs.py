"""The command for costs, over the public HTTP API alone."""

from enum import StrEnum
from typing import Annotated

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Url, connect
from app.cli.output import print_json


class GroupBy(StrEnum):
    """What a line stands for."""

    DAY = "day"
    OWNER = "owner"
    TYPE = "type"
    MODEL = "model"


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.command()(costs)


def costs(
    *,
    first: Annotated[str | None, typer.Option("--from", metavar="DAY", help="2026-11-01; 29 days before TO.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="The last day, in UTC; today.")] = None,
    by: Annotated[GroupBy, typer.Option(help="What a line stands for.")] = GroupBy.DAY,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Show tokens and cost by day, owner, type or model."""
    from app.cli import show  # noqa: PLC0415

    given = {"from": first, "to": last, "group_by": by.value}
    query = {name: value for name, value in given.items() if value is not None}
    answer = connect(url).call("GET", "/api/v1/costs", query=query)
    if as_json:
        print_json(answer)
    else:
        typer.echo(show.costs(answer))
