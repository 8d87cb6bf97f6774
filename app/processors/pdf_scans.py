"""Read the picture of a page that has no text layer, or a doubtful one, for its articles.

A model that sees reads a page without text: it knows articles and their titles too. It costs money and may make things
up, so Tesseract, where it is used, reads the page as well, and a page on which both say other things is doubtful. A
doubtful page is read by Tesseract first: where it says the same as the text layer, no model need be asked.
"""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from app.documents.model import Page
from app.documents.process import Source
from app.llm.base import Image, Message, ModelError
from app.processors.base import Context, ProcessorError
from app.processors.documents import draw_page
from app.processors.judging import agrees, judged
from app.processors.page_reading import fault_of_a_page
from app.processors.pdf_articles import PROMPT
from app.processors.pdf_results import MAX_TOPICS, MIN_TOPICS, ExtractedArticle
from app.processors.picture_readings import Reading, checked, with_tesseract
from app.processors.structured import ask_for

Found = TypeVar("Found")

_MAX_ARTICLES = 50
_OPTIONAL: Mapping[str, Any] = {"type": ["string", "null"]}
_FIELDS: Mapping[str, Any] = {
    "title": _OPTIONAL,
    "subtitle": _OPTIONAL,
    "author": _OPTIONAL,
    "body": {"type": "string"},
    "topics": {"type": "array", "items": {"type": "string"}, "minItems": MIN_TOPICS, "maxItems": MAX_TOPICS},
    "summary": {"type": "string"},
}
_ARTICLE: Mapping[str, Any] = {
    "type": "object",
    "properties": _FIELDS,
    "required": [*_FIELDS],
    "additionalProperties": False,
}
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"articles": {"type": "array", "items": _ARTICLE, "maxItems": _MAX_ARTICLES}},
    "required": ["articles"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class _Tries:
    """What went wrong with a page so far."""

    faults: list[ProcessorError] = field(default_factory=list)

    async def get(self, reading: Awaitable[Found]) -> Found | None:
        """Return what was read, None where the page could not be. Raises: what concerns not one page alone."""
        try:
            return await reading
        except (ProcessorError, ModelError) as error:
            if (fault := fault_of_a_page(error)) is None:
                raise
            self.faults.append(fault)
            return None


async def read_open(source: Source, page: Page, context: Context) -> tuple[Page, list[ExtractedArticle] | None]:
    """Return a page as it is after its picture was read, and its articles if a model read them.

    Raises: ProcessorError where a page without text cannot be read; ModelError, NotAdmitted.
    """
    tries = _Tries()
    by_tesseract = await tries.get(with_tesseract(source, page, context)) if page.has_text else None
    if by_tesseract is not None and agrees(page, by_tesseract):
        return judged(page, by_tesseract), None
    articles = await tries.get(read_scan(source, page.number, context)) if context.vision else None
    if not page.has_text:
        by_tesseract = await tries.get(with_tesseract(source, page, context))
    return _judged(page, articles, by_tesseract, tries)


def _judged(
    page: Page, articles: list[ExtractedArticle] | None, by_tesseract: Reading | None, tries: _Tries
) -> tuple[Page, list[ExtractedArticle] | None]:
    reading = by_tesseract
    if articles is not None:
        reading = checked(Reading("\n\n".join(map(_text, articles)), "vision"), by_tesseract)
    if reading is None and tries.faults and not page.has_text:
        raise tries.faults[0]
    found = judged(page, reading) if reading else page
    notes = [f"Its picture was not read: {fault.message}." for fault in tries.faults]
    found = replace(found, notes=(*found.notes, *notes))
    return found, articles if found.read_by == "vision" else None


def _text(article: ExtractedArticle) -> str:
    return "\n\n".join(filter(None, (article.title, article.subtitle, article.author, article.body)))


async def read_scan(source: Source, number: int, context: Context) -> list[ExtractedArticle]:
    """Return the articles of a page, counted from 1, as the model reads them.

    Raises: ProcessorError (invalid_output, and those of `draw_page`), ModelError, NotAdmitted.
    """
    picture = Image("image/jpeg", await draw_page(source, number))
    found = await ask_for(
        context,
        [
            Message("system", PROMPT.section("scan")),
            Message("user", PROMPT.section("page", number=number), images=(picture,)),
        ],
        _SCHEMA,
        repair=lambda _, fault: PROMPT.section("repair", fault=fault),
        keep=True,
    )
    return [ExtractedArticle.model_validate(article) for article in found["articles"]]
