"""Commands for the links that work once, over the public HTTP API alone: users invite, invites, uninvite, reset."""

from typing import Annotated, Any

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Limit, Url, connect, path_of, print_list
from app.cli.output import note, print_json
from app.cli.users import Email, Role, Whom, group, id_of

PATH = "/api/v1/admin/invites"
COLUMNS = ("id", "email", "role", "state", "made", "expires")

Days = Annotated[int, typer.Option("--days", min=1, max=30, help="After how many days it ends.")]


def register(_: Application) -> None:
    """Add the commands to their group."""
    group.command(examples="users invite ada@example.org --role operator --days 2")(invite)
    group.command("invites")(list_invites)
    group.command()(uninvite)
    group.command()(reset)


def invite(
    email: Email,
    *,
    role: Annotated[Role, typer.Option(help="What the user will be.")] = Role.MEMBER,
    team: Annotated[str | None, typer.Option(help="The id of a team that he acts for, beside his own.")] = None,
    days: Days = 7,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Print the link by which somebody makes an account, once; give it to him yourself."""
    body: dict[str, Any] = {"email": email, "role": role.value, "expires_in_days": days}
    made = connect(url).call("POST", PATH, body=body | ({"team_id": team} if team else {}))
    _show_link(made, f"{made['email']} makes an account as {made['role']} by it", as_json=as_json)


def _show_link(made: dict[str, Any], use: str, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(made["link"])
    note(f"This is shown once. {use}, until {made['expires_at']}.")


def list_invites(
    *,
    limit: Limit = 100,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the invites, those last made first."""
    print_list(url, PATH, COLUMNS, _row, limit=limit, as_json=as_json, nothing="there is no invite")


def _row(one: dict[str, Any]) -> dict[str, Any]:
    from app.cli import show  # noqa: PLC0415

    return {"state": _state(one), "made": show.second(one["created_at"]), "expires": show.second(one["expires_at"])}


def _state(one: dict[str, Any]) -> str:
    if one["used_at"]:
        return "used"
    if one["revoked_at"]:
        return "taken back"
    return "open" if one["is_live"] else "over"


def uninvite(
    invite_id: Annotated[str, typer.Argument(help="Its id, as `users invites` shows it.", metavar="ID")],
    *,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Take an invite back: its link opens nothing any more."""
    connect(url).call("DELETE", path_of("admin/invites", invite_id))
    if as_json:
        print_json({"revoked": invite_id})
    else:
        typer.echo(f"took {invite_id} back")


def reset(user: Whom, *, as_json: AsJson = False, url: Url = "") -> None:
    """Print the link by which a user sets a new password, once; his sessions end when he does."""
    client = connect(url)
    made = client.call("POST", f"{path_of('admin/users', id_of(client, user))}/reset")
    _show_link(made, f"{made['email']} sets a new password by it", as_json=as_json)
