"""Work on the pages of a PDF, a few at once; each is kept as it ends and not done again by a later attempt."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from app.documents.model import NO_TEXT, Page
from app.documents.process import Source
from app.llm.base import ModelError
from app.processors.base import Context, ProcessorError
from app.processors.concurrently import each
from app.processors.page_reading import HELP, fault_of_a_page, is_open
from app.processors.pdf_articles import describe
from app.processors.pdf_results import ExtractedArticle, ExtractedPage, ExtractedTable, PageDoubt
from app.processors.pdf_scans import read_open


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


@dataclass(frozen=True, slots=True)
class Shown:
    """How pages are read, and whether what was left out is shown."""

    layout: str = "auto"
    left_out: bool = False


async def extract_pages(source: Source, pages: Sequence[Page], context: Context, shown: Shown) -> Extraction:
    """Return what became of the pages.

    What is wrong with one page marks it as failed. What is wrong with all, such as a provider that is down, is in
    `stop`: then no page was begun any more, and those under way had ended.
    """
    done = Extraction(pages=await _kept(pages, context, shown))

    async def work(page: Page) -> None:
        await _extract(source, page, context, done, shown)
        await _tell(done, len(pages), context)

    await _tell(done, len(pages), context)
    try:
        await each([page for page in pages if page.number not in done.pages], work)
    except Exception as error:  # noqa: BLE001 - the caller raises it, with the pages that are done
        done.stop = error
    return done


async def _tell(done: Extraction, total: int, context: Context) -> None:
    await context.progress(len(done.pages), total, f"{len(done.pages)} of {total} pages")


async def _kept(pages: Sequence[Page], context: Context, shown: Shown) -> dict[int, ExtractedPage]:
    parts = await context.parts()
    found = {page.number: parts.get(_key(page, shown)) for page in pages}
    return {number: ExtractedPage.model_validate(part) for number, part in found.items() if part is not None}


async def _extract(source: Source, page: Page, context: Context, done: Extraction, shown: Shown) -> None:
    """Do one page; one that was processed is kept, so that only the others are done again."""
    try:
        found = await _page(source, page, context, shown)
    except (ProcessorError, ModelError) as error:
        fault = fault_of_a_page(error)
        if fault is None:
            raise
        done.faults[page.number] = fault
        found = ExtractedPage(page_number=page.number, status="failed", reason=fault.code, articles=[])
    if found.status == "processed":
        await context.save_part(_key(page, shown), found.model_dump(mode="json"))
    done.pages[page.number] = found


async def _page(source: Source, page: Page, context: Context, shown: Shown) -> ExtractedPage:
    seen = None
    if is_open(page):
        if not (page.has_text or context.vision or context.ocr):
            note = f"It has no text layer. {HELP}"
            return ExtractedPage(page_number=page.number, status="skipped", reason=NO_TEXT, articles=[], notes=[note])
        page, seen = await read_open(source, page, context)
    articles = [await describe(article, context) for article in page.articles] if seen is None else seen
    return _shown(page, articles, shown)


def _shown(page: Page, articles: list[ExtractedArticle], shown: Shown) -> ExtractedPage:
    return ExtractedPage(
        page_number=page.number,
        status="processed",
        articles=articles,
        layout=page.layout,
        read_by=page.read_by,
        doubtful=page.is_doubtful,
        doubts=[PageDoubt(reason=one.reason, share=one.share, detail=one.detail) for one in page.doubts],
        score=page.score,
        tables=[ExtractedTable(rows=[list(row) for row in table.rows]) for table in page.tables],
        left_out=len(page.left_out),
        left_out_text=list(page.left_out) if shown.left_out else None,
        notes=list(page.notes),
    )


def _key(page: Page, shown: Shown) -> str:
    return f"page:{page.number}:{shown.layout}{':left_out' if shown.left_out else ''}"
