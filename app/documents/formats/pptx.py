"""PPTX: a page for each slide, its text and tables in the order of its shapes, then the speaker's notes."""

from collections.abc import Iterator
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats.markup import Node
from app.documents.formats.package import Package, Relation
from app.documents.formats.writer import Writer, labelled
from app.documents.model import Document

_BROKEN: Final = "\n"
_NOT_TEXT: Final = frozenset(("sldNum", "dt", "ftr", "hdr"))  # places of number, date and margins on each slide
_NAMES: Final = frozenset(("title", "ctrTitle"))


def read(kind: str, content: bytes) -> Document:
    """Return a presentation. Raises: DocumentError."""
    package = Package(content)
    main = package.main()
    root = package.part(main)
    relations = package.relations(main)
    writer = Writer()
    for pointer in root.all("sldId"):
        relation = relations.get(pointer.get("r:id"))
        if relation is not None and not relation.is_external:
            _slide(package, relation.target, writer)
    if package.has_macros():
        writer.note("the file carries macros, which were neither run nor read")
    if not writer.pages:
        raise DocumentError("file_unreadable", "the presentation has no slide")
    return writer.document(kind, has_pages=True)


def _slide(package: Package, part: str, writer: Writer) -> None:
    root = package.part(part)
    title = ""
    for shape in root.all("sp", "graphicFrame", "pic"):
        place = next(shape.all("ph"), None)
        kind = place.get("type", "body") if place is not None else ""
        if kind in _NOT_TEXT:
            continue
        if kind in _NAMES and not title:
            title = " ".join(_paragraphs(shape))
        _shape(shape, writer)
    for relation in package.relations(part).values():
        if not relation.is_external:
            _beside(package, relation, writer)
    if root.get("show") == "0":
        writer.note("the slide is hidden", of_page=True)
        writer.note(f"slide {len(writer.pages) + 1} is hidden")
    writer.end_page(title)


def _shape(shape: Node, writer: Writer) -> None:
    table = next(shape.all("tbl"), None)
    if table is not None:
        writer.table([["\n".join(_paragraphs(cell)) for cell in row if cell.tag == "tc"] for row in table.all("tr")])
        return
    writer.block("\n".join(_paragraphs(shape)))
    properties = next(shape.all("cNvPr"), None)
    if properties is not None and properties.get("descr").strip():
        writer.block(f"[{' '.join(properties.get('descr').split())}]")


def _beside(package: Package, relation: Relation, writer: Writer) -> None:
    if relation.kind == "notesSlide":
        shapes = [shape for shape in package.part(relation.target).all("sp") if _is_body(shape)]
        writer.block(labelled("Notes", ["\n".join(_paragraphs(shape)) for shape in shapes]))
    elif relation.kind in ("chart", "diagramData"):
        writer.block(labelled("Chart" if relation.kind == "chart" else "Diagram", [package.drawn(relation.target)]))
    elif relation.kind == "comments":
        for comment in package.part(relation.target).all("cm"):
            text = next(comment.all("text", "txBody"), None)
            writer.block(labelled("Comment", [text.text() if text is not None else ""]))


def _is_body(shape: Node) -> bool:
    place = next(shape.all("ph"), None)
    return place is not None and place.get("type", "body") == "body"


def _paragraphs(node: Node) -> Iterator[str]:
    for paragraph in node.all("p"):
        text = "".join(_BROKEN if part.tag == "br" else part.text() for part in paragraph.all("t", "br"))
        if text.strip():
            yield text.strip()
