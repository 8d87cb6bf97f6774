"""From glyphs to words: what stands on one line close together, whatever its order in the file."""

import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from app.documents.pdf.joins import CAPITAL, with_capitals, with_indices
from app.documents.pdf.marks import printed_once, with_marks
from app.documents.pdf.scripts import in_order_of_writing, is_cjk, is_mark, is_rtl, with_brackets_turned
from app.documents.pdf.shapes import HALF_HEIGHT, MIDDLE, UNMAPPED, Glyph, Word

_SAME_LINE = 0.25  # of the size: base lines closer than this are one
_GAP = 0.13  # of the size: above, a new word begins even without a space
_RTL_GAP = 0.18  # letters that are joined, or have marks, have boxes narrower than they are
_COVERS = 0.3  # of the size: letters of one text are never so far upon each other
_CJK_GAP = 0.6
_SET_APART = 0.09  # gaps between letters of text that is set apart
_MORE_THAN_APART = (1.5, 0.1)  # times such a gap, and so much more, is a gap between words
_WIDE = 1.2  # gaps from here on are between columns and say nothing about letters
_NARROWED = -0.05
_ROOM = 0.04  # sizes that a space takes at least; without them it only stands in the file
_FEW = 4
_LETTERS = 0.7  # share of words of one letter in text that is spelled with spaces
_LEAST_SPELLED = 5
_SPELLED_GAP = 0.75
_BULLETS = "•"


def words_of(glyphs: Sequence[Glyph]) -> list[Word]:
    """Return the words of glyphs that run in one direction, line by line."""
    found = [word for line in _lines(with_marks(printed_once(glyphs))) for word in _words(line)]
    return with_indices(with_capitals(found))


def _lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield the glyphs of each base line from left to right."""
    line: list[tuple[int, Glyph]] = []
    total = 0.0
    for place, glyph in sorted(enumerate(glyphs), key=lambda one: one[1].base):
        if line and glyph.base - total / len(line) > _SAME_LINE * min(glyph.size, line[-1][1].size):
            yield from _layers(line)
            line, total = [], 0.0
        line.append((place, glyph))
        total += glyph.base
    yield from _layers(line)


def _layers(line: Sequence[tuple[int, Glyph]]) -> Iterator[list[Glyph]]:
    """Yield a line, or several where texts are printed across each other, each as the file has it."""
    ordered = sorted((glyph for _, glyph in line), key=_center)
    drawn = [glyph for glyph in ordered if not glyph.is_space]
    covered = sum(after.x0 < before.x1 - _COVERS * before.size for before, after in pairwise(drawn))
    if covered < _FEW:
        yield ordered
        return
    layers: list[list[Glyph]] = []
    for run in _runs([glyph for _, glyph in sorted(line, key=lambda one: one[0])]):
        layer = next((one for one in layers if not _is_over(one, run)), None)
        if layer is None:
            layers.append(run)
        else:
            layer += run
    for layer in layers:
        yield sorted(layer, key=_center)


def _center(glyph: Glyph) -> float:
    return glyph.x0 + glyph.x1


def _runs(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield stretches of glyphs that follow each other closely in the file and on the page."""
    run: list[Glyph] = []
    for glyph in glyphs:
        if run and not -glyph.size / 2 <= glyph.x0 - run[-1].x1 <= _WIDE * glyph.size:
            yield run
            run = []
        run.append(glyph)
    if run:
        yield run


def _is_over(layer: Sequence[Glyph], run: Sequence[Glyph]) -> bool:
    left, right = run[0].x0, run[-1].x1
    return any(glyph.x0 < right - 1 and left + 1 < glyph.x1 for glyph in layer)  # a point


def _words(line: Sequence[Glyph]) -> Iterator[Word]:
    """Yield the words of a line; its parts between wide gaps may be set apart in different ways."""
    usual = _usual_gap([glyph for glyph in line if not glyph.is_space])
    part: list[Glyph] = []
    for glyph in line:
        if part and not glyph.is_space and glyph.x0 - _end(part) > _WIDE * glyph.size:
            yield from _words_of_part(part, usual or 0.0)
            part = []
        part.append(glyph)
    yield from _words_of_part(part, usual or 0.0)


def _end(part: Sequence[Glyph]) -> float:
    return next((glyph.x1 for glyph in reversed(part) if not glyph.is_space), float("inf"))


