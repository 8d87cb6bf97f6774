"""Decide between a page's own text and what was read from its picture."""

from dataclasses import replace

from app.documents.model import HIDDEN, LOW_CONFIDENCE, NO_TEXT, Article, Doubt, Page
from app.documents.ocr import LOW, SURE
from app.processors.agreement import agreement, words_in
from app.processors.picture_readings import Reading

AGREES = 0.9  # Tesseract gets 1 to 5 words of 100 wrong on good pages
SAME = 0.95
UNMEASURED = 0.5  # the score of a page whose reader does not say how sure it is

_MUCH_LESS = 0.3  # of the words: then the picture lacks some, since a font that is not embedded is drawn blank
_MAX_TITLE_CHARS = 120
_MAX_CANDIDATES = 3


def agrees(page: Page, reading: Reading) -> bool:
    """Say whether the picture says what the page's own text does."""
    return page.has_text and _same(page, reading) >= AGREES


def judged(page: Page, reading: Reading) -> Page:
    """Return the page as it is after its picture was read: its own text confirmed, kept in doubt, or replaced."""
    by = "Tesseract" if reading.read_by == "tesseract" else "a model that sees"
    if page.has_text:
        same = _same(page, reading)
        if same >= AGREES:
            return _confirmed(page, same, by)
        if why := _why_not(page, reading):
            return _noted(page, f"Its picture, read by {by}, says other words ({same:.0%} are the same); {why}.")
    return _replaced(page, reading, by)


def _same(page: Page, reading: Reading) -> float:
    """Return how much both have in common, with or without the running heads."""
    whole = "\n".join([page.text, *page.left_out])
    return max(agreement(page.text, reading.text), agreement(whole, reading.text))


def _confirmed(page: Page, same: float, by: str) -> Page:
    doubts = (
        () if same >= SAME else tuple(replace(one, share=min(one.share, round(1 - same, 3))) for one in page.doubts)
    )
    note = f"Its picture, read by {by}, says the same ({same:.0%} of the words)."
    return replace(_noted(page, note), doubts=doubts, score=max(page.score, round(same, 3)))


def _why_not(page: Page, reading: Reading) -> str:
    """Return why a page's own text is better than the reading of its picture, "" where it is not."""
    is_hidden = any(doubt.reason == HIDDEN for doubt in page.doubts)
    few = words_in(reading.text).total() < _MUCH_LESS * words_in(page.text).total()
    if not reading.text.strip() or (few and not is_hidden):
        return "it shows few of the file's words, which stand: a font that is not embedded is drawn blank"
    if reading.confidence is None or reading.confidence >= SURE or reading.confidence > max(LOW, page.score):
        return ""
    return f"with a confidence of {reading.confidence:.2f} it is not taken"


def _replaced(page: Page, reading: Reading, by: str) -> Page:
    text = reading.text.strip()
    used = f" ({'+'.join(reading.languages)})" if reading.languages else ""
    sure = "" if reading.confidence is None else f", confidence {reading.confidence:.2f}"
    score = UNMEASURED if reading.confidence is None else reading.confidence
    return replace(
        _noted(page, f"Read from its picture by {by}{used}{sure}." if text else f"{by} found no text in its picture."),
        text=text,
        has_text=bool(text),
        layout="plain",
        articles=(Article(None, None, None, text, _candidates(text)),) if text else (),
        tables=(),
        left_out=(),
        doubts=_doubts(page, reading, by),
        score=round(score if text else 0.0, 3),
        read_by=reading.read_by,
    )


def _doubts(page: Page, reading: Reading, by: str) -> tuple[Doubt, ...]:
    found = [*(doubt for doubt in page.doubts if doubt.reason != NO_TEXT), *reading.doubts]
    if not reading.text.strip():
        found.append(Doubt(NO_TEXT, 1.0, f"{by} found no text in its picture"))
    elif reading.confidence is not None and reading.confidence < LOW:
        share = round(1 - reading.confidence, 3)
        found.append(Doubt(LOW_CONFIDENCE, share, f"{by} read it with a confidence of {reading.confidence:.2f}"))
    if reading.missing:
        detail = f"it seems to be in {reading.missing!r}, for which {by} was given no language"
        found.append(Doubt(LOW_CONFIDENCE, 1.0, detail))
    return tuple(found)


def _candidates(text: str) -> tuple[str, ...]:
    """Return the first short paragraphs of a page that may be its headline."""
    lines = [" ".join(line.split()) for line in text.split("\n\n")[:_MAX_CANDIDATES]]
    return tuple(line for line in lines if 0 < len(line) <= _MAX_TITLE_CHARS)


def _noted(page: Page, note: str) -> Page:
    return replace(page, notes=(*page.notes, note))
