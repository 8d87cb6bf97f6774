"""An Office Open XML package: its parts and how they point at each other."""

import posixpath
from io import BytesIO
from typing import Final, NamedTuple
from urllib.parse import unquote

from app.documents.archives import Archive
from app.documents.errors import DocumentError
from app.documents.formats import markup
from app.documents.formats.markup import Node
from app.documents.formats.xlsx_cells import PLAIN, shown

MAX_RELATIONS: Final = 20_000

_NOTHING: Final = Node("nothing", {})


class Relation(NamedTuple):
    """One part pointing at another; `kind` is the last word of its type, `target` the name of a part."""

    kind: str
    target: str
    is_external: bool


class Package:
    """A package that is read part by part."""

    def __init__(self, content: bytes) -> None:
        """Open it. Raises: DocumentError."""
        self._archive = Archive(BytesIO(content))
        self._folded = {name.lower(): name for name in self._archive.names}

    def main(self) -> str:
        """Return the name of the main part. Raises: DocumentError."""
        for relation in self.relations("").values():
            if relation.kind == "officeDocument":
                return relation.target
        raise DocumentError("file_unreadable", "the file names no main part")

    def bytes_of(self, name: str) -> bytes:
        """Return a part, empty where there is none; names differ from entries in case or a backslash at times."""
        return self._archive.read(self._folded.get(name.lower(), name))

    def part(self, name: str, dropped: frozenset[str] = frozenset()) -> Node:
        """Return the root of a part, an element without content where there is none. Raises: DocumentError."""
        content = self.bytes_of(name) if name else b""
        return markup.tree(content, dropped) if content.strip() else _NOTHING

    def relations(self, name: str) -> dict[str, Relation]:
        """Return what a part points at, by id; the package itself is the empty name. Raises: DocumentError."""
        folder, _, last = name.rpartition("/")
        root = self.part(posixpath.join(folder, "_rels", f"{last}.rels"))
        found: dict[str, Relation] = {}
        for node in root:
            if node.tag == "Relationship" and len(found) < MAX_RELATIONS:
                kind = node.get("Type").rpartition("/")[2]
                is_external = node.get("TargetMode") == "External"
                found[node.get("Id")] = Relation(kind, _resolved(folder, node.get("Target")), is_external)
        return found

    def drawn(self, name: str) -> str:
        """Return the texts and numbers of a chart or diagram, each once. Raises: DocumentError."""
        texts = (node.text().strip() for node in self.part(name).all("t", "v"))
        return "; ".join(dict.fromkeys(shown(text, PLAIN) for text in texts if text))

    def has_macros(self) -> bool:
        """Say whether it carries a program; none is ever run."""
        return any(name.endswith("vbaproject.bin") for name in self._folded)


def _resolved(folder: str, target: str) -> str:
    target = unquote(target.replace("\\", "/"))
    return posixpath.normpath(target if target.startswith("/") else posixpath.join("/", folder, target)).lstrip("/")