def _words_of_part(part: Sequence[Glyph], usual: float) -> Iterator[Word]:
    drawn = [glyph for glyph in part if not glyph.is_space]
    if not drawn:
        return
    own = _usual_gap(drawn)
    gap = _gap_of_words(usual if own is None else own)
    found = list(_split(part, gap, _room_of_spaces(drawn)))
    if _is_spelled(found):
        spelled = [_gap(*pair) for pair in pairwise(drawn)]
        if statistics.median(spelled) <= _SPELLED_GAP:
            found = list(_split(drawn, _above(statistics.median(spelled)), _ROOM))
    spaces = {id(glyph) for before, glyph in pairwise(part) if before.is_space}
    for glyphs in found:
        yield from filter(None, [_word(glyphs, after_space=id(glyphs[0]) in spaces)])


def _gap(before: Glyph, glyph: Glyph) -> float:
    """Return the room between two glyphs in sizes."""
    return (glyph.x0 - before.x1) / max(glyph.size, before.size, 0.01)


def _usual_gap(drawn: Sequence[Glyph]) -> float | None:
    """Return the gap between letters of one word in sizes, None where there are too few to tell."""
    gaps = sorted(gap for pair in pairwise(drawn) if (gap := _gap(*pair)) < _WIDE)
    return gaps[len(gaps) // 4] if len(gaps) >= _FEW else None


def _gap_of_words(usual: float) -> float:
    """Return the gap in sizes above which another word begins; wider where the letters are set apart."""
    return _above(usual) if usual > _SET_APART else _GAP


def _room_of_spaces(drawn: Sequence[Glyph]) -> float:
    """Return the room in sizes that a space takes at least; none where all letters are wider than their places."""
    gaps = [_gap(*pair) for pair in pairwise(drawn)]
    return _ROOM if not gaps or statistics.median(gaps) > _NARROWED else float("-inf")


def _above(gap: float) -> float:
    return gap * _MORE_THAN_APART[0] + _MORE_THAN_APART[1]


def _split(part: Sequence[Glyph], gap: float, room: float) -> Iterator[list[Glyph]]:
    word: list[Glyph] = []
    after_space = False
    for glyph in part:
        if glyph.is_space:
            after_space = True
            continue
        is_parted = after_space and bool(word) and _gap(word[-1], glyph) > room
        if word and (is_parted or not _goes_on(word[-1], glyph, gap)):
            yield word
            word = []
        word.append(glyph)
        after_space = False
    if word:
        yield word


def _goes_on(before: Glyph, glyph: Glyph, gap: float) -> bool:
    if max(before.size, glyph.size) >= CAPITAL * min(before.size, glyph.size):
        return False
    both = is_cjk(before.text[-1:]) and is_cjk(glyph.text[:1])
    is_loose = is_mark(before.text[-1:]) or (is_rtl(before.text) and is_rtl(glyph.text))
    least = _CJK_GAP if both else _RTL_GAP if is_loose else 0.0
    return _gap(before, glyph) <= max(gap, least)


def _is_spelled(found: Sequence[Sequence[Glyph]]) -> bool:
    """Say whether a line is spelled with spaces between its letters."""
    alone = sum(len(word) == 1 and word[0].text.isalpha() and not is_cjk(word[0].text[:1]) for word in found)
    return len(found) >= _LEAST_SPELLED and alone >= _LETTERS * len(found)


def _word(glyphs: Sequence[Glyph], *, after_space: bool) -> Word | None:
    text = _text(glyphs)
    if not text:
        return None
    size = statistics.median(glyph.size for glyph in glyphs)
    base = statistics.median(glyph.base for glyph in glyphs)
    middle, half = base - MIDDLE * size, HALF_HEIGHT * size
    return Word(
        text=text,
        left=min(glyph.x0 for glyph in glyphs),
        top=middle - half,
        right=max(glyph.x1 for glyph in glyphs),
        bottom=middle + half,
        size=size,
        is_bold=sum(glyph.is_bold for glyph in glyphs) * 2 > len(glyphs),
        after_space=after_space,
    )


def _text(glyphs: Sequence[Glyph]) -> str:
    """Return the letters in the order of writing; glyphs without a letter are a bullet alone, and nothing in a word."""
    texts = [glyph.text for glyph in glyphs]
    if all(text == UNMAPPED for text in texts):
        return _BULLETS if len(texts) == 1 else ""
    known = [glyph for glyph in glyphs if glyph.text != UNMAPPED]
    if not any(is_rtl(glyph.text) for glyph in known):
        return "".join(glyph.text.replace(UNMAPPED, "") for glyph in known)
    ordered = in_order_of_writing(known, lambda glyph: glyph.text)
    return with_brackets_turned("".join(glyph.text for glyph in ordered))
