"""Pictures of text and PDFs that hold nothing else; and a Tesseract that says what a test likes."""

import io
import shutil
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from app.documents import ocr_languages

HEADING = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext"
_DEBIAN = Path("/usr/share/fonts")
DEJAVU = _DEBIAN / "truetype/dejavu/DejaVuSans.ttf"
NOTO_CJK = _DEBIAN / "opentype/noto/NotoSansCJK-Regular.ttc"
NOTO_ARABIC = _DEBIAN / "truetype/noto/NotoSansArabic-Regular.ttf"


def picture_of(
    lines: Sequence[str],
    *,
    size: int = 34,
    width: int = 1300,
    font: Path | None = None,
    columns: int = 1,
    leading: float = 1.6,
) -> Image.Image:
    """Return lines as black letters on white, in columns of as many lines each."""
    letters = ImageFont.truetype(font, size) if font else ImageFont.load_default(size)
    rows = -(-len(lines) // columns)
    picture = Image.new("L", (width, int(rows * size * leading) + 4 * size), 255)
    draw = ImageDraw.Draw(picture)
    for place, line in enumerate(lines):
        column, row = divmod(place, rows)
        draw.text((2 * size + column * width // columns, 2 * size + int(row * size * leading)), line, 0, letters)
    return picture


def png(picture: Image.Image) -> bytes:
    """Return a picture as a file."""
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def scan_of(*pictures: Image.Image) -> bytes:
    """Return a PDF whose pages are pictures."""
    out = io.BytesIO()
    canvas = Canvas(out, invariant=True)
    for picture in pictures:
        width, height = 595, 595 * picture.height / picture.width
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(picture), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def rows(text: str, confidence: float = 95) -> str:
    """Return the rows of a table that says a text: a line each, a paragraph where an empty one stands before."""
    found, paragraph = [], 1
    for number, line in enumerate(text.split("\n"), start=1):
        paragraph += not line
        for place, word in enumerate(line.split(), start=1):
            found.append(f"5\t1\t1\t{paragraph}\t{number}\t{place}\t0\t0\t9\t9\t{confidence}\t{word}")
    return "\n".join(found)


def table(text: str, confidence: float = 95) -> str:
    """Return what Tesseract says that read a text."""
    return f"{HEADING}\n{rows(text, confidence)}\n"


class PlayedTesseract:
    """The program of a test's own, first on the PATH; it knows its languages and runs the code it is given.

    The code finds `languages` and `layout` as they were given, `picture` (bytes), and `said(text, confidence)`.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.program = folder / "tesseract"
        monkeypatch.setenv("PATH", str(folder))
        ocr_languages.chosen.cache_clear()

    def does(self, code: str, *, languages: str = "eng deu fra ara jpn osd") -> None:
        self.program.write_text(
            f"#!{sys.executable} -I\n"
            "import os, sys, time\n"
            "if '--list-langs' in sys.argv:\n"
            f"    print('List of available languages (6):', *{languages!r}.split(), sep='\\n')\n"
            "    raise SystemExit\n"
            f"heading = {HEADING!r}\n"
            "def said(text, confidence=95):\n"
            "    print(heading)\n"
            "    for number, word in enumerate(text.split(), start=1):\n"
            "        print(5, 1, 1, 1, 1, number, 0, 0, 9, 9, confidence, word, sep='\\t')\n"
            "languages, layout = sys.argv[4], sys.argv[6]\n"
            "picture = sys.stdin.buffer.read()\n"
            f"{code}\n"
        )
        self.program.chmod(stat.S_IRWXU)


def has(*languages: str) -> bool:
    """Say whether the real Tesseract is installed with these languages."""
    return shutil.which("tesseract") is not None and {*languages} <= {*ocr_languages.languages()}
