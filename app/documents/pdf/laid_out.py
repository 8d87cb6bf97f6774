"""A page laid out: its lines in the order of reading with tables among them, then its text, articles and tables."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.documents.model import Article, Page, Table, joined, markdown
from app.documents.pdf.aligned import Found
from app.documents.pdf.articles import articles_of
from app.documents.pdf.doubt import doubts_of
from app.documents.pdf.hyphens import Vocabulary, join
from app.documents.pdf.layout import lines_in_order
from app.documents.pdf.newspaper import is_newspaper
from app.documents.pdf.pages import Sheet
from app.documents.pdf.scripts import is_rtl
from app.documents.pdf.sections import sections_of
from app.documents.pdf.shapes import BLOCK, Word
from app.documents.pdf.tables import ruled_tables_of, tables_of


class LaidOut:
    """One page on its way from words to text; `body` is the size of the document's running text."""

    def __init__(self, sheet: Sheet, body: float, layout: str) -> None:
        """Find the lines and tables; `layout` is newspaper, plain, or auto: as the page looks."""
        self._sheet = sheet
        self._body = body
        self.lines = lines_in_order(sheet.words, body=body)
        self.is_newspaper = layout == "newspaper" or (layout == "auto" and is_newspaper(self.lines, body))
        find = ruled_tables_of if self.is_newspaper else tables_of
        self._tables = find(sheet.words, sheet.ink)
        self._set_lines(sheet.words)

    def _set_lines(self, words: Iterable[Word]) -> None:
        inside = {id(word) for table in self._tables for word in table.words}
        blocks = [_block(place, table, self._body) for place, table in enumerate(self._tables)]
        if blocks:
            words = [*(word for word in words if id(word) not in inside), *blocks]
        self.lines = lines_in_order(list(words), body=self._body)

    def leave_out(self, words: set[Word]) -> None:
        """Leave some words out of the text."""
        if words:
            self._set_lines(word for word in self._sheet.words if word not in words)

    def page(self, known: Vocabulary, left_out: Sequence[str]) -> Page:
        """Return the page; `known` are the words of the document."""
        tables = [_table(found, known) for found in self._tables]
        asides = [
            join([line.text for line in lines_in_order(aside, body=self._body)], known) for aside in self._sheet.asides
        ]
        if self.is_newspaper:
            is_first = self._sheet.number == 1
            articles, more_left_out = articles_of(self.lines, body=self._body, known=known, is_first=is_first)
            left_out = [*left_out, *more_left_out]
        else:
            articles = sections_of(self.lines, body=self._body, known=known)
        articles = [replace(one, body=_with_tables(one.body, tables)) for one in articles]
        more = [*asides, *self._sheet.comments]
        if more and articles and not self.is_newspaper:
            articles[-1] = replace(articles[-1], body=joined([articles[-1].body, *more]))
        elif more:
            articles.append(Article(None, None, None, joined(more)))
        doubts = doubts_of(self._sheet)
        return Page(
            number=self._sheet.number,
            text=joined(map(_text, articles)),
            has_text=bool(articles),
            layout="newspaper" if self.is_newspaper else "plain",
            articles=tuple(articles),
            tables=tuple(tables),
            doubts=tuple(doubts),
            score=round(1.0 - max((doubt.share for doubt in doubts), default=0.0), 3),
            left_out=tuple(left_out),
            notes=tuple(_notes(self._sheet)),
        )


def _block(place: int, table: Found, body: float) -> Word:
    left, top, right, bottom = table.box
    return Word(f"{BLOCK}{place}{BLOCK}", left, top, right, max(bottom, top + 1), body, is_bold=False)


def _with_tables(text: str, tables: Sequence[Table]) -> str:
    if BLOCK not in text:
        return text
    for place, table in enumerate(tables):
        text = text.replace(f"{BLOCK}{place}{BLOCK}", markdown(table))
    return text


def _table(found: Found, known: Vocabulary) -> Table:
    rows = [[_cell(cell, known) for cell in row] for row in found.rows]
    if 2 * sum(is_rtl(word.text) for word in found.words) > sum(map(_has_letters, found.words)):
        rows = [row[::-1] for row in rows]  # the first column stands on the right
    return Table(tuple(map(tuple, rows)))


def _has_letters(word: Word) -> bool:
    return any(map(str.isalpha, word.text))


def _cell(words: Sequence[Word], known: Vocabulary) -> str:
    size = max((word.size for word in words), default=1.0)
    return join([line.text for line in lines_in_order(words, body=100 * size)], known)


def _text(article: Article) -> str:
    return joined([part for part in (article.title, article.subtitle, article.author, article.body) if part])


def _notes(sheet: Sheet) -> list[str]:
    notes = []
    counts = sheet.counts
    if counts.hidden:
        notes.append(f"{counts.hidden:,} letters that nobody sees were left out.")
    if counts.is_behind_picture:
        notes.append("The text lies unseen behind a picture, as a scanner's program writes it.")
    if counts.unread_angles:
        notes.append(f"Text at {counts.unread_angles} more angles was left out.")
    return notes
