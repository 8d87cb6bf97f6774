"""Write newspaper.pdf from newspaper.txt: eight pages in two columns, one of them a picture without a text layer.

Needs reportlab, pypdfium2 and Pillow. The same versions of them write the same bytes.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pypdfium2
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent
NAME = "The Arrow Valley Courier"
DATE = "Saturday, 14 March 2026"
WIDTH, HEIGHT = 420, 595
MARGIN, GUTTER = 30, 16
COLUMN = (WIDTH - 2 * MARGIN - GUTTER) / 2
SIZE, LEADING, INDENT = 9, 11.2, 9
SCAN_DPI = 110

VOWELS = "aeiouyäöüàâéèêëîïôû"


@dataclass
class Article:
    """A headline, what stands below it, and paragraphs."""

    title: str
    subtitle: str
    byline: str
    paragraphs: list[str]


@dataclass
class Page:
    """`kind` is page (one article below the other), side (beside each other) or scanned (a picture)."""

    kind: str
    articles: list[Article]


def read_pages(text: str) -> list[Page]:
    """Return what newspaper.txt says."""
    parts = re.split(r"^=== (\w+)\n", text, flags=re.MULTILINE)
    return [
        Page(kind, [read_article(one) for one in re.split(r"^# ", body, flags=re.MULTILINE)[1:]])
        for kind, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def read_article(text: str) -> Article:
    """Return one article; its byline is written `by: Name`."""
    head, *paragraphs = text.strip().split("\n\n")
    title, *rest = head.split("\n")
    subtitle = next((line[3:] for line in rest if line.startswith("## ")), "")
    word, name = rest[-1].split(": ", 1)
    return Article(title, subtitle, f"{word.capitalize()} {name}", paragraphs)


def breaks(word: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to part a word at a line's end, the longest first half first."""
    for place in range(len(word) - 3, 2, -1):
        left, right = word[:place], word[place:]
        if left.endswith("-"):
            yield left, right
        elif word.isalpha() and right[0] not in VOWELS and right[1] in VOWELS:
            yield left + "-", right


def wrap(text: str, font: str, size: float, width: float, *, indent: float = 0, hyphens: bool = True) -> list[str]:
    """Return the lines of a paragraph."""
    lines, line, room = [], "", width - indent
    words = text.split()
    while words:
        word = words.pop(0)
        longer = f"{line} {word}".strip()
        if stringWidth(longer, font, size) <= room:
            line = longer
            continue
        for left, right in breaks(word) if hyphens else ():
            if stringWidth(f"{line} {left}", font, size) <= room:
                line, word = f"{line} {left}", right
                break
        lines.append(line)
        line, room = "", width
        words.insert(0, word)
    return [*lines, line]


