"""Read the picture of a page that has no text layer, with a model that can look at pictures."""

from collections.abc import Mapping
from typing import Any

from app.documents.process import Source
from app.llm.base import Image, Message
from app.processors.base import Context
from app.processors.documents import draw_page
from app.processors.pdf_articles import PROMPT
from app.processors.pdf_results import MAX_TOPICS, MIN_TOPICS, ExtractedArticle
from app.processors.structured import ask_for

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
