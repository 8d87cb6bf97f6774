"""A document as it was read: pages of text, tables and articles, and what is to be doubted about each page.

Plain values that the reading process writes as JSON and the worker reads again; whatever the file was, they are the
same. A format without pages has one page.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal

Layout = Literal["newspaper", "plain"]
ReadBy = Literal["text_layer", "tesseract", "vision"]

# Why a page is doubtful.
SINGLE_LETTERS: Final = "single_letters"  # words that are one letter each
UNMAPPED: Final = "unmapped_glyphs"  # glyphs that no letter belongs to
WRONG_MAP: Final = "wrong_letters"  # the font's own names or the words say other letters than its map does
UNKNOWN_WORDS: Final = "unknown_words"  # words that neither a dictionary nor a second reader knows
OVERLAP: Final = "overlapping_text"  # words that are printed upon each other
HIDDEN: Final = "hidden_text"  # text that nobody sees was all there is, or was left out
PICTURE: Final = "text_in_pictures"  # most of the page is a picture, with little text
NO_TEXT: Final = "no_text_layer"
UNREAD_FORM: Final = "unread_form"  # the pages only ask for another program, which would show a form
LOW_CONFIDENCE: Final = "low_confidence"  # what read the page's picture was not sure of it
READINGS_DIFFER: Final = "readings_differ"  # two ways to read the page's picture do not agree


@dataclass(frozen=True, slots=True)
class Doubt:
    """One reason to doubt a page; `share` (0 to 1) is how much of the page it concerns, `detail` a short sentence."""

    reason: str
    share: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells, each as text; the first row may be a heading. All rows have the same number of cells."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Article:
    """An article; `title` is None where no headline stands, `candidates` are then lines that may be one."""

    title: str | None
    subtitle: str | None
    author: str | None
    body: str
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """One page, sheet or chapter, counted from 1.

    `text` is all that was read, in the order of reading, blocks parted by blank lines, tables as Markdown. `label` is
    its name where it has one (a sheet's). `score` is 1 for what is surely right and 0 for what is surely wrong.
    `left_out` are running heads and page numbers that were not taken into the text. `notes` say in sentences what else
    the reader of the text should know, such as hidden text that was left out.
    """

    number: int
    text: str
    has_text: bool = True
    layout: Layout = "plain"
    label: str = ""
    articles: tuple[Article, ...] = ()
    tables: tuple[Table, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    score: float = 1.0
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    read_by: ReadBy = "text_layer"

    @property
    def is_doubtful(self) -> bool:
        """Whether something speaks against what was read."""
        return bool(self.doubts)


@dataclass(frozen=True, slots=True)
class Document:
    """What was read of a file.

    `kind` is a word of `kinds.Kind`; `page_count` is None where the format has no pages, and may be more than were
    read. `encoding` is what a text was written in, None for other formats. `heads` are the lines of a PDF that may
    tell its date of issue. `notes` say in sentences what the reader of the text should know, such as hidden sheets.
    """

    kind: str
    pages: tuple[Page, ...]
    page_count: int | None = None
    encoding: str | None = None
    heads: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """The text of all pages that were read, parted by blank lines."""
        return "\n\n".join(page.text for page in self.pages if page.text)


def to_json(document: Document) -> dict[str, Any]:
    """Return a document as a JSON object."""
    return asdict(document)


def from_json(found: Mapping[str, Any]) -> Document:
    """Return the document that `to_json` wrote."""
    return Document(
        kind=found["kind"],
        pages=tuple(map(_page, found["pages"])),
        page_count=found["page_count"],
        encoding=found["encoding"],
        heads=tuple(found["heads"]),
        notes=tuple(found["notes"]),
    )


def _page(found: Mapping[str, Any]) -> Page:
    return Page(
        **{name: found[name] for name in ("number", "text", "has_text", "layout", "label", "score", "read_by")},
        articles=tuple(Article(**{**one, "candidates": tuple(one["candidates"])}) for one in found["articles"]),
        tables=tuple(Table(tuple(map(tuple, one["rows"]))) for one in found["tables"]),
        doubts=tuple(Doubt(**one) for one in found["doubts"]),
        left_out=tuple(found["left_out"]),
        notes=tuple(found["notes"]),
    )


def markdown(table: Table) -> str:
    """Return a table as Markdown, a line for each row; a cell is on one line and its bars are escaped."""
    lines = [f"| {' | '.join(map(_cell, row))} |" for row in table.rows]
    if lines:
        lines.insert(1, "|" + " --- |" * len(table.rows[0]))
    return "\n".join(lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def joined(parts: Iterable[str]) -> str:
    """Return blocks of text parted by blank lines, empty ones left out."""
    return "\n\n".join(part for part in parts if part)
