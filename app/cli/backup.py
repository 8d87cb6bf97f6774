"""The commands that save a stack into one file, and make a stack of such a file."""

import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import uuid4

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.core.settings import Settings

STANDARD = "-"
WithCredentials = Annotated[
    bool, typer.Option("--with-credentials", help="Also SERVICE_TOKEN and SECRET_KEY: whoever has the file has them.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[
        str, typer.Argument(help="The new file; - for standard output. By default headrace-TIME.backup, here.")
    ] = "",
    *,
    with_credentials: WithCredentials = False,
) -> None:
    """Save jobs, history, settings of operators, uploaded files and the files folder into one file, while all runs.

    Without browser sessions, and without uploads that lie elsewhere (FILES_URL), which are named.
    """
    from app.core.clock import utc_now  # noqa: PLC0415
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local.backup import database_at_hand, new_file  # noqa: PLC0415
    from app.ops.backup import service  # noqa: PLC0415

    name = file or f"headrace-{utc_now():%Y%m%dT%H%M%SZ}.backup"
    with database_at_hand(load_settings(), alone=False) as settings:
        if name == STANDARD:
            taken = service.take(settings, sys.stdout.buffer, with_credentials=with_credentials)
            sys.stdout.buffer.flush()
        else:
            with new_file(Path(name)) as target:
                taken = service.take(settings, target, with_credentials=with_credentials)
    said = f"{taken.rows.get('jobs', 0)} jobs, {taken.uploads} uploads and {taken.files} files of the folder"
    typer.echo(f"saved {said}{'' if name == STANDARD else f' in {name}'}", err=name == STANDARD)
    if taken.left:
        typer.echo(f"not in it: {taken.left} uploads that lie in FILES_URL; save those where they are", err=True)


@contextmanager
def _as_path(file: str, settings: "Settings") -> "Iterator[Path]":
    """Yield where a backup lies; standard input is first written to where uploads come in, since it is read twice."""
    if file != STANDARD:
        yield Path(file)
        return
    path = settings.uploads_dir / "incoming" / uuid4().hex
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("xb") as copy:
            shutil.copyfileobj(sys.stdin.buffer, copy)
        yield path
    finally:
        path.unlink(missing_ok=True)


def restore(
    file: Annotated[str, typer.Argument(help="A file that `backup` has made; - for standard input.")],
    *,
    replace: Annotated[
        bool, typer.Option("--replace", help="Delete the jobs and files that are there; else they are refused.")
    ] = False,
    with_credentials: WithCredentials = False,
) -> None:
    """Make this stack what a backup says. It must not run; afterwards what is due is sent and run.

    The file is read as a whole before anything is changed, and the database is changed at once or not at all.
    """
    from app.core.settings import load_settings  # noqa: PLC0415
    from app.local.backup import database_at_hand, take_over  # noqa: PLC0415
    from app.ops.backup import service  # noqa: PLC0415
    from app.ops.backup.archive import BackupError, members  # noqa: PLC0415
    from app.ops.backup.manifest import CREDENTIALS  # noqa: PLC0415

    current = load_settings()
    with _as_path(file, current) as path:
        manifest = service.check(path)
        if with_credentials and CREDENTIALS not in manifest["members"]:
            raise BackupError(f"{file} has no credentials: leave out --with-credentials")
        with database_at_hand(current, alone=True) as settings:
            resent = service.restore(settings, path, manifest, replace=replace)
        if with_credentials:
            found = [content.read() for name, content in members(path) if name == CREDENTIALS]
            take_over(current, found[0].decode())
    counts = {name: one["rows"] for name, one in manifest["tables"].items()}
    typer.echo(
        f"restored {counts.get('jobs', 0)} jobs and {manifest['uploads']['copied']} uploads of {manifest['made_at']};"
        f" {resent} jobs that wait are sent again"
    )
    if elsewhere := manifest["uploads"]["stay_at"]:
        typer.echo(f"uploads of that time lie at {elsewhere}: FILES_URL must name that place", err=True)
