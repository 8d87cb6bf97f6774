"""What the extraction of a PDF returns."""

from typing import Annotated, Literal

from pydantic import Field

from app.processors.fields import Strict

MIN_TOPICS = 3
MAX_TOPICS = 5
UNKNOWN_DATE = "unknown"

NO_TEXT_LAYER = "no_text_layer"


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


class ExtractedPage(Strict):
    """One page, counted from 1; `reason` says why it was skipped (no_text_layer) or failed (an error code)."""

    page_number: int
    status: Literal["processed", "skipped", "failed"]
    reason: str | None = None
    articles: list[ExtractedArticle]


class PdfExtractResult(Strict):
    """All pages in order; `issue_date` is an ISO date or "unknown"."""

    filename: str
    issue_date: str
    pages: list[ExtractedPage]
