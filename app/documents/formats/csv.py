"""Tables as text: CSV, TSV and their kin. The delimiter is told from the rows, numbers stay as they are written."""

import csv
from collections import Counter
from io import StringIO
from itertools import islice
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats.plain import decoded, note_replaced
from app.documents.formats.writer import MAX_CELLS, MAX_CHARS, Writer
from app.documents.model import Document

_DELIMITERS: Final = ("\t", ";", "|", ",")  # a comma comes last: it stands in numbers and sentences, too
_LOOKED_AT_ROWS: Final = 60
_LOOKED_AT_CHARS: Final = 65_536
_DECLARED: Final = "sep="  # Excel's own first line
_MAX_LINES_A_CELL: Final = 300  # more are a quote that nobody closed


def read(kind: str, content: bytes) -> Document:
    """Return a table as one page. Raises: DocumentError."""
    found = decoded(content, [])
    text = found.text.lstrip("\n")
    first, _, rest = text.partition("\n")
    delimiter = ""
    if first.lower().startswith(_DECLARED) and len(first.rstrip()) == len(_DECLARED) + 1:
        text, delimiter = rest, first[len(_DECLARED)]
    delimiter = delimiter or _delimiter(text)
    writer = Writer()
    rows = _rows(text, delimiter)
    if any(cell.count("\n") > _MAX_LINES_A_CELL for row in rows for cell in row):
        rows = _rows(text, delimiter, has_quotes=False)
        writer.note("a quotation mark is never closed; the marks were read as letters")
    widths = Counter(map(len, filter(None, rows)))
    if len(widths) > 1:
        writer.note(f"rows have from {min(widths):,} to {max(widths):,} cells; short ones were filled up")
    writer.table(rows)
    note_replaced(writer, found)
    return writer.document(kind, encoding=found.encoding)


def _rows(text: str, delimiter: str, *, has_quotes: bool = True) -> list[list[str]]:
    csv.field_size_limit(MAX_CHARS)
    lines = StringIO(text, newline="")
    if has_quotes:
        reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    else:
        reader = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    rows: list[list[str]] = []
    cells = 0
    try:
        for row in reader:
            cells += len(row)
            if cells > MAX_CELLS:
                raise DocumentError("file_too_large", f"the file has more than {MAX_CELLS:,} cells")
            rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise DocumentError(
            "file_unreadable", f"row {reader.line_num:,} of the table cannot be read: {error}"
        ) from None
    return rows


def _delimiter(text: str) -> str:
    """Return the delimiter that gives the most rows the same number of cells; of equals no comma, then most cells."""
    start = text[:_LOOKED_AT_CHARS]
    return max(_DELIMITERS, key=lambda delimiter: _evenness(start, delimiter))


def _evenness(start: str, delimiter: str) -> tuple[float, bool, int]:
    try:
        rows = list(islice(csv.reader(StringIO(start, newline=""), delimiter=delimiter), _LOOKED_AT_ROWS))
    except csv.Error:
        return (0.0, False, 0)
    widths = Counter(len(row) for row in rows if row)
    several = {width: count for width, count in widths.items() if width > 1}
    if not several:
        return (0.0, False, 0)
    width, count = max(several.items(), key=lambda pair: (pair[1], pair[0]))
    return (round(count / widths.total(), 1), delimiter != ",", width)
