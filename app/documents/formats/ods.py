"""ODS: a page for each sheet, its cells as a table."""

from io import BytesIO
from typing import Final

from app.documents.archives import Archive
from app.documents.errors import DocumentError
from app.documents.formats.markup import Node
from app.documents.formats.odf import part
from app.documents.formats.writer import MAX_CELLS, Writer
from app.documents.formats.xlsx_cells import plain
from app.documents.model import Document

_REPEATED: Final = "number-columns-repeated"
_ROWS_REPEATED: Final = "number-rows-repeated"
_MAX_DIGITS: Final = 8


def read(kind: str, content: bytes) -> Document:
    """Return a spreadsheet. Raises: DocumentError."""
    root = part(Archive(BytesIO(content)), "content.xml")
    body = root.find("body", "spreadsheet")
    writer = Writer()
    hidden = _hidden_styles(root)
    for table in body if body is not None else ():
        if table.tag == "table":
            writer.table(_rows(table))
            if table.get("style-name") in hidden:
                writer.note(f"the sheet “{table.get('name')}” is hidden")
            writer.end_page(table.get("name"))
    if not writer.pages:
        raise DocumentError("file_unreadable", "the spreadsheet has no sheet")
    return writer.document(kind, has_pages=True)


def _hidden_styles(root: Node) -> set[str]:
    return {
        style.get("name")
        for style in root.all("style")
        if (looks := style.find("table-properties")) is not None and looks.get("display") == "false"
    }


def _rows(table: Node) -> list[list[str]]:
    rows: list[list[str]] = []
    cells = 0
    for row in table.all("table-row"):
        found = _row(row)
        for _ in range(_repeats(row, _ROWS_REPEATED) if found else 0):
            cells += len(found)
            if cells > MAX_CELLS:
                raise DocumentError("file_too_large", f"a sheet has more than {MAX_CELLS:,} cells")
            rows.append(found)
    return rows


def _row(row: Node) -> list[str]:
    """Return the cells of a row up to the last that holds something; what is empty is repeated a million times."""
    found: list[str] = []
    empty = 0
    for cell in row:
        if cell.tag not in ("table-cell", "covered-table-cell"):
            continue
        text, repeats = _shown(cell), _repeats(cell, _REPEATED)
        if not text:
            empty += repeats
            continue
        if len(found) + empty + repeats > MAX_CELLS:
            raise DocumentError("file_too_large", f"a sheet has more than {MAX_CELLS:,} cells")
        found += [""] * empty + [text] * repeats
        empty = 0
    return found


def _shown(cell: Node) -> str:
    kind = cell.get("value-type")
    if kind == "float":
        try:
            return plain(float(cell.get("value")), cell.get("value"))
        except ValueError:
            pass
    if kind == "date" and cell.get("date-value"):
        return cell.get("date-value").replace("T", " ")
    return "\n".join(line.text() for line in cell if line.tag == "p").strip()


def _repeats(node: Node, name: str) -> int:
    value = node.get(name, "1")
    return int(value) if value.isascii() and value.isdigit() and len(value) < _MAX_DIGITS else 1
