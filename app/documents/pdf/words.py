"""From glyphs to words: what stands on one line close together, whatever its order in the file."""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from app.documents.pdf.scripts import in_order_of_writing, is_accent, is_cjk, is_mark, is_rtl, with_accent
from app.documents.pdf.shapes import HYPHEN, UNMAPPED, Glyph, Word

_SAME_LINE = 0.25  # of the size: base lines closer than this are one
_TWICE = 0.14  # of the size: the same letter so close to itself was printed twice to look bold or to have a shadow
_GAP = 0.165  # of the size: above, a new word begins even without a space
_CJK_GAP = 0.6
_SET_APART = 0.09  # gaps between letters of text that is set apart
_MORE_THAN_APART = (1.5, 0.1)  # times such a gap, and so much more, is a gap between words
_WIDE = 1.2  # gaps from here on are between columns and say nothing about letters
_FEW = 4
_LETTERS = 0.7  # share of words of one letter in text that is spelled with spaces
_LEAST_SPELLED = 5
_SPELLED_GAP = 0.75
_MIDDLE = 0.3  # of the size: so high above its base line is the middle of a word
_HALF_HEIGHT = 0.35  # of the size: lines set tightly do not touch each other then
_CAPITAL = 1.7  # times the usual size
_MARK_CHARS = 3  # of a mark of a note, which need not be small
_SMALL = 0.86  # of a neighbour's size: an index or a mark of a note
_RAISED = (0.15, 0.75)  # of the size
_LOWERED = (0.08, 0.3)
_BULLETS = "•"


def words_of(glyphs: Sequence[Glyph]) -> list[Word]:
    """Return the words of glyphs that run in one direction, line by line."""
    found = [word for line in _lines(_with_marks(_once(glyphs))) for word in _words(line)]
    return _with_indices(_with_capitals(found))


