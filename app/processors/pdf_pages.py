"""Work on the pages of a PDF, a few at once; each is kept as it ends and not done again by a later attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.documents.model import NO_TEXT, Page
from app.documents.process import Source
from app.llm.base import ModelError
from app.processors.base import Context, ProcessorError
from app.processors.pdf_articles import describe
from app.processors.pdf_results import ExtractedPage
from app.processors.pdf_scans import read_scan
from app.processors.side_by_side import each

_FAULTS_OF_A_PAGE = frozenset(["invalid_output", "file_unreadable", "file_too_large", "read_timeout"])
_REFUSALS_OF_A_PAGE = frozenset(["content_refused", "context_too_long", "provider_rejected"])


@dataclass(slots=True)
class Extraction:
    """The pages so far, by number; `faults` say what was wrong with failed ones, `stop` what ended the work."""

    pages: dict[int, ExtractedPage] = field(default_factory=dict)
    faults: dict[int, ProcessorError] = field(default_factory=dict)
    stop: Exception | None = None

    @property
    def in_order(self) -> list[ExtractedPage]:
        """The pages as they stand in the PDF."""
        return [self.pages[number] for number in sorted(self.pages)]


async def extract_pages(source: Source, pages: Sequence[Page], context: Context) -> Extraction:
    """Return what became of the pages.

    What is wrong with one page marks it as failed. What is wrong with all, such as a provider that is down, is in
    `stop`: then no page was begun any more, and those under way had ended.
    """
    done = Extraction(pages=await _kept(pages, context))

    async def work(page: Page) -> None:
        await _extract(source, page, context, done)
        await _tell(done, len(pages), context)

    await _tell(done, len(pages), context)
    try:
        await each([page for page in pages if page.number not in done.pages], work)
    except Exception as error:  # noqa: BLE001 - the caller raises it, with the pages that are done
        done.stop = error
    return done


async def _tell(done: Extraction, total: int, context: Context) -> None:
    await context.progress(len(done.pages), total, f"{len(done.pages)} of {total} pages")


async def _kept(pages: Sequence[Page], context: Context) -> dict[int, ExtractedPage]:
    parts = await context.parts()
    found = {page.number: parts.get(_key(page)) for page in pages}
    return {number: ExtractedPage.model_validate(part) for number, part in found.items() if part is not None}


async def _extract(source: Source, page: Page, context: Context, done: Extraction) -> None:
    """Do one page; one that was processed is kept, so that only the others are done again."""
    try:
        found = await _page(source, page, context)
    except (ProcessorError, ModelError) as error:
        fault = _fault_of_a_page(error)
        if fault is None:
            raise
        done.faults[page.number] = fault
        found = ExtractedPage(page_number=page.number, status="failed", reason=fault.code, articles=[])
    if found.status == "processed":
        await context.save_part(_key(page), found.model_dump(mode="json"))
    done.pages[page.number] = found


async def _page(source: Source, page: Page, context: Context) -> ExtractedPage:
    if page.has_text:
        articles = [await describe(article, context) for article in page.articles]
    elif context.vision:
        articles = await read_scan(source, page.number, context)
    else:
        return ExtractedPage(page_number=page.number, status="skipped", reason=NO_TEXT, articles=[])
    return ExtractedPage(page_number=page.number, status="processed", articles=articles)


def _fault_of_a_page(error: ProcessorError | ModelError) -> ProcessorError | None:
    """Return what is wrong with the page, None where it is not the page."""
    if isinstance(error, ModelError):
        return ProcessorError(error.kind, error.message) if error.kind in _REFUSALS_OF_A_PAGE else None
    return error if error.code in _FAULTS_OF_A_PAGE else None


def _key(page: Page) -> str:
    return f"page:{page.number}"
