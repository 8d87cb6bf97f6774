"""What speaks against a page as it was read, each reason with the share of the page that it concerns.

A reason is named only from a share on that right pages do not reach: what is doubtful is read again from its picture.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.documents import model
from app.documents.model import Doubt
from app.documents.pdf.ink import Box
from app.documents.pdf.pages import Sheet
from app.documents.pdf.plausible import strange_share
from app.documents.pdf.scripts import is_cjk
from app.documents.pdf.shapes import Word

_UNMAPPED = 0.02
_SINGLE = 0.05
_IN_A_ROW = 4
_OVERLAP = 0.08
_STRANGE = 0.15
_FEW_WORDS_TO_JUDGE = 8
_PICTURE = 0.5  # of the page
_FEW_WORDS = 25
_TOO_CLOSE = 0.35  # of a word's area
_LETTERS = re.compile(r"[^\W\d_]")


def doubts_of(sheet: Sheet) -> list[Doubt]:
    """Return the reasons to doubt a page, the gravest first."""
    words = [*sheet.words, *(word for aside in sheet.asides for word in aside)]
    found = filter(None, (_picture(sheet, words), *(_of_words(sheet, words) if words else ())))
    return sorted(found, key=lambda doubt: -doubt.share)


def _of_words(sheet: Sheet, words: Sequence[Word]) -> Iterator[Doubt | None]:
    counts = sheet.counts
    texts = [word.text for word in words]
    unmapped = counts.unmapped / max(counts.glyphs, 1)
    strange = strange_share(texts, least=_FEW_WORDS_TO_JUDGE)
    if counts.lost < _UNMAPPED * counts.glyphs and strange is not None and strange < _STRANGE:
        unmapped = 0.0  # their letters are those of some language: the font's own names told them
    yield _above(_UNMAPPED, model.UNMAPPED, unmapped, "{share} of the signs have no letter in the file")
    yield _above(_SINGLE, model.SINGLE_LETTERS, _single_share(sheet.words), "{share} of the words are single letters")
    yield _above(_OVERLAP, model.OVERLAP, _overlap_share(words), "{share} of the words are printed over others")
    strange = strange_share(texts) or 0.0
    yield _above(_STRANGE, model.WRONG_MAP, strange, "{share} of the words are such as no language has")


def _above(least: float, reason: str, share: float, detail: str) -> Doubt | None:
    if share < least:
        return None
    return Doubt(reason, round(min(share, 1.0), 3), detail.format(share=f"{share:.0%}"))


def _single_share(words: Sequence[Word]) -> float:
    """Return the share of words in rows of single letters; figures, signs and Chinese are none."""
    alone = [len(word.text) == 1 and _is_letter(word.text) for word in words]
    in_rows, run = 0, 0
    for is_alone in [*alone, False]:
        if is_alone:
            run += 1
            continue
        in_rows += run if run >= _IN_A_ROW else 0
        run = 0
    return in_rows / max(len(words), 1)


def _is_letter(char: str) -> bool:
    """Say whether it is a letter; capitals alone are the months of a chart or the points of a figure."""
    return bool(_LETTERS.match(char)) and not char.isupper() and not is_cjk(char)


def _overlap_share(words: Sequence[Word]) -> float:
    """Return the share of words that cover a good part of another one on the same line."""
    rows: dict[int, list[Word]] = {}
    for word in words:
        rows.setdefault(round(word.middle / max(word.size, 1)), []).append(word)
    covered = 0
    for row in rows.values():
        for before, word in pairwise(sorted(row, key=lambda word: word.left)):
            width = min(before.right, word.right) - word.left
            height = min(before.bottom, word.bottom) - max(before.top, word.top)
            least = min(before.right - before.left, word.right - word.left) * (word.bottom - word.top)
            covered += width > 0 and height > 0 and width * height > _TOO_CLOSE * max(least, 0.01)
    return covered / max(len(words), 1)


def _picture(sheet: Sheet, words: Sequence[Word]) -> Doubt | None:
    """Doubt a page that is a picture with hardly any text; without any it is a scan."""
    share = _covered(sheet.box, sheet.ink.pictures)
    if not words:
        return Doubt(model.NO_TEXT, 1.0, "the page has no text layer") if share > 0 or sheet.ink.dark else None
    if share < _PICTURE or len(words) > _FEW_WORDS:
        return None
    return Doubt(model.PICTURE, round(share, 3), f"{share:.0%} of the page is a picture, with {len(words)} words")


def _covered(page: Box, boxes: Sequence[Box]) -> float:
    """Return how much of the page the largest picture, or many stripes together, cover."""
    area = max((page[2] - page[0]) * (page[3] - page[1]), 1.0)
    sizes = [
        max(0.0, min(page[2], box[2]) - max(page[0], box[0])) * max(0.0, min(page[3], box[3]) - max(page[1], box[1]))
        for box in boxes
    ]
    return min(1.0, sum(sizes) / area)