class Press:
    """Draws one page."""

    def __init__(self, canvas: Canvas) -> None:
        """Start at the top."""
        self.canvas = canvas
        self.y = HEIGHT - MARGIN

    def masthead(self) -> None:
        """Draw the name of the paper, and its date."""
        self.canvas.setFont("Times-Bold", 27)
        self.canvas.drawCentredString(WIDTH / 2, self.y - 20, NAME)
        self.canvas.setFont("Times-Roman", 8)
        self.canvas.drawString(MARGIN, self.y - 36, DATE)
        self.canvas.drawRightString(WIDTH - MARGIN, self.y - 36, "No. 4,127 · 1.40 pounds")
        self.canvas.line(MARGIN, self.y - 41, WIDTH - MARGIN, self.y - 41)
        self.y -= 50

    def running_head(self, number: int) -> None:
        """Draw what stands above every page but the first."""
        self.canvas.setFont("Times-Roman", 8)
        self.canvas.drawString(MARGIN, self.y - 4, f"{NAME} · {DATE}")
        self.canvas.drawRightString(WIDTH - MARGIN, self.y - 4, str(number))
        self.canvas.line(MARGIN, self.y - 9, WIDTH - MARGIN, self.y - 9)
        self.y -= 18

    def across(self, article: Article) -> None:
        """Draw an article below a headline across both columns, of which the left one may be a line longer."""
        self.head(article, MARGIN, WIDTH - 2 * MARGIN, 19)
        lines = list(self.body(article))
        half = (len(lines) + 1) // 2
        top = self.y
        self.y = min(self.column(lines[:half], MARGIN, top), self.column(lines[half:], MARGIN + COLUMN + GUTTER, top))
        self.y -= 14

    def beside(self, articles: list[Article]) -> None:
        """Draw one article in each column."""
        top = self.y
        for number, article in enumerate(articles):
            left = MARGIN + number * (COLUMN + GUTTER)
            self.y = top
            self.head(article, left, COLUMN, 16)
            self.column(list(self.body(article)), left, self.y)

    def head(self, article: Article, left: float, width: float, size: float) -> None:
        """Draw headline, subtitle and byline."""
        rows = [(line, "Times-Bold", size) for line in wrap(article.title, "Times-Bold", size, width, hyphens=False)]
        if article.subtitle:
            lines = wrap(article.subtitle, "Times-Italic", 11, width, hyphens=False)
            rows += [(line, "Times-Italic", 11) for line in lines]
        rows.append((article.byline, "Helvetica", 8))
        for line, font, font_size in rows:
            self.y -= font_size * 1.15
            self.canvas.setFont(font, font_size)
            self.canvas.drawString(left, self.y, line)
        self.y -= 6

    def body(self, article: Article) -> Iterator[tuple[str, float, bool]]:
        """Yield each line with its indent and whether it fills the column."""
        for number, paragraph in enumerate(article.paragraphs):
            indent = INDENT if number else 0
            lines = wrap(paragraph, "Times-Roman", SIZE, COLUMN, indent=indent)
            for place, line in enumerate(lines):
                yield line, 0 if place else indent, place < len(lines) - 1

    def column(self, lines: list[tuple[str, float, bool]], left: float, top: float) -> float:
        """Draw justified lines; return where they end."""
        for line, indent, is_full in lines:
            top -= LEADING
            text = self.canvas.beginText(left + indent, top)
            text.setFont("Times-Roman", SIZE)
            gaps = line.count(" ")
            if is_full and gaps:
                text.setWordSpace((COLUMN - indent - stringWidth(line, "Times-Roman", SIZE)) / gaps)
            text.textOut(line)
            self.canvas.drawText(text)
        return top


def draw(canvas: Canvas, page: Page, number: int) -> None:
    """Draw one page with its text."""
    press = Press(canvas)
    if number == 1:
        press.masthead()
    else:
        press.running_head(number)
    if page.kind == "side":
        press.beside(page.articles)
    else:
        for article in page.articles:
            press.across(article)


def scan(page: Page, number: int) -> ImageReader:
    """Return a page as a scanner would: grey, a little turned, coarse."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=True)
    draw(canvas, page, number)
    canvas.save()
    picture = pypdfium2.PdfDocument(out.getvalue())[0].render(scale=SCAN_DPI / 72, grayscale=True).to_pil()
    turned = picture.rotate(0.4, resample=Image.Resampling.BICUBIC, fillcolor=235)
    jpeg = io.BytesIO()
    turned.save(jpeg, "JPEG", quality=40)
    return ImageReader(jpeg)


def newspaper() -> bytes:
    """Return the PDF."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(WIDTH, HEIGHT), invariant=True, pageCompression=1)
    canvas.setTitle(f"{NAME}, {DATE}")
    for number, page in enumerate(read_pages((HERE / "newspaper.txt").read_text("utf-8")), start=1):
        if page.kind == "scanned":
            canvas.drawImage(scan(page, number), 0, 0, WIDTH, HEIGHT)
        else:
            draw(canvas, page, number)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


if __name__ == "__main__":
    (HERE / "newspaper.pdf").write_bytes(newspaper())
