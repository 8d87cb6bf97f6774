"""What all commands over the public HTTP API share: their usual options, and the client that they call with."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.output import print_json

PAGE_LIMIT = 100
STDIN = "-"


class Sort(StrEnum):
    """The order of a list."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_ENDED = "-finished_at"
    FIRST_ENDED = "finished_at"


Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
Url = Annotated[
    str, typer.Option("--url", envvar="HEADRACE_URL", help="The API's base URL; by default this machine's stack.")
]
Profile = Annotated[
    str,
    typer.Option(
        "--profile",
        metavar="NAME",
        help="Whom `headrace login` signed in; by default HEADRACE_PROFILE. `local`: this machine's stack.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
JobId = Annotated[str, typer.Argument(help="The job's id.")]
JobIds = Annotated[list[str], typer.Argument(metavar="JOB_ID...", help="Ids of jobs, - for those of standard input.")]
Output = Annotated[
    str, typer.Option("--output", "-o", metavar="FILE", help="Write the result to a file.", show_default=False)
]
_profile: ContextVar[str] = ContextVar("_profile", default="")


def with_profile(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return a command that calls an API with the option --profile beside --url; any other as it is."""
    taken = signature(command)
    if "url" not in taken.parameters or taken.parameters["url"].annotation is not Url:
        return command

    @wraps(command)
    def run(*, profile: str, url: str, **values: Any) -> Any:
        from app.core.setting_sources import variable  # noqa: PLC0415

        if profile and url not in {"", variable("HEADRACE_URL")}:
            raise typer.BadParameter("Give --url or --profile.")
        reset_to = _profile.set(profile)
        try:
            return command(url="" if profile else url, **values)
        finally:
            _profile.reset(reset_to)

    added = Parameter("profile", Parameter.KEYWORD_ONLY, default="", annotation=Profile)
    run.__signature__ = taken.replace(parameters=[*taken.parameters.values(), added])  # type: ignore[attr-defined]
    return run


def connect(url: str) -> Any:
    """Return a client: of the API at `url`, else of the profile, else of this machine's stack.

    At an address, and at this machine's stack, the token of the settings opens it. Raises: ProfileError.
    """
    from app.cli import profiles  # noqa: PLC0415
    from app.cli.client import Client  # noqa: PLC0415
    from app.core.settings import load_settings  # noqa: PLC0415

    if not url and (found := profiles.chosen(_profile.get())) is not None:
        return client_of(*found)
    settings = load_settings()
    return Client(url or settings.api_url, settings.service_token.get_secret_value())


def client_of(name: str, profile: Any) -> Any:
    """Return a client of a profile's server, which says how to sign in again when the key opens nothing any more."""
    from app.cli.client import Client  # noqa: PLC0415
    from app.cli.profiles import sign_in  # noqa: PLC0415

    why = f"The key of profile {name!r} (end: {profile.expires_at}) is over, revoked, or its user is disabled"
    return Client(profile.url, profile.key, if_unauthorized=f"{why}; sign in again: {sign_in(name, profile.url)}")


def send_file(client: Any, path: Path) -> dict[str, Any]:
    """Upload a file and return what the API knows of it. Raises: typer.BadParameter when it cannot be read."""
    try:
        stored: dict[str, Any] = client.upload("/api/v1/files", path)
    except OSError as error:
        raise typer.BadParameter(f"{path}: {error.strerror}") from None
    return stored


def collect(client: Any, path: str, query: dict[str, str], *, limit: int) -> list[Any]:
    """Return up to `limit` items of a list, over as many pages as that takes."""
    items: list[Any] = []
    query = {"limit": str(min(limit, PAGE_LIMIT)), **query}
    while True:
        page = client.call("GET", path, query=query)
        items += page["items"]
        if len(items) >= limit or not page.get("next_cursor"):
            return items[:limit]
        query["cursor"] = page["next_cursor"]


def print_list(
    url: str,
    path: str,
    columns: Sequence[str],
    row: Callable[[Any], Mapping[str, Any]],
    *,
    limit: int,
    as_json: bool,
    nothing: str = "",
) -> None:
    """Print up to `limit` items of a list as a table; `row` adds to an item what is shown of it, `nothing` for none."""
    items = collect(connect(url), path, {}, limit=limit)
    if as_json:
        print_json({"items": items})
        return
    from app.cli import show  # noqa: PLC0415

    typer.echo(show.table([{**one, **row(one)} for one in items], columns) if items else nothing)


def job_path(job_id: str) -> str:
    """Return the path of a job."""
    return path_of("jobs", job_id)


def path_of(what: str, *names: str) -> str:
    """Return the path of one of these, whatever somebody typed as its names. Raises: typer.BadParameter for nothing."""
    from urllib.parse import quote  # noqa: PLC0415

    if not all(names):
        raise typer.BadParameter("a name is empty")
    return "/".join((f"/api/v1/{what}", *(quote(name, safe="") for name in names)))


def ids_of(given: Iterable[str]) -> Iterator[str]:
    """Yield ids, those of standard input where a - stands, each as soon as it is there; no empty ones."""
    import sys  # noqa: PLC0415

    for one in given:
        lines = (line.split() for line in sys.stdin) if one == STDIN else [[one]]
        yield from (words[0] for words in lines if words)


def given(**values: str | None) -> dict[str, str]:
    """Return what was given."""
    return {name: value for name, value in values.items() if value is not None}
