"""Commands for signing in to a server: login, logout, profiles, whoami."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.application import Application
from app.cli.calls import AsJson, Profile, Url, client_of, connect, path_of
from app.cli.output import note, print_json

if TYPE_CHECKING:
    from app.cli.client import Client

KEYS, AUTH, ME = "/api/v1/keys", "/api/v1/auth", "/api/v1/auth/me"
DAYS = 90
MOST_NAME_CHARS = 200
COLUMNS = ("name", "server", "user", "expires")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.command(
        examples="""
        login https://headrace.example.org
        login https://headrace.example.org --profile work
        login https://headrace.example.org --with-key < key.txt
        """
    )(login)
    for command in (logout, profiles, whoami):
        app.command()(command)


def login(
    address: Annotated[str, typer.Argument(metavar="URL", help="The server's address.")],
    *,
    profile: Profile = "",
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Read an API key from standard input, and make none by a password.")
    ] = False,
    insecure_http: Annotated[
        bool, typer.Option("--insecure-http", help="Let password and key cross the network as plain text.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign in to a server for the commands that follow: keeps an API key for 90 days, which only this account reads.

    Asks for e-mail address and password, and makes a key named after this machine with all rights of the user. The key
    that the profile had is revoked.
    """
    from app.cli import profiles  # noqa: PLC0415
    from app.cli.client import CallError  # noqa: PLC0415

    name = profiles.new_name(profile)
    _refuse_plain(address, allowed=insecure_http)
    before = profiles.read_all().get(name)
    key = _read_key() if with_key else _make_key(address)
    client = _with_key(address, key)
    try:
        me = _who(client)
        profiles.save(name, profiles.Profile(client.base_url, key, me["name"], me["key"]["expires_at"]))
    except (CallError, profiles.ProfileError):
        if not with_key:
            _revoke(client, key)  # nobody would have it
        raise
    if before is not None and before.key != key:
        try:
            _revoke(client_of(name, before), before.key)
        except CallError as error:
            note(f"the key before was not revoked: {error}", quiet=as_json)
    _show_who(me, as_json=as_json)


def _refuse_plain(address: str, *, allowed: bool) -> None:
    from app.cli.client import host_of  # noqa: PLC0415
    from app.cli.failures import LOOPBACK_HOSTS  # noqa: PLC0415

    is_plain = address.strip().lower().startswith("http:")
    if is_plain and not allowed and host_of(address.strip()) not in LOOPBACK_HOSTS:
        message = "password and key would cross the network as plain text: write https://, or add --insecure-http"
        raise typer.BadParameter(message)


def _read_key() -> str:
    import sys  # noqa: PLC0415

    from app.auth.keys.format import id_of  # noqa: PLC0415

    key = sys.stdin.readline().strip()
    if id_of(key) is None:
        raise typer.BadParameter("what standard input has is no API key, or a damaged copy of one")
    return key


def _make_key(address: str) -> str:
    """Ask for a password, and return a new key of its user's with all rights that he has."""
    import socket  # noqa: PLC0415

    from app.cli.client import Client  # noqa: PLC0415

    client = Client(address, "", if_unauthorized="The e-mail address or the password is wrong.")
    email = typer.prompt("E-mail address", err=True)
    password = typer.prompt("Password", hide_input=True, err=True)
    pair = client.send_form(f"{AUTH}/login", {"username": email, "password": password})
    account = Client(address, pair["access_token"])
    wanted = {
        "description": f"headrace on {socket.gethostname()}"[:MOST_NAME_CHARS],
        "scopes": account.call("GET", ME)["rights"],
        "expires_in_days": DAYS,
    }
    made: str = account.call("POST", KEYS, body=wanted)["key"]
    account.call("POST", f"{AUTH}/logout", body={"refresh_token": pair["refresh_token"]})
    return made


def _with_key(address: str, key: str) -> "Client":
    from app.cli.client import Client  # noqa: PLC0415

    return Client(address, key, if_unauthorized="The server does not take this key: it is over, revoked or another's.")


def _revoke(client: "Client", key: str) -> None:
    """Let a key revoke itself; one that opens nothing any more, or is known no more, is fine."""
    from http import HTTPStatus  # noqa: PLC0415

    from app.auth.keys.format import id_of  # noqa: PLC0415
    from app.cli.client import CallError  # noqa: PLC0415

    try:
        client.call("DELETE", path_of("keys", id_of(key) or "none"))
    except CallError as error:
        if error.status not in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND}:
            raise


def logout(
    *,
    profile: Profile = "",
    forget: Annotated[
        bool, typer.Option("--forget", help="Only remove it here; the key goes on opening the server.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Revoke a profile's key at its server, and remove the profile."""
    from app.cli import profiles  # noqa: PLC0415

    name = profiles.new_name(profile)
    found = profiles.find(name)
    if not forget:
        _revoke(client_of(name, found), found.key)
    profiles.remove(name)
    if as_json:
        print_json({"profile": name, "revoked": not forget})
    else:
        typer.echo(f"signed out of {found.url}" if not forget else f"forgot {name}; its key is not revoked")


def profiles(*, as_json: AsJson = False) -> None:
    """List the servers that this account is signed in to. Prints no key."""
    from app.cli import profiles as kept  # noqa: PLC0415
    from app.cli import show  # noqa: PLC0415

    rows = [
        {"name": name, "server": one.url, "user": one.user, "expires": one.expires_at}
        for name, one in sorted(kept.read_all().items())
    ]
    if as_json:
        print_json({"items": rows})
    else:
        typer.echo(show.table(rows, COLUMNS) if rows else "no profile: `headrace login URL` makes one")


def whoami(*, as_json: AsJson = False, url: Url = "") -> None:
    """Show who the commands are: the user, his role and team, when the key ends, and the server."""
    _show_who(_who(connect(url)), as_json=as_json)


def _who(client: "Client") -> dict[str, Any]:
    """Return what a server says of whose credential this is; `key` is null without an API key."""
    me = client.call("GET", ME)
    key = client.call("GET", path_of("keys", me["key_id"])) if me["key_id"] else None
    return {**me, "key": key, "server": client.base_url}


def _show_who(me: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(me)
        return
    team = next((one["name"] for one in me["teams"] if one["id"] == me["team_id"]), me["team_id"])
    key = f"{me['key']['prefix']}, ends {me['key']['expires_at']}" if me["key"] else "none"
    name = f"{me['name']} <{me['email']}>" if me["email"] else me["name"]
    rows = {"server": me["server"], "user": f"{name} ({me['role']})", "team": team, "key": key}
    typer.echo("\n".join(f"{name:<8} {value}" for name, value in (rows | {"rights": ", ".join(me["rights"])}).items()))
