"""Read the picture of a page with Tesseract: its text in the order of reading, and how sure it is.

A page is read as it stands, in the first language. Only when that is doubtful, its turn and script are detected, dots
are taken away, and the other turns and sets of languages are tried: the surest reading stands. (The detection alone
does not do: it says nothing about a page of few letters, and costs as much as the reading.) Then it is read with the
language in front that its words are of: German read as English first has "Wiirde" for "Würde", and is sure of it.
"""

import asyncio
import math
import re
import shutil
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from app.documents.errors import DocumentError
from app.documents.ocr_languages import LATIN, PROGRAM, by_script, code_of, script_of
from app.documents.ocr_text import NoTableError, Text, text_of
from app.documents.process import OVER_LIMITS, WALL_S, judge, run

Sets = Mapping[str, tuple[str, ...]]
LanguageOf = Callable[[str], str | None]

PICTURES_AT_ONCE = 2  # in a worker: so many pictures are held, and so many processors are busy
SURE = 0.8  # good scans are above 0.9; another turn or script is below 0.55
LOW = 0.6

_MAX_OTHER_SETS = 2
# What the detection takes for each other.
_NEAR = {"Han": "Japanese", "Japanese": "Han"}
_TURNS = (0, 90, 180, 270)
_WORTH = 0.4  # letters that are less sure are worth nothing when readings are compared
_MIN_CERTAINTY = 1.0  # of the detection, on its own scale
_ROTATE = re.compile(r"^Rotate: (\d+)\nOrientation confidence: ([\d.]+)", re.MULTILINE)
_SCRIPT = re.compile(r"^Script: (\w+)\nScript confidence: ([\d.]+)", re.MULTILINE)
_MIN_TOLD_CHARS = 200  # a shorter text may seem to be in any language
_slots = asyncio.Semaphore(PICTURES_AT_ONCE)