def _once(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs without those that are printed again upon themselves."""
    seen: dict[tuple[str, int, int], list[Glyph]] = {}
    kept: list[Glyph] = []
    for glyph in glyphs:
        near, x, y = glyph.size * _TWICE, round(glyph.x0), round(glyph.base)
        reach = range(-1 - int(near), 2 + int(near))
        is_again = not glyph.is_space and any(
            abs(one.x0 - glyph.x0) <= near and abs(one.base - glyph.base) <= near
            for dx in reach
            for dy in reach
            for one in seen.get((glyph.text, x + dx, y + dy), ())
        )
        if not is_again:
            seen.setdefault((glyph.text, x, y), []).append(glyph)
            kept.append(glyph)
    return kept


def _with_marks(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """Return the glyphs with marks and accents put to the letters over which they are printed."""
    kept: list[Glyph] = []
    accents: list[int] = []  # where accents stand among those kept
    for glyph in glyphs:
        last = kept[-1] if kept else None
        if last is not None and is_mark(glyph.text) and _is_over(glyph, last, slack=0.6):
            kept[-1] = replace(last, text=last.text + glyph.text)
            continue
        if is_accent(glyph.text):
            accents.append(len(kept))
        kept.append(glyph)
    return _with_accents(kept, accents) if accents else kept


def _with_accents(glyphs: list[Glyph], accents: Sequence[int]) -> list[Glyph]:
    """Return the glyphs with each accent put to the letter below or above it, wherever that stands in the file."""
    near: dict[int, list[int]] = {}
    for place, glyph in enumerate(glyphs):
        for x in range(int(glyph.x0), int(glyph.x1) + 1):
            near.setdefault(x, []).append(place)
    used: set[int] = set()
    for place in accents:
        accent = glyphs[place]
        for other in near.get(int((accent.x0 + accent.x1) / 2), ()):
            letter = with_accent(glyphs[other].text, accent.text) if _is_over(accent, glyphs[other]) else None
            if letter:
                glyphs[other] = replace(glyphs[other], text=letter)
                used.add(place)
                break
    return [glyph for place, glyph in enumerate(glyphs) if place not in used]


def _is_over(accent: Glyph, letter: Glyph, slack: float = 0.0) -> bool:
    middle, more = (accent.x0 + accent.x1) / 2, slack * letter.size
    return letter.x0 - more <= middle <= letter.x1 + more and abs(accent.base - letter.base) < letter.size


def _lines(glyphs: Sequence[Glyph]) -> Iterator[list[Glyph]]:
    """Yield the glyphs of each base line from left to right."""
    line: list[Glyph] = []
    total = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.base):
        if line and glyph.base - total / len(line) > _SAME_LINE * min(glyph.size, line[-1].size):
            yield sorted(line, key=lambda one: one.x0 + one.x1)
            line, total = [], 0.0
        line.append(glyph)
        total += glyph.base
    if line:
        yield sorted(line, key=lambda one: one.x0 + one.x1)


def _words(line: Sequence[Glyph]) -> Iterator[Word]:
    """Yield the words of a line; its parts between wide gaps may be set apart in different ways."""
    part: list[Glyph] = []
    for glyph in line:
        if part and not glyph.is_space and glyph.x0 - _end(part) > _WIDE * glyph.size:
            yield from _words_of_part(part)
            part = []
        part.append(glyph)
    yield from _words_of_part(part)


def _end(part: Sequence[Glyph]) -> float:
    return next((glyph.x1 for glyph in reversed(part) if not glyph.is_space), float("inf"))


def _words_of_part(part: Sequence[Glyph]) -> Iterator[Word]:
    drawn = [glyph for glyph in part if not glyph.is_space]
    if not drawn:
        return
    gap = _gap_of_words(drawn)
    found = list(_split(part, gap))
    if _is_spelled(found):
        spelled = [_gap(*pair) for pair in pairwise(drawn)]
        if max(spelled[:1] + [statistics.median(spelled)]) <= _SPELLED_GAP:
            found = list(_split(drawn, _above(statistics.median(spelled))))
    spaces = {id(glyph) for before, glyph in pairwise(part) if before.is_space}
    for glyphs in found:
        yield from filter(None, [_word(glyphs, after_space=id(glyphs[0]) in spaces)])


def _gap(before: Glyph, glyph: Glyph) -> float:
    """Return the room between two glyphs in sizes."""
    return (glyph.x0 - before.x1) / max(glyph.size, before.size, 0.01)


def _gap_of_words(drawn: Sequence[Glyph]) -> float:
    """Return the gap in sizes above which another word begins; wider where the letters are set apart."""
    gaps = sorted(gap for pair in pairwise(drawn) if (gap := _gap(*pair)) < _WIDE)
    usual = gaps[len(gaps) // 4] if len(gaps) >= _FEW else 0.0
    return _above(usual) if usual > _SET_APART else _GAP


def _above(gap: float) -> float:
    return gap * _MORE_THAN_APART[0] + _MORE_THAN_APART[1]


def _split(part: Sequence[Glyph], gap: float) -> Iterator[list[Glyph]]:
    word: list[Glyph] = []
    for glyph in part:
        if word and (glyph.is_space or not _goes_on(word[-1], glyph, gap)):
            yield word
            word = []
        if not glyph.is_space:
            word.append(glyph)
    if word:
        yield word


def _goes_on(before: Glyph, glyph: Glyph, gap: float) -> bool:
    if before.text == HYPHEN or max(before.size, glyph.size) >= _CAPITAL * min(before.size, glyph.size):
        return False
    both = is_cjk(before.text[-1:]) and is_cjk(glyph.text[:1])
    return _gap(before, glyph) <= (max(gap, _CJK_GAP) if both else gap)


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
    middle, half = base - _MIDDLE * size, _HALF_HEIGHT * size
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
    return "".join(glyph.text for glyph in ordered)


def _with_capitals(words: Sequence[Word]) -> list[Word]:
    """Return the words with a large first letter over several lines put to the word that it begins."""
    if not words:
        return []
    usual = statistics.median(word.size for word in words)
    kept = list(words)
    for capital in [word for word in words if _is_large(word, usual)]:
        begun = [word for word in kept if _begins(capital, word)]
        if begun:
            first = min(begun, key=lambda word: word.top)
            kept[kept.index(first)] = replace(first, text=capital.text + first.text, left=capital.left)
            kept.remove(capital)
    return kept


def _is_large(word: Word, usual: float) -> bool:
    return word.size >= _CAPITAL * usual and word.text[-1].isupper() and sum(map(str.isalpha, word.text)) == 1


def _begins(capital: Word, word: Word) -> bool:
    """Say whether a word goes on right of a large capital's head; after A, I and O another word may begin."""
    gap = (word.left - capital.right) / word.size
    reach = 0.3 if capital.text[-1] in "AIO" else 0.9
    base = _base(capital)
    return (
        -0.35 * capital.size / word.size <= gap <= reach
        and base - 0.8 * capital.size <= word.middle <= base - 0.3 * capital.size
        and word.size * _CAPITAL <= capital.size
        and not word.text[0].isupper() | word.text[0].isdigit()
    )


def _with_indices(words: Sequence[Word]) -> list[Word]:
    """Return the words with small raised or lowered ones put to the word that they touch: 4 and th, x and 2."""
    rows: dict[int, list[int]] = {}
    height = max(statistics.median(word.size for word in words), 0.01) if words else 1.0
    for place, word in enumerate(words):
        rows.setdefault(round(word.middle / height), []).append(place)
    kept: list[Word | None] = list(words)
    for place, word in sorted(enumerate(words), key=lambda one: one[1].left):
        row = round(word.middle / height)
        near = [one for step in (-1, 0, 1) for one in rows.get(row + step, ()) if one != place]
        owner = next((one for one in near if (held := kept[one]) is not None and _is_index(word, held)), None)
        if kept[place] is None or (
            owner is not None and any(_is_before(words[one], word) for one in near if one != owner)
        ):
            continue  # it stands in a line of small words
        if owner is not None and (held := kept[owner]) is not None:
            kept[owner] = replace(held, text=held.text + word.text, right=word.right)
            kept[place] = None
            _take_rest(kept, owner, near)
    return [word for word in kept if word is not None]


def _take_rest(kept: list[Word | None], owner: int, near: Sequence[int]) -> None:
    """Put what touches an index from behind to its word, too: the stop after a raised number."""
    held = kept[owner]
    assert held is not None  # noqa: S101 - an index was just put to it
    for one in near:
        word = kept[one]
        if word is not None and one != owner and abs(_base(word) - _base(held)) < _SAME_LINE * held.size:
            gap = (word.left - held.right) / held.size
            if -0.1 <= gap <= _GAP:
                kept[owner] = replace(held, text=held.text + word.text, right=word.right)
                kept[one] = None
                return


def _is_index(word: Word, owner: Word) -> bool:
    raised = (_base(owner) - _base(word)) / owner.size
    is_mark = len(word.text) <= _MARK_CHARS and not word.text[0].isalpha() and raised >= 2 * _RAISED[0]
    return (
        (word.size <= _SMALL * owner.size or (is_mark and word.size <= owner.size))
        and (_RAISED[0] <= raised <= _RAISED[1] or _LOWERED[0] <= -raised <= _LOWERED[1])
        and -0.1 * owner.size <= word.left - owner.right <= _GAP * owner.size
    )


def _is_before(word: Word, other: Word) -> bool:
    """Say whether a word stands right before another on the same line."""
    return abs(_base(word) - _base(other)) < 0.1 * other.size and 0 <= other.left - word.right < other.size  # noqa: PLR2004


def _base(word: Word) -> float:
    return word.middle + _MIDDLE * word.size
