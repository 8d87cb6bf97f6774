"""PDFs that are no PDFs, cannot be read, or want more than a reader should give."""

import io
import resource

import pytest
from PIL import Image

from app.documents.child import MEMORY_BYTES
from app.documents.errors import DocumentError
from app.documents.pdf import document, drawing
from app.documents.reader import draw as draw_page
from app.documents.reader import read as read_pdf
from tests.rig import pdfs
from tests.unit.documents.report import REPORT

HELLO = b"BT /F1 10 Tf 50 700 Td (Hello) Tj ET\n"
LOOP = pdfs.of_objects(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"<html><body>Not a PDF</body></html>", "file_unreadable"),
        (b"%PDF-1.7", "file_unreadable"),
        (b"%PDF-1.7\n" + bytes(range(256)) * 10, "file_unreadable"),
        (REPORT[:300], "file_unreadable"),
        (LOOP, "file_unreadable"),
        (pdfs.of_texts([(50, 50, 10, "Hello")], password="secret"), "pdf_encrypted"),
        (pdfs.blank(10_000), "file_too_large"),
        (pdfs.flate_bomb(2000), "file_too_large"),
        (pdfs.flate_bomb(2000, times=2), "file_too_large"),
        (pdfs.flate_bomb(100, text=b"0 0 m 100 100 l 50 7 l h f\n"), "file_too_large"),
    ],
    ids=[
        *("empty", "html", "header", "noise", "cut", "loop"),
        *("password", "pages", "flate", "nested", "paths"),
    ],
)
async def test_what_cannot_be_read_has_its_code(content: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        await read_pdf(content)
    assert (caught.value.code, caught.value.retryable) == (code, False)


async def test_no_reader_needs_more_memory_than_it_may() -> None:
    with pytest.raises(DocumentError):
        await read_pdf(pdfs.flate_bomb(2000, times=3))
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 <= MEMORY_BYTES


async def test_an_empty_password_opens() -> None:
    assert (await read_pdf(pdfs.of_texts([(50, 50, 10, "Hello")], password=""))).text == "Hello"


async def test_some_pages_of_a_huge_pdf_can_be_named() -> None:
    found = await read_pdf(pdfs.blank(1000), first=900, last=902)
    assert (found.page_count, [page.number for page in found.pages]) == (1000, [900, 901, 902])


async def test_a_range_behind_the_end_is_named() -> None:
    with pytest.raises(DocumentError) as caught:
        await read_pdf(REPORT, first=4)
    assert caught.value.code == "pages_out_of_range"


@pytest.mark.parametrize("box", [b"0 0 9999999 9999999", b"0 0 1 14400", b"0 0 0 0", b"0 0 1e39 1e39"])
async def test_a_picture_has_a_bounded_number_of_pixels(box: bytes) -> None:
    picture = await draw_page(pdfs.of_content(HELLO, box=box), 1)
    with Image.open(io.BytesIO(picture)) as drawn:
        assert drawn.width * drawn.height <= drawing.MAX_PIXELS["jpeg"] * 1.01


async def test_an_image_that_claims_billions_of_pixels_harms_nothing() -> None:
    bomb = pdfs.of_content(b"q 500 0 0 500 0 0 cm /I Do Q", resources=b"/XObject << /I 6 0 R >>")
    assert (await draw_page(bomb, 1)).startswith(b"\xff\xd8")
    assert not (await read_pdf(bomb)).pages[0].has_text


def test_too_many_characters_are_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_TEXT_CHARS", 10)
    with pytest.raises(DocumentError) as caught:
        document.read(REPORT)
    assert caught.value.code == "file_too_large"


def test_a_page_of_too_many_characters_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.documents.pdf.glyphs.MAX_CHARS_A_PAGE", 10)
    with pytest.raises(DocumentError) as caught:
        document.read(REPORT)
    assert caught.value.code == "file_too_large"


def test_a_page_that_is_not_there_cannot_be_drawn() -> None:
    with pytest.raises(DocumentError) as caught:
        document.draw(REPORT, 4)
    assert caught.value.code == "pages_out_of_range"