def _unknown(_: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Read:
    """What Tesseract read; `confidence` (0 to 1) is the mean over its letters, 0 where it saw none.

    `rotation` is by how many degrees clockwise the picture was turned. `missing` names the script, or the language,
    that the page seems to be in and that Tesseract was not given.
    """

    text: str
    confidence: float
    words: int
    languages: tuple[str, ...]
    rotation: int = 0
    missing: str = ""


@dataclass(slots=True)
class _Tries:
    """The readings of one picture; the best is the surest, if it is not so for a few letters of many."""

    picture: bytes
    wall_s: float
    best: Read | None = None
    worth: float = -1.0
    smooth: bool = False
    done: set[tuple[tuple[str, ...], int, bool]] = field(default_factory=set)

    @property
    def confidence(self) -> float:
        return self.best.confidence if self.best else 0.0

    async def add(self, languages: tuple[str, ...], degrees: int = 0, *, smooth: bool = False) -> None:
        """Read once more, unless it was read so. Raises: DocumentError."""
        if (languages, degrees, smooth) in self.done:
            return
        self.done.add((languages, degrees, smooth))
        picture = await _redrawn(self.picture, degrees, smooth=smooth) if degrees or smooth else self.picture
        found = await _read(picture, languages, self.wall_s)
        worth = max(0.0, found.confidence - _WORTH) * math.sqrt(found.letters)
        if worth > self.worth:
            self.best = Read(found.text, found.confidence, found.words, languages, degrees)
            self.worth, self.smooth = worth, smooth


async def read_picture(
    picture: bytes, *, languages: Sequence[str], language_of: LanguageOf = _unknown, wall_s: float = WALL_S
) -> Read:
    """Return what stands on a PNG or JPEG; cancelling kills the processes.

    `language_of` tells the language of a text by two letters. `wall_s` bounds the first reading, and then the rest.
    Raises: DocumentError (ocr_unavailable, file_unreadable, file_too_large), or, retryable, read_timeout.
    """
    sets = by_script(languages)
    if not sets:
        raise DocumentError("ocr_unavailable", "Tesseract has no language to read in")
    tries = _Tries(picture, wall_s)
    await tries.add(next(iter(sets.values()))[:1])
    missing = ""
    with suppress(DocumentError, TimeoutError):  # what was read first stands
        async with asyncio.timeout(wall_s):
            missing = await _try_more(tries, sets) or await _in_its_language(tries, sets, language_of)
    assert tries.best is not None  # noqa: S101 - it was read, or an error was raised
    return replace(tries.best, missing=missing)


async def read_drawn(
    draw: Callable[[], Awaitable[bytes]],
    *,
    languages: Sequence[str],
    language_of: LanguageOf = _unknown,
    wall_s: float = WALL_S,
) -> Read:
    """Draw a picture and read it, two at once in this process, so that few pictures are held. Raises: DocumentError."""
    async with _slots:
        return await read_picture(await draw(), languages=languages, language_of=language_of, wall_s=wall_s)


async def _try_more(tries: _Tries, sets: Sets) -> str:
    """Read in other ways until one is sure; return the script that no set is for, "" where there is one."""
    if tries.confidence >= SURE:
        return ""
    degrees, script = await _detected(tries.picture, tries.wall_s)
    near = sets.get(script) or sets.get(_NEAR.get(script, ""))
    for languages, turn, smooth, below in _ways(near, sets, degrees):
        may_help = below >= SURE or (tries.best is not None and tries.best.words)  # where no letter is, none is turned
        if tries.confidence < below and may_help:
            await tries.add(languages or _languages(tries), turn, smooth=smooth)
    return "" if near or tries.confidence >= SURE else script


def _ways(
    near: tuple[str, ...] | None, sets: Sets, degrees: int
) -> Iterator[tuple[tuple[str, ...] | None, int, bool, float]]:
    """Yield languages (None: those of the best reading), turn, whether without dots, and below which confidence."""
    first, *others = [near] if near else sets.values()
    yield first, degrees, False, SURE
    latin = sets.get(LATIN, ())[:1]
    if near and latin and script_of(near[0]) != LATIN:
        yield (*near, *latin), degrees, False, 1.0  # better on a page of both, and worse on any other
    yield first, degrees, True, SURE
    for languages in others[:_MAX_OTHER_SETS]:
        yield languages, degrees, False, LOW
    for turn in _TURNS:
        yield None, turn, False, LOW


async def _in_its_language(tries: _Tries, sets: Sets, language_of: LanguageOf) -> str:
    """Read with the language in front that the words are of; return it if it is not there, else ""."""
    if tries.best is None or tries.confidence < LOW:
        return ""
    language = language_of(tries.best.text)
    code, used = code_of(language), _languages(tries)
    given = sets.get(script_of(code), ())
    if not code or code == used[0] or script_of(code) != script_of(used[0]):
        return ""
    if code not in given:
        return language or "" if len(tries.best.text) >= _MIN_TOLD_CHARS else ""
    await tries.add((code, *(other for other in given[:2] if other != code)), tries.best.rotation, smooth=tries.smooth)
    return ""


def _languages(tries: _Tries) -> tuple[str, ...]:
    return tries.best.languages if tries.best else ()


async def _detected(picture: bytes, wall_s: float) -> tuple[int, str]:
    """Return by how many degrees to turn a picture clockwise, and its script; 0 and "" where it cannot be told."""
    answer, _ = await run(picture, "tesseract", _program(), "osd", "0", wall_s=wall_s)
    said = answer.decode("utf-8", "replace")
    turn, script = _ROTATE.search(said), _SCRIPT.search(said)
    degrees = int(turn[1]) if turn and float(turn[2]) >= _MIN_CERTAINTY else 0
    name = script_of(script[1]) if script and float(script[2]) >= _MIN_CERTAINTY else ""
    return (degrees if degrees in _TURNS else 0), name


async def _read(picture: bytes, languages: Sequence[str], wall_s: float) -> Text:
    answer, returncode = await run(picture, "tesseract", _program(), "+".join(languages), "3", wall_s=wall_s)
    if returncode in OVER_LIMITS:
        raise DocumentError("file_too_large", "the picture needs too much work or memory to read")
    if returncode == 0:
        with suppress(NoTableError, UnicodeDecodeError):
            return await asyncio.to_thread(lambda: text_of(answer.decode()))
    raise DocumentError("file_unreadable", "Tesseract cannot read the picture")


async def _redrawn(picture: bytes, degrees: int, *, smooth: bool) -> bytes:
    answer, returncode = await run(picture, "picture", "png", str(degrees), "smooth" if smooth else "")
    if answer.startswith(b"\x89PNG") and returncode == 0:
        return answer
    judge(answer, returncode)
    raise DocumentError("file_unreadable", "the picture is broken")


def _program() -> str:
    program = shutil.which(PROGRAM)
    if program is None:
        raise DocumentError("ocr_unavailable", "Tesseract is not installed")
    return program
