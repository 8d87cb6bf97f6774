"""Commands for uploaded files, over the public HTTP API alone: upload, ls, get, rm."""

import hashlib
import sys
from pathlib import Path
from typing import IO, Annotated, Any

import typer

from app.cli import application
from app.cli.application import Application
from app.cli.calls import AsJson, Url, collect, connect, path_of, send_file
from app.cli.exit_codes import UNREACHABLE
from app.cli.output import print_json

FileId = Annotated[str, typer.Argument(help="The file's id.")]

group = application.group(help="Upload, list, save and delete files.")


def register(app: Application) -> None:
    """Add the commands of this file."""
    app.add_typer(group, name="files")


@group.command()
def upload(
    path: Annotated[Path, typer.Argument(help="PDF, office documents, mails, tables, pictures, any text.")],
    *,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Upload a file; a job takes it as file_id."""
    stored = send_file(connect(url), path)
    if as_json:
        print_json(stored)
    else:
        typer.echo(f"file {stored['id']} is {stored['name']} ({stored['media_type']}, {stored['size_bytes']} bytes)")


@group.command("ls")
def list_files(
    *,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """List uploaded files, the newest first."""
    from app.cli import show  # noqa: PLC0415

    items = collect(connect(url), "/api/v1/files", {}, limit=limit)
    if as_json:
        print_json({"items": items})
    else:
        typer.echo(show.files(items) if items else "no files")


@group.command()
def get(
    file_id: FileId,
    *,
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to save it, - for standard output; default: its own name here.")
    ] = "",
    as_json: AsJson = False,
    url: Url = "",
) -> None:
    """Save a file. Without -o no file is overwritten."""
    client = connect(url)
    stored = client.call("GET", _path(file_id))
    if output == "-":
        _save(client, stored, sys.stdout.buffer)
        return
    place = Path(output or Path(str(stored["name"])).name)
    if not output and place.exists():
        raise typer.BadParameter(f"{place} is there already; -o {place} overwrites it")
    try:
        _save_as(client, stored, place)
    except OSError as error:
        raise typer.BadParameter(f"{place}: {error.strerror}") from None
    if as_json:
        print_json(stored)
    else:
        typer.echo(f"saved as {place} ({stored['size_bytes']} bytes)")


@group.command("rm")
def remove(file_id: FileId, *, url: Url = "") -> None:
    """Delete a file."""
    connect(url).call("DELETE", _path(file_id))
    typer.echo(f"file {file_id} is deleted")


def _path(file_id: str) -> str:
    return path_of("files", file_id)


def _save_as(client: Any, stored: dict[str, Any], place: Path) -> None:
    """Save a file under a name once all of it is there. Raises: CallError, OSError."""
    part = place.with_name(f"{place.name}.part")
    try:
        with part.open("wb") as file:
            _save(client, stored, file)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _save(client: Any, stored: dict[str, Any], into: IO[bytes]) -> None:
    """Write a file's content. Raises: CallError, also when something else than what was stored arrived."""
    from app.cli.client import CallError  # noqa: PLC0415

    digest = hashlib.sha256()
    for block in client.download(f"{_path(stored['id'])}/content"):
        digest.update(block)
        into.write(block)
    if digest.hexdigest() != stored["sha256"]:
        raise CallError("the file did not arrive whole; try again", exit_code=UNREACHABLE)
