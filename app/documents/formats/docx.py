"""DOCX: the body with its lists and tables, and all that Word keeps apart from it, labelled.

Tracked changes are read as accepted, hidden text is left out and said, both dialects (transitional, strict) are read.
"""

from collections.abc import Iterator
from typing import Final

from app.documents.formats.docx_lists import Lists
from app.documents.formats.docx_story import Shared, Story, Style, flat
from app.documents.formats.html import read as read_html
from app.documents.formats.markup import Node
from app.documents.formats.package import Package, Relation
from app.documents.formats.writer import Writer, labelled
from app.documents.model import Document

# Looks alone: not kept, as they are most of what a long document consists of.
_LOOKS: Final = frozenset(
    (
        "rFonts", "sz", "szCs", "lang", "color", "spacing", "ind", "jc", "b", "bCs", "i", "iCs", "u", "kern", "shd",
        "tcBorders", "tblBorders", "pBdr", "tabs", "tcMar", "tcW", "tblGrid", "pPrChange", "rPrChange", "tblPrChange",
        "tcPrChange", "trPrChange", "sectPrChange", "blipFill", "spPr", "bookmarkStart", "bookmarkEnd", "proofErr",
        "lastRenderedPageBreak", "textFill", "textOutline", "lsdException",
    )
)  # fmt: skip
_DIAGRAMS: Final = {"chart": "Chart", "diagramData": "Diagram"}
_CHUNK: Final = "aFChunk"
_HEADING: Final = {"footnote": "Footnotes", "endnote": "Endnotes"}


def read(kind: str, content: bytes) -> Document:
    """Return a DOCX as one page. Raises: DocumentError."""
    return _Reading(Package(content)).document(kind)


class _Reading:
    def __init__(self, package: Package) -> None:
        self._package = package
        self._main = package.main()
        self._relations = package.relations(self._main)
        self._writer = Writer()
        lists = Lists(self._package.part(self._target("numbering"), _LOOKS))
        self._shared = Shared(_styles(self._package.part(self._target("styles"), _LOOKS)), lists)

    def document(self, kind: str) -> Document:
        root = self._package.part(self._main, _LOOKS)
        heads, feet = self._margins(root)
        self._writer.block(labelled("Header", heads))
        story = self._story(self._main)
        for body in root:
            for block in story.blocks(body):
                self._writer.block(block) if isinstance(block, str) else self._writer.table(block)
        for which, heading in _HEADING.items():
            self._writer.block(labelled(heading, self._notes(which)))
        for comment in self._comments():
            self._writer.block(comment)
        self._writer.block(labelled("Footer", feet))
        self._tell()
        return self._writer.document(kind)

    def _tell(self) -> None:
        if self._shared.has_hidden:
            self._writer.note("hidden text was left out")
        if self._shared.has_changes:
            self._writer.note("tracked changes were read as accepted")
        if self._package.has_macros():
            self._writer.note("the file carries macros, which were neither run nor read")
        if any(relation.kind in ("oleObject", "package") for relation in self._relations.values()):
            self._writer.note("files that are embedded in it were not read")

    def _target(self, kind: str) -> str:
        return next((relation.target for relation in self._relations.values() if relation.kind == kind), "")

    def _story(self, part: str) -> Story:
        relations = self._relations if part == self._main else self._package.relations(part)
        return Story(self._shared, lambda identity: self._drawn(relations.get(identity)))

    def _drawn(self, relation: Relation | None) -> str:
        if relation is None or relation.is_external:
            return ""
        if relation.kind == _CHUNK:
            return self._chunk(relation.target)
        if relation.kind not in _DIAGRAMS:
            return ""
        return labelled(_DIAGRAMS[relation.kind], [self._package.drawn(relation.target)])

    def _chunk(self, name: str) -> str:
        """Return a page that some programs put into a DOCX whole, for Word to turn into paragraphs."""
        if name.lower().endswith((".htm", ".html", ".xhtml")):
            return read_html("html", self._package.bytes_of(name)).text
        self._writer.note("a document that is embedded in it was not read")
        return ""

    def _margins(self, root: Node) -> tuple[list[str], list[str]]:
        """Return the texts of the headers and the footers that are shown, each once."""
        has_even = self._package.part(self._target("settings"), _LOOKS).find("evenAndOddHeaders") is not None
        found: dict[str, dict[str, None]] = {"headerReference": {}, "footerReference": {}}
        for section in root.all("sectPr"):
            shown = {"default"} | ({"even"} if has_even else set())
            shown |= {"first"} if section.find("titlePg") is not None else set()
            for pointer in section:
                relation = self._relations.get(pointer.get("r:id"))
                if pointer.tag in found and pointer.get("type", "default") in shown and relation is not None:
                    found[pointer.tag][relation.target] = None
        heads, feet = ([self._margin(target) for target in targets] for targets in found.values())
        return list(dict.fromkeys(heads)), list(dict.fromkeys(feet))

    def _margin(self, part: str) -> str:
        text = self._story(part).text(self._package.part(part, _LOOKS))
        return "" if text.strip().isdigit() else text  # a page number alone

    def _notes(self, which: str) -> Iterator[str]:
        part = self._target(f"{which}s")
        story = self._story(part)
        for node in self._package.part(part, _LOOKS):
            if node.tag == which and node.get("type", "normal") == "normal":
                count = self._shared.references.get((which, node.get("id")))
                text = " ".join(map(flat, story.blocks(node))).strip()
                yield f"[{count}] {text}" if count else text

    def _comments(self) -> Iterator[str]:
        part = self._target("comments")
        story = self._story(part)
        for node in self._package.part(part, _LOOKS):
            author = node.get("author")
            yield labelled(f"Comment by {author}" if author else "Comment", [story.text(node)])


def _styles(root: Node) -> dict[str, Style]:
    nodes = {node.get("styleId"): node for node in root if node.tag == "style"}
    return {name: _style(name, nodes) for name in nodes}


def _style(name: str, nodes: dict[str, Node]) -> Style:
    """Return what a style says itself or takes from those that it is based on."""
    seen: set[str] = set()
    hidden, number, level = "", "", ""
    while name in nodes and name not in seen:
        seen.add(name)
        node = nodes[name]
        vanish, listed = node.find("rPr", "vanish"), node.find("pPr", "numPr")
        hidden = hidden or (vanish.get("val", "1") if vanish is not None else "")
        if listed is not None and not number:
            values = {child.tag: child.get("val") for child in listed}
            number, level = values.get("numId", ""), values.get("ilvl", "")
        based_on = node.find("basedOn")
        name = based_on.get("val") if based_on is not None else ""
    return Style(hidden not in ("", "0", "false", "off"), number, level)
