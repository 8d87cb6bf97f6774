"""What `--text` and `--file` mean: a field of text; a file's text, the file itself, or one of the server's folder."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import typer

from app.cli.application import PROGRAM
from app.cli.job_types import FILE_ID, FOLDER_PATH, JobTypes
from app.cli.output import note

STDIN = "-"
MAX_TEXT_CHARS = 1_000_000  # a job's input takes no more; a file may hold more
FOLDER_LIMIT = 1000

_ELSEWHERE = ("/", "~", "./", "../")


Send = Callable[[Any, Path], dict[str, Any]]


def text_field(job_type: str, text: str, types: JobTypes) -> dict[str, Any]:
    """Return the field of the input that is a text. Raises: typer.BadParameter for a type without one; CallError."""
    field = types.get(job_type).text
    if field is None:
        raise typer.BadParameter(f"--text: {job_type} takes no text; `{PROGRAM} types {job_type}` shows what it takes")
    return {field: text}


def fields_of(
    job_type: str, file: str, types: JobTypes, client: Any, send: Send, *, quiet: bool = False
) -> dict[str, Any]:
    """Return the fields of the input that stand for a file, uploaded where it must be; say on stderr what was done.

    Raises: typer.BadParameter for one that is nowhere or cannot be read; CallError.
    """
    path = Path(file)
    if file != STDIN and not path.exists():
        return _in_folder(job_type, file, types, client, quiet=quiet)
    try:
        content = sys.stdin.buffer.read() if file == STDIN else _begin(path)
    except OSError as error:
        raise typer.BadParameter(f"--file {file}: {error.strerror}") from None
    takes = types.get(job_type)
    if takes.text is not None:
        text = _text(content, "stdin" if file == STDIN else path.name)
        if text is not None:
            return {takes.text: text}
        if not takes.uploads:
            raise typer.BadParameter(f"--file {file}: not a text in UTF-8, and {job_type} takes nothing else")
    elif not takes.uploads:
        raise typer.BadParameter(f"--file {file}: {job_type} takes neither a text nor an uploaded file")
    if file != STDIN:
        return {FILE_ID: _sent(client, path, send, quiet=quiet)}
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "stdin")
        copy.write_bytes(content)
        return {FILE_ID: _sent(client, copy, send, quiet=quiet)}


def _begin(path: Path) -> bytes:
    """Return as much of a file as a text that is sent may have, and a byte more."""
    with path.open("rb") as opened:
        return opened.read(4 * MAX_TEXT_CHARS + 1)


def _text(content: bytes, name: str) -> str | None:
    """Return a file's text, None for what is no plain text in UTF-8 of at most a million characters."""
    from app.documents.kinds import Kind, KindError, kind_of  # noqa: PLC0415 - a command that reads no file needs none

    if len(content) > 4 * MAX_TEXT_CHARS:
        return None
    try:
        text = content.decode("utf-8-sig")
        kind = kind_of(content, name)
    except (UnicodeDecodeError, KindError):
        return None
    is_plain = kind in (Kind.TEXT, Kind.MARKDOWN, Kind.CSV, Kind.JSON) and "\0" not in text
    return text if is_plain and len(text) <= MAX_TEXT_CHARS else None


def _sent(client: Any, path: Path, send: Send, *, quiet: bool) -> str:
    stored = send(client, path)
    what = f"{stored['media_type']}, {stored['size_bytes']} bytes"
    note(f"{path.name} is uploaded as file {stored['id']} ({what})", quiet=quiet)
    return str(stored["id"])


def _in_folder(job_type: str, file: str, types: JobTypes, client: Any, *, quiet: bool) -> dict[str, Any]:
    if file.startswith(_ELSEWHERE) or not types.get(job_type).folder:
        raise typer.BadParameter(f"--file {file}: No such file")
    listed = client.call("GET", "/api/v1/files/folder", query={"limit": str(FOLDER_LIMIT)})
    paths = {one.get("path") for one in listed.get("items") or ()}
    if file not in paths and not listed.get("truncated"):
        raise typer.BadParameter(f"--file {file}: No such file, neither here nor in the server's files folder")
    note(f"{file} is not here; the server reads it from its files folder", quiet=quiet)
    return {FOLDER_PATH: file}
