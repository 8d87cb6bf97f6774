"""Commands for teams, over the public HTTP API alone: ls, create, members, add, remove, payloads."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Limit, Url, connect, path_of, print_list
from app.cli.output import print_json
from app.cli.users import Whom, id_of

PATH = "/api/v1/admin/teams"
COLUMNS = ("id", "name", "members", "payloads", "personal")
MEMBER_COLUMNS = ("user_id", "email", "name", "role", "active")

TeamId = Annotated[str, typer.Argument(help="The team's id.", metavar="TEAM")]

group = application.group(help="Make and list teams, and say who acts for each.")


class Payloads(StrEnum):
    """Whether viewers see what a team's jobs work on."""

    SHOW = "show"
    HIDE = "hide"


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="teams")


@group.command("ls")
def list_teams(
    *,
    limit: Limit = 100,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the teams, those last made first; each user's own is one of them."""
    print_list(url, PATH, COLUMNS, _row, limit=limit, as_json=as_json)


def _row(team: dict[str, Any]) -> dict[str, Any]:
    payloads = "hidden" if team["hides_payloads"] else "shown"
    return {"payloads": payloads, "personal": "yes" if team["is_personal"] else "no"}


@group.command(examples="teams create Research")
def create(
    name: Annotated[str, typer.Argument(help="How people call the team.")],
    *,
    hides_payloads: Annotated[
        bool, typer.Option("--hide-payloads", help="Viewers see no inputs, results, files and error texts.")
    ] = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make a team, which nobody is a member of yet."""
    made = connect(url).call("POST", PATH, body={"name": name, "hides_payloads": hides_payloads})
    if as_json:
        print_json(made)
    else:
        typer.echo(f"{made['name']} is a team now: {made['id']}")


@group.command()
def members(team: TeamId, *, as_json: AsJson = False, url: Url = "") -> None:
    """List who acts for a team, by name."""
    from app.cli import show  # noqa: PLC0415

    items = connect(url).call("GET", path_of("admin/teams", team, "members"))["items"]
    if as_json:
        print_json({"items": items})
        return
    rows = [{**one, "active": "yes" if one["is_active"] else "no"} for one in items]
    typer.echo(show.table(rows, MEMBER_COLUMNS))


@group.command(examples="teams add 01934f6e-0000-7000-8000-000000000000 ada@example.org")
def add(team: TeamId, user: Whom, *, url: Url = "") -> None:
    """Let a user act for a team, by the header X-Team or by a key of its own."""
    client = connect(url)
    client.call("PUT", path_of("admin/teams", team, "members", id_of(client, user)))
    typer.echo(f"{user} acts for the team now")


@group.command()
def remove(team: TeamId, user: Whom, *, url: Url = "") -> None:
    """Let a user act for a team no more, at once; his keys for it are refused, too."""
    client = connect(url)
    client.call("DELETE", path_of("admin/teams", team, "members", id_of(client, user)))
    typer.echo(f"{user} acts for the team no more")


@group.command(examples="teams payloads 01934f6e-0000-7000-8000-000000000000 hide")
def payloads(team: TeamId, wanted: Annotated[Payloads, typer.Argument(metavar="show|hide")], *, url: Url = "") -> None:
    """Say whether viewers see inputs, results, files and error texts of a team's jobs."""
    body = {"hides_payloads": wanted is Payloads.HIDE}
    answer = connect(url).call("PATCH", path_of("admin/teams", team), body=body)
    typer.echo(f"{answer['name']}: viewers see {'no' if answer['hides_payloads'] else 'all'} payloads")
