"""What the extraction of a PDF returns."""

from typing import Annotated, Literal

from pydantic import Field

from app.processors.fields import Strict

MIN_TOPICS = 3
MAX_TOPICS = 5
UNKNOWN_DATE = "unknown"


class ExtractedArticle(Strict):
    """One article. `body` is the PDF's own text, paragraphs parted by blank lines; null is what it does not have.

    Fewer than 3 topics has only a text of fewer words.
    """

    title: str | None
    subtitle: str | None
    author: str | None
    body: str
    topics: Annotated[list[str], Field(max_length=MAX_TOPICS)]
    summary: str


class ExtractedTable(Strict):
    """One table of a page, row by row; all rows have the same number of cells."""

    rows: list[list[str]]


class PageDoubt(Strict):
    """One reason to doubt what was read; `share` (0 to 1) is how much of the page it concerns."""

    reason: str
    share: float
    detail: str = ""


class ExtractedPage(Strict):
    """One page, counted from 1; `reason` says why it was skipped (no_text_layer) or failed (an error code).

    `read_by` says where its text comes from: the PDF's own text layer, Tesseract, or a model that looked at the page's
    picture. `score` is 1 for what is surely right and 0 for what is surely wrong; a `doubtful` page has `doubts`.
    `left_out` counts running heads and page numbers that are not in the text; `left_out_text` has them on request.
    """

    page_number: int
    status: Literal["processed", "skipped", "failed"]
    reason: str | None = None
    articles: list[ExtractedArticle]
    layout: Literal["newspaper", "plain"] | None = None
    read_by: Literal["text_layer", "tesseract", "vision"] | None = None
    doubtful: bool = False
    doubts: list[PageDoubt] = Field(default_factory=list)
    score: float | None = None
    tables: list[ExtractedTable] = Field(default_factory=list)
    left_out: int = 0
    left_out_text: list[str] | None = None
    notes: list[str] = Field(default_factory=list)


class PdfExtractResult(Strict):
    """All pages in order; `issue_date` is an ISO date or "unknown"; `notes` say what else is in the file."""

    filename: str
    issue_date: str
    pages: list[ExtractedPage]
    notes: list[str] = Field(default_factory=list)
