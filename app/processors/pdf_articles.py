"""Find topics and summary of an article of a PDF: a large model writes them, a small one chooses words of the text."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.documents.model import Article
from app.llm.base import Message
from app.processors.base import Context, is_small
from app.processors.chunks import count_for, part_bytes, split
from app.processors.json_answer import Fault, loads
from app.processors.pdf_results import MAX_TOPICS, MIN_TOPICS, ExtractedArticle
from app.processors.prompts import as_data, load_prompt
from app.processors.sentences import MAX_SENTENCE_CHARS, within, worth_picking
from app.processors.structured import ask_for
from app.processors.summarize import PICK_PART_BYTES
from app.processors.topics import topic_candidates

PROMPT = load_prompt("pdf_extract", number=1)

_SUMMARY_WORDS = 60
_MAX_SUMMARY_CHARS = 1000
_MAX_TOPIC_CHARS = 60
_ANSWER_TOKENS = 800
_INSTRUCTION_TOKENS = 400
_MAX_BYTES = 100_000  # of an article are read for its summary where the context is unknown
_PICK_TOKENS = 2 * MAX_SENTENCE_CHARS


async def describe(article: Article, context: Context) -> ExtractedArticle:
    """Return the article with topics and summary. Raises: ProcessorError (invalid_output), ModelError, NotAdmitted."""
    text = (article.body or article.title or "").strip()
    ask = _pick if is_small(context.context_tokens) else _write
    found = await ask(article, text, context) if text else {}
    return ExtractedArticle(
        title=article.title or found.get("title"),
        subtitle=article.subtitle,
        author=article.author or _said(found.get("author"), text),
        body=article.body,
        topics=_topics(found.get("topics", ()), article),
        summary=within(found.get("summary", ""), max_words=_SUMMARY_WORDS),
    )


async def _write(article: Article, text: str, context: Context) -> Mapping[str, Any]:
    schema = _schema(article)
    sections = ["describe", *(name for name in ("author", "title") if name in schema["properties"])]
    found: Mapping[str, Any] = await ask_for(
        context,
        [
            Message("system", " ".join(PROMPT.section(section) for section in sections)),
            Message("user", as_data(_read_part(article, text, context))),
        ],
        schema,
        repair=lambda _, fault: PROMPT.section("repair", fault=fault),
        max_output_tokens=_ANSWER_TOKENS,
        keep=True,
    )
    return found


def _read_part(article: Article, text: str, context: Context) -> str:
    """Return as much of an article as fits into one call; the start of a longer one tells what it is about."""
    room = _MAX_BYTES
    if context.context_tokens is not None:
        room = int(min(room, part_bytes(context.context_tokens - _INSTRUCTION_TOKENS - _ANSWER_TOKENS)))
    start = split(text, parts=count_for(text, part_bytes=room))[0]
    return f"{article.title}\n\n{start}" if article.title and article.body else start


def _schema(article: Article) -> Mapping[str, Any]:
    """Return what the model is asked for: only what the pages themselves left open."""
    fields: dict[str, Any] = {
        "summary": {"type": "string", "minLength": 1, "maxLength": _MAX_SUMMARY_CHARS},
        "topics": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": _MAX_TOPIC_CHARS},
            "minItems": MIN_TOPICS,
            "maxItems": MAX_TOPICS,
        },
    }
    if article.author is None:
        fields["author"] = {"type": ["string", "null"]}
    if article.title is None and article.candidates:
        fields["title"] = {"enum": [*article.candidates, None]}
    return _object(fields)


async def _pick(article: Article, text: str, context: Context) -> Mapping[str, Any]:
    """Let the model choose among the text's own words; where it does not, the first ones do."""
    part = split(text, parts=count_for(text, part_bytes=PICK_PART_BYTES))[0]
    sentences, topics = worth_picking(part, max_words=_SUMMARY_WORDS), topic_candidates(text, title=article.title or "")
    choices = {f"topic_{place + 1}": topics[place::MIN_TOPICS] for place in range(min(MIN_TOPICS, len(topics)))}
    choices["summary"] = sentences
    fields = {name: {"type": "string", "enum": values} for name, values in choices.items()}
    answer = await context.ask(
        Message("system", PROMPT.section("pick")),
        Message("user", as_data(part)),
        schema=_object(fields),
        max_output_tokens=_PICK_TOKENS,
        keep=True,
    )
    said = _loads(answer)
    chosen = {name: _picked(said.get(name), values, answer) for name, values in choices.items()}
    return {"title": next(iter(article.candidates), None), "summary": chosen.pop("summary"), "topics": chosen.values()}


def _loads(answer: str) -> Mapping[str, Any]:
    try:
        found = loads(answer)
    except Fault:  # a provider that ignores schemas
        return {}
    while isinstance(found, list) and len(found) == 1:
        found = found[0]
    inner = next(iter(found.values())) if isinstance(found, dict) and len(found) == 1 else None
    found = inner if isinstance(inner, dict) else found
    return found if isinstance(found, dict) else {}


def _picked(said: object, offered: Sequence[str], answer: str) -> str:
    """Return what the model chose, else the first of what is offered that its answer names, else the first."""
    if isinstance(said, str) and said in offered:
        return said
    return next((one for one in offered if one in answer), offered[0])


def _object(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}


def _said(author: object, text: str) -> str | None:
    """Return the author that a model named if the text names it too."""
    name = " ".join(author.split()) if isinstance(author, str) else ""
    return name if name and name in " ".join(text.split()) else None


def _topics(chosen: Any, article: Article) -> list[str]:
    """Return each topic once, filled up to three with words of the text."""
    topics: dict[str, str] = {}
    for topic in [" ".join(str(one).split()) for one in chosen]:
        if topic:
            topics.setdefault(topic.casefold(), topic)
    for word in topic_candidates(article.body, title=article.title or ""):
        if len(topics) >= MIN_TOPICS:
            break
        topics.setdefault(word.casefold(), word)
    return list(topics.values())[:MAX_TOPICS]
