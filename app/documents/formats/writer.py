"""Collect what a reader finds into pages: blocks of text and tables, within limits."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from app.documents.errors import DocumentError
from app.documents.model import Document, Page, Table, joined, markdown

MAX_CHARS: Final = 5_000_000
MAX_CELLS: Final = 500_000

Reader = Callable[[str, bytes], Document]
Rows = Sequence[Sequence[str]]


class Writer:
    """The pages of one document; counts what is written and refuses what is too much."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self.notes: dict[str, None] = {}
        self._blocks: list[str] = []
        self._tables: list[Table] = []
        self._page_notes: dict[str, None] = {}
        self._chars = 0
        self._cells = 0

    def block(self, text: str) -> None:
        """Add a block of text; an empty one is none. Raises: DocumentError (file_too_large)."""
        if text.strip():
            self._count(len(text), 0)
            self._blocks.append(text.strip("\n"))

    def table(self, rows: Rows) -> None:
        """Add a table: rows are padded to one width, empty rows and columns are left out. Raises: DocumentError."""
        used = [row for row in rows if any(row)]
        columns = sorted({place for row in used for place, cell in enumerate(row) if cell})
        if not columns:
            return
        self._count(sum(len(cell) for row in used for cell in row), len(used) * len(columns))
        table = Table(tuple(tuple(row[at] if at < len(row) else "" for at in columns) for row in used))
        self._tables.append(table)
        self._blocks.append(markdown(table))

    def note(self, text: str, *, of_page: bool = False) -> None:
        """Say something once about the document, or about the page that is being written."""
        (self._page_notes if of_page else self.notes)[text] = None

    def end_page(self, label: str = "") -> None:
        """Make a page of what was added since the last one."""
        text = joined(self._blocks)
        self.pages.append(
            Page(
                len(self.pages) + 1,
                text,
                has_text=bool(text),
                label=label,
                tables=tuple(self._tables),
                notes=tuple(self._page_notes),
            )
        )
        self._blocks, self._tables, self._page_notes = [], [], {}

    def document(self, kind: str, *, encoding: str | None = None, has_pages: bool = False) -> Document:
        """Return the document; what was added since the last page is one more."""
        if self._blocks or not self.pages:
            self.end_page()
        pages = tuple(self.pages)
        count = len(pages) if has_pages else None
        return Document(kind, pages, page_count=count, encoding=encoding, notes=tuple(self.notes))

    def _count(self, chars: int, cells: int) -> None:
        self._chars += chars
        self._cells += cells
        if self._cells > MAX_CELLS:
            raise DocumentError("file_too_large", f"the file has more than {MAX_CELLS:,} cells")
        if self._chars > MAX_CHARS:
            raise DocumentError("file_too_large", f"the file has more than {MAX_CHARS:,} characters of text")


def labelled(label: str, texts: Iterable[str]) -> str:
    """Return texts as one block under a label, empty where there are none."""
    found = [text for text in texts if text.strip()]
    return f"{label}: " + "\n".join(found) if found else ""
