"""XLSX: a page for each sheet, its cells as a table; values as they were saved, formulas where none was."""

from collections.abc import Iterator
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats import xlsx_cells
from app.documents.formats.markup import Node
from app.documents.formats.package import Package, Relation
from app.documents.formats.writer import Writer, labelled
from app.documents.formats.xlsx_sheet import Sheet
from app.documents.model import Document

_LOOKS: Final = frozenset(("rPr", "rPh", "phoneticPr", "fonts", "fills", "borders", "cellStyleXfs", "dxfs", "extLst"))
_MIRRORED: Final = "[Threaded comment]"  # what old programs show in place of a thread
_NO_NODE: Final = Node("nothing", {})


def read(kind: str, content: bytes) -> Document:
    """Return a workbook. Raises: DocumentError."""
    return _Workbook(Package(content)).document(kind)


class _Workbook:
    def __init__(self, package: Package) -> None:
        self._package = package
        main = package.main()
        self._root = package.part(main)
        self._relations = package.relations(main)
        self._writer = Writer()
        self._formats = xlsx_cells.formats(package.part(self._target("styles"), _LOOKS))
        self._strings = self._shared_strings()
        properties = self._root.find("workbookPr")
        self._is_1904 = properties is not None and properties.get("date1904") in ("1", "true")

    def document(self, kind: str) -> Document:
        sheets = self._root.find("sheets")
        for sheet in sheets if sheets is not None else ():
            relation = self._relations.get(sheet.get("r:id"))
            if relation is not None and relation.kind == "worksheet":
                self._sheet(sheet, relation)
            elif relation is not None:
                self._writer.note(f"the sheet “{sheet.get('name')}” is a {relation.kind} and was not read")
        if self._package.has_macros():
            self._writer.note("the file carries macros, which were neither run nor read")
        if not self._writer.pages:
            raise DocumentError("file_unreadable", "the workbook has no sheet")
        return self._writer.document(kind, has_pages=True)

    def _target(self, kind: str) -> str:
        return next((relation.target for relation in self._relations.values() if relation.kind == kind), "")

    def _shared_strings(self) -> list[str]:
        strings = self._package.part(self._target("sharedStrings"), _LOOKS)
        return [xlsx_cells.unescaped("".join(part.text() for part in node.all("t"))) for node in strings]

    def _sheet(self, node: Node, relation: Relation) -> None:
        name = node.get("name")
        sheet = Sheet(self._strings, self._formats, is_1904=self._is_1904)
        sheet.read(self._package.bytes_of(relation.target))
        self._writer.table(sheet.rows)
        for beside in self._beside(relation.target):
            self._writer.block(beside)
        if node.get("state", "visible") != "visible":
            self._writer.note(f"the sheet “{name}” is hidden")
            self._writer.note("the sheet is hidden", of_page=True)
        if sheet.formulas:
            self._writer.note(f"cells that show their formula, as no value was saved: {sheet.formulas:,}", of_page=True)
        if sheet.has_hidden:
            self._writer.note("hidden rows or columns were read as well", of_page=True)
        if sheet.merged:
            self._writer.note(f"merged areas, each with its text in the first cell: {sheet.merged:,}", of_page=True)
        self._writer.end_page(name)

    def _beside(self, part: str) -> Iterator[str]:
        """Yield the comments, charts and text boxes of a sheet."""
        for relation in self._package.relations(part).values():
            if relation.is_external:
                continue
            if relation.kind in ("comments", "threadedComment"):
                yield from self._comments(relation.target)
            elif relation.kind == "drawing":
                yield from self._drawing(relation.target)

    def _comments(self, part: str) -> Iterator[str]:
        for node in self._package.part(part, _LOOKS).all("comment", "threadedComment"):
            text = (node.find("text") or _NO_NODE).text().strip()
            if not text.startswith(_MIRRORED):
                yield labelled(f"Comment on {node.get('ref')}", [text])

    def _drawing(self, part: str) -> Iterator[str]:
        for drawn in self._package.relations(part).values():
            if drawn.kind == "chart" and not drawn.is_external:
                yield labelled("Chart", [self._package.drawn(drawn.target)])
        for shape in self._package.part(part).all("txBody"):
            paragraphs = ("".join(run.text() for run in node.all("t")) for node in shape if node.tag == "p")
            yield labelled("Text box", ["\n".join(filter(None, paragraphs))])
