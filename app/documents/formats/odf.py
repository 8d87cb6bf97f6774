"""ODT and ODP: text with its lists, tables, notes and margins; a presentation has a page for each slide."""

from collections.abc import Iterator
from io import BytesIO
from typing import Final

from app.documents.archives import Archive
from app.documents.errors import DocumentError
from app.documents.formats import markup
from app.documents.formats.markup import Node
from app.documents.formats.writer import Writer, labelled
from app.documents.model import Document

Block = str | list[list[str]]

_GONE: Final = frozenset(
    ("tracked-changes", "hidden-text", "hidden-paragraph", "sequence-decls", "forms", "settings", "title", "desc",
     "creator", "date", "note-citation", "shapes", "event-listeners")
)  # fmt: skip
_MAX_REPEATS: Final = 1000


def read(kind: str, content: bytes) -> Document:
    """Return an OpenDocument text or presentation. Raises: DocumentError."""
    archive = Archive(BytesIO(content))
    root = part(archive, "content.xml")
    body = root.find("body", "text") or root.find("body", "presentation")
    if body is None:
        raise DocumentError("file_unreadable", "the file has no body")
    writer = Writer()
    story = Story(root)
    if kind == "odp":
        for slide in body:
            if slide.tag == "page":
                _write(writer, story, slide)
                writer.end_page(slide.get("name"))
        _tell(writer, story)
        return writer.document(kind, has_pages=True)
    margins = part(archive, "styles.xml").find("master-styles")
    heads, feet = (_margins(margins, names) for names in (("header",), ("footer",)))
    writer.block(labelled("Header", heads))
    _write(writer, story, body)
    writer.block(labelled("Footer", feet))
    if next(body.all("tracked-changes"), None) is not None:
        writer.note("tracked changes were read as accepted")
    _tell(writer, story)
    return writer.document(kind)


def _tell(writer: Writer, story: "Story") -> None:
    if story.has_hidden:
        writer.note("hidden text was left out")
    if story.has_objects:
        writer.note("charts and other embedded objects were not read")


def part(archive: Archive, name: str) -> Node:
    """Return the root of a part. Raises: DocumentError; file_encrypted where the document needs a password."""
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise DocumentError("file_encrypted", "the document is protected by a password")
    content = archive.read(name)
    return markup.tree(content) if content.strip() else Node("nothing", {})


def _write(writer: Writer, story: "Story", node: Node) -> None:
    for block in story.blocks(node):
        writer.block(block) if isinstance(block, str) else writer.table(block)
    for note in story.take_notes():
        writer.block(note)


def _margins(node: Node | None, names: tuple[str, ...]) -> list[str]:
    story = Story(Node("nothing", {}))
    texts = (story.text(margin) for margin in node.all(*names)) if node is not None else ()
    return [text for text in dict.fromkeys(texts) if not text.strip().isdigit()]


class Story:
    """Walks the content of one document."""

    def __init__(self, root: Node) -> None:
        self._numbered = {style.get("name") for style in root.all("list-style") if _is_numbered(style)}
        self._hidden = {
            style.get("name")
            for style in root.all("style")
            if (looks := style.find("text-properties")) is not None and looks.get("display") == "none"
        }
        self.has_hidden = False
        self.has_objects = False
        self._notes: list[str] = []
        self._count = 0
        self._boxes: list[str] = []

    def take_notes(self) -> list[str]:
        """Return the notes and comments since the last call."""
        found, self._notes = self._notes, []
        return found

    def text(self, node: Node) -> str:
        """Return all blocks below an element as lines."""
        blocks = (one if isinstance(one, str) else "\n".join(map(" | ".join, one)) for one in self.blocks(node))
        return "\n".join(filter(None, blocks))

    def blocks(self, node: Node) -> Iterator[Block]:
        """Yield paragraphs, list items and tables below an element; text boxes follow their paragraph."""
        for child in node:
            if child.tag in ("p", "h"):
                yield self._inline(child).strip()
                boxes, self._boxes = self._boxes, []
                yield from boxes
            elif child.tag == "list":
                yield "\n".join(self._items(child, "", is_numbered=child.get("style-name") in self._numbered))
            elif child.tag == "table":
                yield self._rows(child)
            elif child.tag == "notes":
                yield labelled("Notes", [self.text(child)])
            elif child.tag not in _GONE:
                yield from self.blocks(child)

    def _items(self, node: Node, indent: str, *, is_numbered: bool) -> Iterator[str]:
        count = 0
        for item in node:
            if item.tag != "list-item":
                continue
            count += 1
            mark = f"{indent}{count}. " if is_numbered else f"{indent}• "
            for child in item:
                if child.tag == "list":
                    yield from self._items(child, indent + "  ", is_numbered=is_numbered)
                else:
                    yield mark + (self._inline(child) if child.tag in ("p", "h") else self.text(child))
                    mark = indent + "  "

    def _rows(self, table: Node) -> list[list[str]]:
        return [
            [self.text(cell).removeprefix("• ") for cell in row if cell.tag in ("table-cell", "covered-table-cell")]
            for row in table.all("table-row")
        ]

    def _inline(self, node: Node) -> str:
        return "".join(self._pieces(node))

    def _pieces(self, node: Node) -> Iterator[str]:
        for piece in node.content:
            if isinstance(piece, str):
                yield " ".join(piece.split("\n"))
            elif piece.tag == "s":
                count = piece.get("c", "1")
                yield " " * min(int(count) if count.isdigit() else 1, _MAX_REPEATS)
            elif piece.tag in ("tab", "line-break"):
                yield "\t" if piece.tag == "tab" else "\n"
            elif piece.tag not in _GONE:
                yield self._special(piece)

    def _special(self, node: Node) -> str:
        if node.tag == "note":
            return self._note(node)
        if node.tag == "frame":
            return self._frame(node)
        if node.tag != "annotation":
            is_hidden = node.get("style-name") in self._hidden
            self.has_hidden |= is_hidden
            return "" if is_hidden else self._inline(node)
        author = node.find("creator")
        self._notes.append(labelled(f"Comment by {author.text()}" if author else "Comment", [self.text(node)]))
        return ""

    def _note(self, node: Node) -> str:
        self._count += 1
        mark = f"[{self._count}]"
        body = node.find("note-body")
        self._notes.append(f"{mark} {self.text(body) if body is not None else ''}")
        return mark

    def _frame(self, node: Node) -> str:
        self.has_objects |= node.find("object") is not None
        outer, self._boxes = self._boxes, []
        written = self.text(node)
        self._boxes = [*outer, *self._boxes, labelled("Text box", [written])]
        description = node.find("desc") or node.find("title")
        return f"[{' '.join(description.text().split())}]" if description is not None else ""


def _is_numbered(style: Node) -> bool:
    return any(level.tag == "list-level-style-number" and level.get("level") == "1" for level in style)
