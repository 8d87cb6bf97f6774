"""What stands in a backup's manifest, and what its members may be called. A file can come from anywhere."""

import json
import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field, StrictBool, StrictInt, StrictStr, ValidationError

FORMAT = 1
CREDENTIALS = "credentials.env"
_PIECE = re.compile(r"tables/([a-z_]+)/[0-9]{6,}")
_Count = Annotated[StrictInt, Field(ge=0)]


class ManifestError(ValueError):
    """This is no manifest that Headrace has written; the message says what is wrong with it."""


class _Rows(BaseModel):
    columns: Annotated[list[StrictStr], Field(min_length=1)]
    rows: _Count


class _Uploads(BaseModel):
    copied: _Count
    gone: list[UUID]
    stay_at: StrictStr | None


class _Manifest(BaseModel):
    """The manifest, as far as it is read."""

    format: Literal[1]
    headrace: StrictStr
    made_at: StrictStr
    revision: StrictStr
    tables: dict[str, _Rows]
    uploads: _Uploads
    files: _Count
    has_credentials: StrictBool
    members: dict[str, StrictStr]


def read(content: bytes) -> dict[str, Any]:
    """Return what stands in a manifest. Raises: ManifestError, other ValueErrors for what is no JSON."""
    found = json.loads(content)
    if isinstance(found, dict) and isinstance(found.get("format"), int) and found["format"] > FORMAT:
        raise ManifestError(f"has the form {found['format']}, made by a newer Headrace: restore with that one")
    try:
        _Manifest.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the manifest"
        raise ManifestError(f"is no backup that Headrace has made: {place}: {first['msg']}") from None
    made: dict[str, Any] = found
    return made


def refuse_strange(manifest: dict[str, Any], names: Iterable[str]) -> None:
    """Refuse members that no backup has, and a manifest that counts others. Raises: ManifestError."""
    counts = {"uploads": 0, "files": 0}
    for name in names:
        kind, _, rest = name.partition("/")
        if reason := _strangeness(name, kind, rest, manifest["tables"]):
            raise ManifestError(f"is no backup that Headrace has made: its member {name!r} {reason}")
        if kind in counts:
            counts[kind] += 1
    for kind, said in (("uploads", manifest["uploads"]["copied"]), ("files", manifest["files"])):
        if counts[kind] != said:
            raise ManifestError(f"is not whole: it has {counts[kind]} of {said} {kind}")


def _strangeness(name: str, kind: str, rest: str, tables: Iterable[str]) -> str:
    match kind:
        case "tables":
            found = _PIECE.fullmatch(name)
            return "" if found and found[1] in tables else "belongs to no table of its manifest"
        case "uploads":
            return "" if _is_uuid(rest) else "has no id of a file"
        case "files":
            return "would leave the files folder" if leaves_folder(rest) else ""
    return "" if name == CREDENTIALS else "is of no kind that is known"


def leaves_folder(name: str) -> bool:
    """Say whether a relative path is none of a file within its folder."""
    place = PurePosixPath(name)
    return place.is_absolute() or ".." in place.parts or "\0" in name or not place.parts


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
