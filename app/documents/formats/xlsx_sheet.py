"""One sheet of an XLSX, read as it streams by: only cells that are there cost, not the dimensions that it claims."""

from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats import markup, xlsx_cells
from app.documents.formats.writer import MAX_CELLS

_TRUTH: Final = {"1": "TRUE", "0": "FALSE"}
_MAX_COLUMNS: Final = 16_384


class Sheet:
    """The rows of a sheet that hold something; `formulas` counts the cells that had no saved value."""

    def __init__(self, strings: list[str], formats: list[str], *, is_1904: bool) -> None:
        self.rows: list[list[str]] = []
        self.formulas = 0
        self.merged = 0
        self.has_hidden = False
        self._strings = strings
        self._formats = formats
        self._is_1904 = is_1904
        self._row: dict[int, str] = {}
        self._cell: dict[str, str] = {}
        self._texts: dict[str, list[str]] = {}
        self._into: list[str] | None = None
        self._is_in_phonetic = False
        self._next = 0
        self._width = 0
        self._cells = 0
        self._sparse: list[dict[int, str]] = []

    def read(self, content: bytes) -> None:
        """Read the part. Raises: DocumentError."""
        if not content:
            return
        markup.parse(content, self._begin, self._end, self._text)
        columns = sorted({column for row in self._sparse for column in row})
        if len(columns) * len(self._sparse) > MAX_CELLS:
            raise DocumentError("file_too_large", f"a sheet has more than {MAX_CELLS:,} cells")
        self.rows = [[row.get(column, "") for column in columns] for row in self._sparse]

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._cell = attributes
            self._texts = {"v": [], "f": [], "t": []}
        elif tag in ("v", "f", "t") and not self._is_in_phonetic:
            self._into = self._texts.get(tag)
        elif tag == "rPh":
            self._is_in_phonetic = True
        elif tag in ("row", "col"):
            self.has_hidden |= attributes.get("hidden") in ("1", "true")
            self._next = 0 if tag == "row" else self._next
        elif tag == "mergeCell":
            self.merged += 1

    def _text(self, text: str) -> None:
        if self._into is not None:
            self._into.append(text)

    def _end(self, tag: str) -> None:
        if tag in ("v", "f", "t"):
            self._into = None
        elif tag == "rPh":
            self._is_in_phonetic = False
        elif tag == "c":
            self._keep()
        elif tag == "row" and self._row:
            self._sparse.append(self._row)
            self._row = {}

    def _keep(self) -> None:
        place = xlsx_cells.column(self._cell.get("r", ""))
        place = place if 0 <= place < _MAX_COLUMNS else self._next
        self._next = place + 1
        text = self._shown().strip()
        self._texts = {}
        if text:
            self._cells += 1
            if self._cells > MAX_CELLS:
                raise DocumentError("file_too_large", f"a sheet has more than {MAX_CELLS:,} cells")
            self._row[place] = text

    def _shown(self) -> str:
        value, formula = "".join(self._texts["v"]), "".join(self._texts["f"]).strip()
        kind = self._cell.get("t", "n")
        if kind == "inlineStr":
            return xlsx_cells.unescaped("".join(self._texts["t"]))
        if not value and (formula or "f" in self._cell):
            self.formulas += 1
            return f"={formula}"
        if kind == "s":
            return self._strings[int(value)] if value.isdigit() and int(value) < len(self._strings) else ""
        if kind == "b":
            return _TRUTH.get(value, value)
        if kind == "n" and value:
            style = self._cell.get("s", "0")
            known = style.isdigit() and int(style) < len(self._formats)
            return xlsx_cells.shown(
                value, self._formats[int(style)] if known else xlsx_cells.PLAIN, is_1904=self._is_1904
            )
        return xlsx_cells.unescaped(value)
