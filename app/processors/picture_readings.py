"""Two who read the picture of a page: Tesseract, and a model that sees."""

from dataclasses import asdict, dataclass
from functools import partial

from app.documents.kinds import Kind
from app.documents.model import READINGS_DIFFER, Doubt, Page, ReadBy
from app.documents.ocr import LOW, SURE, Read, read_drawn
from app.documents.process import Source
from app.llm.base import Image, Message
from app.processors.agreement import agreement
from app.processors.base import Context
from app.processors.documents import draw_page, faults
from app.processors.languages import language_of
from app.processors.prompts import load_prompt

PROMPT = load_prompt("read_page", number=1)
NO_TEXT_ANSWER = "NO TEXT"

_DIFFERENT = 0.5


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read from a page's picture; `confidence` is None where the reader does not say how sure it is.

    `missing` names a script or language that Tesseract was not given; `doubts` is what else speaks against it.
    """

    text: str
    read_by: ReadBy
    confidence: float | None = None
    languages: tuple[str, ...] = ()
    missing: str = ""
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_sure(self) -> bool:
        """Whether it may stand without another reader."""
        return self.confidence is not None and self.confidence >= SURE and not self.missing


async def with_tesseract(source: Source, page: Page, context: Context, kind: Kind = Kind.PDF) -> Reading | None:
    """Return what Tesseract reads, None where it is not used. It is kept for later attempts. Raises: ProcessorError."""
    if not context.ocr:
        return None
    key = f"ocr:{page.number}:{'+'.join(context.ocr)}"
    kept = (await context.parts()).get(key)
    if kept is None:
        with faults():
            read = await read_drawn(
                partial(draw_page, source, page.number, form="png", kind=kind),
                languages=context.ocr,
                language_of=language_of,
            )
        await context.save_part(key, asdict(read))
    else:
        read = Read(**{**kept, "languages": tuple(kept["languages"])})
    return Reading(read.text, "tesseract", read.confidence, read.languages, read.missing)


async def with_vision(source: Source, page: Page, context: Context, kind: Kind = Kind.PDF) -> Reading | None:
    """Return what the model writes off, None where it cannot see. Raises: ProcessorError, ModelError, NotAdmitted."""
    if not context.vision:
        return None
    picture = Image("image/jpeg", await draw_page(source, page.number, kind=kind))
    said = await context.ask(
        Message("system", PROMPT.section("read")),
        Message("user", PROMPT.section("page", number=page.number), images=(picture,)),
        keep=True,
    )
    text = said.strip()
    return Reading("" if text.strip('.`*" ').upper() == NO_TEXT_ANSWER else text, "vision")


def checked(reading: Reading, witness: Reading | None) -> Reading:
    """Return a model's reading, doubted where Tesseract, rather sure, reads other words: models make things up."""
    if witness is None or (witness.confidence or 0.0) < LOW:
        return reading
    same = agreement(reading.text, witness.text)
    if same >= _DIFFERENT:
        return reading
    detail = f"Tesseract reads other words: {same:.0%} are the same"
    doubt = Doubt(READINGS_DIFFER, round(1 - same, 3), detail)
    return Reading(reading.text, reading.read_by, reading.confidence, doubts=(*reading.doubts, doubt))
