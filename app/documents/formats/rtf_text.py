"""The words of RTF, and the text of one part of it: paragraphs, and cells on their way into tables."""

from typing import Final

Block = str | list[list[str]]

CHARSETS: Final = {  # Source: RTF 1.9.1, font table, \fcharset
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "big5hkscs",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    255: "cp850",
}
SIGNS: Final = {
    "par": "\n",
    "sect": "\n",
    "page": "\n",
    "line": "\v",
    "tab": "\t",
    "cell": "\x1c",
    "nestcell": "\t",
    "row": "\x1d",
    "nestrow": "\v",
    "emdash": "—",
    "endash": "–",  # noqa: RUF001 - meant
    "lquote": "‘",  # noqa: RUF001
    "rquote": "’",  # noqa: RUF001
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
}
SKIPPED: Final = frozenset(
    (
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "objdata", "themedata", "colorschememapping", "datastore",
        "fldinst", "listtable", "listoverridetable", "rsidtbl", "xmlnstbl", "nonshppict", "latentstyles", "filetbl",
        "revtbl", "sp", "generator", "bkmkstart", "bkmkend", "objclass", "objname", "tc", "xe", "rxe", "txe", "upr",
        "atnid", "atnauthor", "atndate", "atnref", "annotationend", "falt", "panose", "private", "formfield",
    )
)  # fmt: skip
MARGINS: Final = {
    "header": "Header",
    "headerl": "Header",
    "headerr": "Header",
    "headerf": "Header",
    "footer": "Footer",
    "footerl": "Footer",
    "footerr": "Footer",
    "footerf": "Footer",
    "footnote": "Note",
    "annotation": "Comment",
}
KEPT: Final = frozenset(("shpinst", "annotation", "footnote", "ud", "shppict", "nesttableprops"))  # though optional
_CELL: Final = "\x1c"
_ROW: Final = "\x1d"


class Flow:
    """Text that arrives as bytes of changing code pages, as Unicode and as signs."""

    def __init__(self) -> None:
        self._blocks: list[Block] = []
        self._pieces: list[str] = []
        self._bytes = bytearray()
        self._codec = "ascii"
        self._rows: list[list[str]] = []
        self._row: list[str] = []

    def add(self, found: bytes, codec: str) -> None:
        """Add bytes; those of one letter may come one by one."""
        if codec != self._codec:
            self._flush()
            self._codec = codec
        self._bytes += found

    def letter(self, unit: str) -> None:
        """Add a character, or half of one."""
        self._flush()
        self._pieces.append(unit)

    def sign(self, sign: str, *, is_in_table: bool) -> None:
        """Add a sign; one of `SIGNS` may end a paragraph, a cell or a row."""
        self._flush()
        if sign == _CELL:
            self._row.append(self._taken())
        elif sign == _ROW:
            self._rows.append(self._row)
            self._row = []
        elif sign == "\n" and not is_in_table:
            self._end_paragraph()
        else:
            self._pieces.append("\n" if sign == "\v" else sign)

    def blocks(self) -> list[Block]:
        """Return paragraphs and tables."""
        self._flush()
        self._end_paragraph()
        self._end_table()
        return self._blocks

    def text(self) -> str:
        """Return all blocks as lines."""
        return "\n".join(one if isinstance(one, str) else "\n".join(map(" | ".join, one)) for one in self.blocks())

    def _end_paragraph(self) -> None:
        found = self._taken()
        if found:
            self._end_table()
            self._blocks.append(found)

    def _end_table(self) -> None:
        rows = [*self._rows, *([self._row] if self._row else [])]
        self._rows, self._row = [], []
        if rows:
            self._blocks.append(rows)

    def _taken(self) -> str:
        found = "".join(self._pieces)
        self._pieces = []
        return found.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()

    def _flush(self) -> None:
        if self._bytes:
            self._pieces.append(self._bytes.decode(self._codec, "replace"))
            self._bytes.clear()
