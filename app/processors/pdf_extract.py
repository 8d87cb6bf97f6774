"""Read a newspaper or any other PDF: pages, their articles word for word, and of each topics and a summary.

The text comes from the PDF's text layer, by code. A model is asked for what code cannot know. Pages without text, and
doubtful ones, are read from their pictures, by a model that sees and by Tesseract.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from app.documents.kinds import Kind
from app.documents.model import Document
from app.llm.base import ModelError
from app.processors.base import Context, JobType, ProcessorError
from app.processors.dates import find_date
from app.processors.documents import read_document
from app.processors.inputs import FileInput, page_range
from app.processors.page_reading import HELP
from app.processors.pdf_articles import PROMPT
from app.processors.pdf_pages import Extraction, Shown, extract_pages
from app.processors.pdf_results import UNKNOWN_DATE, PdfExtractResult
from app.processors.source import kind_in, opened, shown_progress


def _check_date(text: str) -> str:
    date.fromisoformat(text)
    return text


class PdfExtractInput(FileInput):
    """Which PDF, and which of its pages."""

    issue_date: Annotated[
        Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$"), AfterValidator(_check_date)] | None,
        Field(
            title="Date of issue",
            description="As 2026-03-14; without it, it is looked for in the PDF.",
            json_schema_extra={"format": "date"},
        ),
    ] = None
    layout: Annotated[
        Literal["auto", "newspaper", "plain"],
        Field(
            title="Layout",
            description="newspaper: columns, headlines and articles; plain: one text; auto: what each page looks like.",
        ),
    ] = "auto"
    show_left_out: Annotated[
        bool,
        Field(title="Show what is left out", description="Running heads and page numbers, in `left_out_text`."),
    ] = False


async def run(given: PdfExtractInput, context: Context) -> PdfExtractResult:
    """Read the pages, a few at once.

    Raises: ProcessorError (file_refused, file_not_found, file_too_large, file_unreadable, file_empty, pdf_encrypted,
    read_timeout, pages_out_of_range; with the finished pages: what failed the first page that failed), ModelError,
    NotAdmitted, FileError.
    """
    first, last = page_range(given.pages)
    async with opened(given, context) as (name, source):
        if (kind := await kind_in(source, name)) is not Kind.PDF:
            raise ProcessorError("file_unreadable", f"the file is no PDF: it is {kind}")
        pdf = await read_document(
            source, first=first, last=last, layout=given.layout, on_progress=shown_progress(context)
        )
        shown = Shown(given.layout, given.show_left_out)
        done = await extract_pages(source, pdf.pages, context, shown)
    date_of_issue = given.issue_date or _date(pdf)
    result = PdfExtractResult(filename=name, issue_date=date_of_issue, pages=done.in_order, notes=list(pdf.notes))
    _raise_what_failed(done, result, total=len(pdf.pages))
    if not any(page.articles for page in result.pages):
        why = "" if context.vision or context.ocr else f", and the model cannot look at pictures. {HELP}"
        raise ProcessorError("file_empty", f"no page of the PDF has a text layer{why}", partial=result)
    return result


def _date(pdf: Document) -> str:
    return next(filter(None, map(find_date, pdf.heads)), UNKNOWN_DATE)


def _raise_what_failed(done: Extraction, result: PdfExtractResult, *, total: int) -> None:
    if isinstance(done.stop, ProcessorError) and not done.stop.retryable:
        raise ProcessorError(done.stop.code, done.stop.message, partial=result) from done.stop
    if isinstance(done.stop, ModelError):
        done.stop.partial = result
    if done.stop is not None:
        raise done.stop
    if done.faults:
        number, fault = min(done.faults.items())
        message = f"{len(done.faults)} of {total} pages failed; page {number}: {fault.message}"
        raise ProcessorError(fault.code, message, pointer=fault.pointer, partial=result)


JOB_TYPE = JobType(
    name="pdf_extract",
    title="Extract a PDF",
    description="Reads the articles of a newspaper, or of any PDF, word for word; adds topics and summaries.",
    input_model=PdfExtractInput,
    result_model=PdfExtractResult,
    example={"input_file_path": "newspaper.pdf", "pages": "1-5"},
    run=run,
    timeout_s=3600,
    prompt=PROMPT,
)
