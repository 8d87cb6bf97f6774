"""A backup that nobody took, changed by hand or of something else, is refused with the reason and changes nothing."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.ops.backup import service
from app.ops.backup.archive import MANIFEST, BackupError, Writer, members
from tests.integration.ops.backup.taking import restore, rows, take

UPLOAD = "uploads/00000000-0000-4000-8000-000000000000"
Members = dict[str, bytes]
Manifest = dict[str, Any]


def _set(*path: str, to: Any) -> Callable[[Manifest, Members], None]:
    def change(manifest: Manifest, _: Members) -> None:
        for name in path[:-1]:
            manifest = manifest[name]
        manifest[path[-1]] = to

    return change


def _without(*path: str) -> Callable[[Manifest, Members], None]:
    def change(manifest: Manifest, _: Members) -> None:
        for name in path[:-1]:
            manifest = manifest[name]
        del manifest[path[-1]]

    return change


def _added(name: str, content: bytes = b"") -> Callable[[Manifest, Members], None]:
    return lambda _, found: found.update({name: content})


def _more_columns(manifest: Manifest, _: Members) -> None:
    manifest["tables"]["jobs"]["columns"].append("is_admin")


def _fewer_pieces(_: Manifest, found: Members) -> None:
    del found["tables/jobs/000000"]


def _no_upload(_: Manifest, found: Members) -> None:
    del found[next(name for name in found if name.startswith("uploads/"))]


def _other_rows(_: Manifest, found: Members) -> None:
    found["tables/jobs/000000"] = b"no\trow\n"


def _no_text(_: Manifest, found: Members) -> None:
    found["tables/jobs/000000"] = b"\xff\x00"


SESSIONS = {"columns": ["id"], "rows": 0}
NONE_OF_OURS = "is no backup that Headrace has made: "
CRAFTED = {
    "an unknown table": (_set("tables", "strangers", to={"columns": ["id"], "rows": 0}), "has a table strangers"),
    "a table that is not saved": (_set("tables", "sessions", to=SESSIONS), "has a table sessions"),
    "a table of PostgreSQL": (
        _set("tables", "pg_authid", to={"columns": ["rolname"], "rows": 0}),
        "has a table pg_authid",
    ),
    "an unknown column": (_more_columns, "has jobs.is_admin"),
    "rows of no table": (
        _added("tables/strangers/000000"),
        f"{NONE_OF_OURS}its member 'tables/strangers/000000' belongs to no",
    ),
    "a table no piece": (_added("tables/jobs"), f"{NONE_OF_OURS}its member 'tables/jobs' belongs to no"),
    "a missing piece": (_fewer_pieces, "the rows of the backup do not fit their tables"),
    "a missing upload": (_no_upload, "is not whole: it has 0 of 1 uploads"),
    "an upload more": (_added(UPLOAD), "is not whole: it has 2 of 1 uploads"),
    "an upload of no id": (_added("uploads/../x"), f"{NONE_OF_OURS}its member 'uploads/../x' has no id"),
    "a file outside": (_added("files/../x"), "its member 'files/../x' would leave the files folder"),
    "a file more": (_added("files/x"), "is not whole: it has 2 of 1 files"),
    "a strange member": (_added("settings/x"), f"{NONE_OF_OURS}its member 'settings/x' is of no kind"),
    "rows of another form": (_other_rows, "the rows of the backup do not fit their tables"),
    "rows that are no text": (_no_text, "the rows of the backup do not fit their tables"),
    "no form": (_without("format"), f"{NONE_OF_OURS}format: "),
    "an older form": (_set("format", to=0), f"{NONE_OF_OURS}format: "),
    "a newer form": (_set("format", to=7), "has the form 7, made by a newer Headrace"),
    "no revision": (_without("revision"), f"{NONE_OF_OURS}revision: "),
    "a revision of another type": (_set("revision", to=["0001"]), f"{NONE_OF_OURS}revision: "),
    "no tables": (_without("tables"), f"{NONE_OF_OURS}tables: "),
    "tables as a list": (_set("tables", to=[]), f"{NONE_OF_OURS}tables: "),
    "a table without columns": (_set("tables", "jobs", "columns", to=[]), rf"{NONE_OF_OURS}tables\.jobs\.columns: "),
    "a table without a count": (_without("tables", "jobs", "rows"), rf"{NONE_OF_OURS}tables\.jobs\.rows: "),
    "a count that is a text": (_set("tables", "jobs", "rows", to="2"), rf"{NONE_OF_OURS}tables\.jobs\.rows: "),
    "a count below 0": (_set("files", to=-1), f"{NONE_OF_OURS}files: "),
    "no uploads": (_without("uploads", "gone"), rf"{NONE_OF_OURS}uploads\.gone: "),
    "deleted files of no id": (_set("uploads", "gone", to=["x"]), rf"{NONE_OF_OURS}uploads\.gone\.0: "),
    "no word about credentials": (_set("has_credentials", to="no"), f"{NONE_OF_OURS}has_credentials: "),
}


async def crafted(settings: Settings, folder: Path, change: Callable[[Manifest, Members], None]) -> Path:
    """Return a backup that was changed, with right checksums."""
    await take(settings, folder / "whole")
    found = {name: content.read() for name, content in members(folder / "whole")}
    manifest = json.loads(found.pop(MANIFEST))
    change(manifest, found)
    return written(folder / "crafted", found, manifest)


def written(path: Path, found: Members, manifest: Any) -> Path:
    with path.open("wb") as target:
        writer = Writer(target)
        for name, content in found.items():
            writer.add_bytes(name, content)
        if isinstance(manifest, dict):
            manifest["members"] = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
        writer.add_bytes(MANIFEST, manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode())
        writer._tar.close()
        writer._stream.close()
    return path


@pytest.mark.parametrize(("change", "reason"), CRAFTED.values(), ids=CRAFTED)
async def test_a_crafted_one_is_refused_with_the_reason(
    source: Settings, database: Database, tmp_path: Path, change: Callable[[Manifest, Members], None], reason: str
) -> None:
    path, before = await crafted(source, tmp_path, change), await rows(database)
    with pytest.raises(BackupError, match=reason) as refused:
        await restore(source, path, replace=True)
    assert "\n" not in str(refused.value), "it is one line"
    assert await rows(database) == before
    assert await database.rows(text("SELECT 1 FROM jobs"))


@pytest.mark.parametrize(
    "manifest", [[], "x", None, {}, b"\xff", b"{", b"[" * 100_000, {"format": "1"}, {"format": {}}, {"members": []}]
)
def test_a_manifest_of_something_else_is_refused(tmp_path: Path, manifest: Any) -> None:
    with pytest.raises(BackupError, match="no backup"):
        service.check(written(tmp_path / "foreign", {}, manifest))
