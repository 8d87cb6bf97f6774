"""Pictures as Tesseract and models take them."""

import io

import pytest
from PIL import Image

from app.documents import child, pictures
from app.documents.errors import DocumentError
from app.documents.pictures import redrawn


def file_of(picture: Image.Image, form: str = "PNG", **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


MARKED = Image.new("RGB", (30, 20), "white")
MARKED.paste("black", (0, 0, 4, 4))


@pytest.mark.parametrize(
    ("degrees", "size", "dark"),
    [(0, (30, 20), (1, 1)), (90, (20, 30), (18, 1)), (180, (30, 20), (28, 18)), (270, (20, 30), (1, 28))],
)
def test_it_is_turned_clockwise(degrees: int, size: tuple[int, int], dark: tuple[int, int]) -> None:
    found = opened(redrawn(file_of(MARKED), "png", degrees))
    assert (found.mode, found.size, found.getpixel(dark)) == ("L", size, 0)


def test_a_photograph_is_upright_as_its_camera_says() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    found = opened(redrawn(file_of(MARKED, "JPEG", exif=exif), "jpeg"))
    assert (found.format, found.size) == ("JPEG", (20, 30))


def test_what_is_transparent_is_white() -> None:
    letters = Image.new("RGBA", (9, 9), (0, 0, 0, 0))
    letters.putpixel((4, 4), (0, 0, 0, 255))
    found = opened(redrawn(file_of(letters)))
    assert (found.getpixel((0, 0)), found.getpixel((4, 4))) == (255, 0)


@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_a_large_one_is_made_smaller(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_PIXELS", {"png": 10_000, "jpeg": 10_000})
    found = opened(redrawn(file_of(Image.new("RGB", (1000, 500)), form)))
    assert found.width * found.height <= 10_000
    assert found.width == pytest.approx(2 * found.height, abs=2)


def test_dots_go_and_strokes_stay() -> None:
    dotted = Image.new("L", (30, 30), 255)
    dotted.putpixel((20, 20), 0)
    dotted.paste(0, (5, 0, 8, 30))
    found = opened(redrawn(file_of(dotted), smooth=True))
    assert (found.getpixel((20, 20)), found.getpixel((6, 15))) == (255, 0)


def test_one_of_too_many_dots_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MAX_SOURCE_PIXELS", 100)
    with pytest.raises(DocumentError) as caught:
        redrawn(file_of(MARKED))
    assert caught.value.code == "file_too_large"


@pytest.mark.parametrize("content", [b"", b"GIF89a", file_of(MARKED)[:60], file_of(MARKED, "GIF")], ids=len)
def test_what_is_no_picture_has_a_code(content: bytes) -> None:
    assert b'"error": "file_unreadable"' in child.answer(["picture", "png", "0", ""], content)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_any_mode_is_taken(mode: str) -> None:
    assert opened(redrawn(file_of(Image.new(mode, (9, 9))))).size == (9, 9)


def test_sixteen_bits_a_dot_become_eight() -> None:
    found = opened(redrawn(file_of(Image.new("I;16", (9, 9), 0x4000))))
    assert found.getpixel((4, 4)) == pytest.approx(0x40, abs=1)
