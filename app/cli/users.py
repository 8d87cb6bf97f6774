"""Commands for users, over the public HTTP API alone: create-admin, create, ls, disable, enable, role, limit."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Limit, Url, connect, path_of, print_list
from app.cli.output import print_json

PATH = "/api/v1/admin/users"
COLUMNS = ("id", "email", "name", "role", "active", "seen")
GENERATED_BYTES = 18
_DEFAULT = "default"

Email = Annotated[str, typer.Argument(help="The e-mail address, by which the user signs in.", metavar="EMAIL")]
Whom = Annotated[str, typer.Argument(help="The user's e-mail address or id.", metavar="USER")]
Name = Annotated[str, typer.Option("--name", help="How people call the user; by default the address's first part.")]
FromStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
Generate = Annotated[bool, typer.Option("--generate", help="Make a password, and print it this once.")]

group = application.group(help="Make and list users, and say what each may.")


class Role(StrEnum):
    """What a user is."""

    ADMIN = "admin"
    OPERATOR = "operator"
    MEMBER = "member"
    VIEWER = "viewer"


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="users")


@group.command(examples="users create-admin ada@example.org")
def create_admin(
    email: Email,
    *,
    name: Name = "",
    from_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make an administrator; the first one is made so, with the service token."""
    _create(email, name, Role.ADMIN, from_stdin=from_stdin, generate=generate, as_json=as_json, url=url)


@group.command(examples="users create ada@example.org --role operator --generate")
def create(
    email: Email,
    *,
    role: Annotated[Role, typer.Option(help="What the user may.")] = Role.MEMBER,
    name: Name = "",
    from_stdin: FromStdin = False,
    generate: Generate = False,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Make a user, with a team of his own."""
    _create(email, name, role, from_stdin=from_stdin, generate=generate, as_json=as_json, url=url)


def _create(email: str, name: str, role: Role, *, from_stdin: bool, generate: bool, as_json: bool, url: str) -> None:
    client = connect(url)
    password = _password(from_stdin=from_stdin, generate=generate)
    body = {"email": email, "name": name or email.partition("@")[0], "role": role.value, "password": password}
    made = client.call("POST", PATH, body=body)
    if as_json:
        print_json({**made, "password": password} if generate else made)
        return
    typer.echo(f"{made['email']} is {made['role']} now: {made['id']}")
    if generate:
        typer.echo(f"password, shown this once: {password}")


def _password(*, from_stdin: bool, generate: bool) -> str:
    import secrets  # noqa: PLC0415
    import sys  # noqa: PLC0415

    if from_stdin and generate:
        raise typer.BadParameter("Give --password-stdin or --generate.")
    if generate:
        return secrets.token_urlsafe(GENERATED_BYTES)
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    asked: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    return asked


@group.command("ls")
def list_users(
    *,
    limit: Limit = 100,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List the users, those last made first; the service account is that of the service token."""
    print_list(url, PATH, COLUMNS, _row, limit=limit, as_json=as_json)


def _row(user: dict[str, Any]) -> dict[str, Any]:
    from app.cli import show  # noqa: PLC0415

    return {"active": "yes" if user["is_active"] else "no", "seen": show.second(user["last_seen_at"])}


@group.command()
def disable(user: Whom, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let nothing of a user open anything, at once: neither password nor sessions, tokens and keys."""
    _change(user, {"is_active": False}, "is disabled", as_json=as_json, url=url)


@group.command()
def enable(user: Whom, *, as_json: AsJson = False, url: Url = "") -> None:
    """Let a user in again; his API keys go on, too."""
    _change(user, {"is_active": True}, "may sign in again", as_json=as_json, url=url)


@group.command()
def role(
    user: Whom, wanted: Annotated[Role, typer.Argument(metavar="ROLE")], *, as_json: AsJson = False, url: Url = ""
) -> None:
    """Say what a user may, at once: admin, operator, member or viewer."""
    _change(user, {"role": wanted.value}, f"is {wanted.value} now", as_json=as_json, url=url)


@group.command(examples="users limit ada@example.org 20000")
def limit(
    user: Whom,
    requests: Annotated[
        str, typer.Argument(help="Requests an hour; 0: any number; `default`: as for everybody.", metavar="REQUESTS")
    ],
    *,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Say how many requests an hour a user may make, with all keys and tokens."""
    if requests != _DEFAULT and not requests.isdecimal():
        raise typer.BadParameter(f"write a number of requests, or {_DEFAULT}")
    most = None if requests == _DEFAULT else int(requests)
    done = {None: "may ask as everybody", 0: "may ask without a limit"}.get(most, f"may ask {requests} times an hour")
    _change(user, {"requests_per_hour": most}, done, as_json=as_json, url=url)


def _change(user: str, body: dict[str, Any], done: str, *, as_json: bool, url: str) -> None:
    client = connect(url)
    answer = client.call("PATCH", path_of("admin/users", id_of(client, user)), body=body)
    if as_json:
        print_json(answer)
    else:
        typer.echo(f"{answer['email']} {done}")


def id_of(client: Any, user: str) -> str:
    """Return the id of whom an address or an id names. Raises: typer.BadParameter for an address of nobody."""
    if "@" not in user:
        return user
    found = client.call("GET", PATH, query={"email": user})["items"]
    if not found:
        raise typer.BadParameter(f"there is no user {user}")
    return str(found[0]["id"])
