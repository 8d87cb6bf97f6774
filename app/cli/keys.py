"""Commands for API keys, over the public HTTP API alone: create, ls, revoke, restore, rotate."""

from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Limit, Url, connect, path_of, print_list
from app.cli.output import note, print_json

PATH = "/api/v1/keys"
COLUMNS = ("id", "description", "scopes", "state", "used", "expires")

KeyId = Annotated[str, typer.Argument(help="Its id: the 8 characters after hr_live_.", metavar="ID")]
Days = Annotated[int, typer.Option("--days", min=1, max=365, help="After how many days it ends.")]

group = application.group(help="Make, list, revoke and rotate API keys.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="keys")


@group.command(examples="keys create 'nightly import' --scope jobs:read --scope jobs:write --days 30")
def create(
    description: Annotated[str, typer.Argument(help="What it is for.")],
    *,
    scopes: Annotated[
        list[str] | None,
        typer.Option(
            "--scope", help="jobs:read, jobs:write, files, operate or admin; by default your own of the first three."
        ),
    ] = None,
    models: Annotated[list[str] | None, typer.Option("--model", help="A model that its jobs may name.")] = None,
    job_types: Annotated[list[str] | None, typer.Option("--type", help="A job type that it may submit.")] = None,
    days: Days = 90,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make an API key, and print it this once."""
    given = {"scopes": scopes, "models": models, "job_types": job_types}
    body: dict[str, Any] = {"description": description, "expires_in_days": days}
    body |= {name: value for name, value in given.items() if value}
    _show_made(connect(url).call("POST", PATH, body=body), as_json=as_json)


def _show_made(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    typer.echo(made["key"])
    note(f"This is shown once. It can {', '.join(made['scopes'])}, and ends {made['expires_at']}.")


@group.command("ls")
def list_keys(
    *,
    limit: Limit = 100,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List API keys, the newest first: those of everybody for an administrator."""
    print_list(url, PATH, COLUMNS, _row, limit=limit, as_json=as_json, nothing="there is no API key")


def _row(key: dict[str, Any]) -> dict[str, Any]:
    from app.cli import show  # noqa: PLC0415

    used, expires = show.second(key["last_used_at"]), show.second(key["expires_at"])
    return {"scopes": ",".join(key["scopes"]), "state": _state(key), "used": used, "expires": expires}


def _state(key: dict[str, Any]) -> str:
    if key["revoked_at"]:
        return "revoked"
    if key["deactivated_at"] and key["expires_at"] > key["deactivated_at"]:
        return "unused"
    if not key["is_active"]:
        return "over"
    return f"until {key['rotated_to']} has its place" if key["rotated_to"] else "active"


@group.command()
def revoke(key: KeyId, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let a key open nothing any more, at once; `keys restore` takes that back within 30 days."""
    connect(url).call("DELETE", path_of("keys", key))
    if as_json:
        print_json({"revoked": key})
    else:
        typer.echo(f"revoked {key}")


@group.command()
def restore(key: KeyId, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let a key that was revoked within 30 days, or that nobody used for long, open again what it did."""
    answer = connect(url).call("POST", f"{path_of('keys', key)}/restore")
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{key} opens again what it did")


@group.command()
def rotate(
    key: KeyId,
    *,
    overlap: Annotated[float, typer.Option(min=0, max=720, help="Hours that the old one goes on.")] = 24.0,
    days: Annotated[
        int | None, typer.Option(min=1, max=365, help="After how many days it ends; by default as the old one did.")
    ] = None,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make a key in the place of another, and print it this once."""
    body = {"overlap_hours": overlap, "expires_in_days": days}
    _show_made(connect(url).call("POST", f"{path_of('keys', key)}/rotate", body=body), as_json=as_json)
