"""Turn a PNG or JPEG into what Tesseract reads best or a model takes; runs in the limited process alone."""

import io
import math
import warnings
from typing import Final, Literal

from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from app.documents.errors import DocumentError

Form = Literal["jpeg", "png"]

MAX_PIXELS: Final = {"jpeg": 6_000_000, "png": 9_000_000}
MAX_SOURCE_PIXELS = 100_000_000

_JPEG_QUALITY = 80
_FAST = 1  # of zlib: grey noise becomes little smaller by more
_TURNS = {0: None, 90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def redrawn(content: bytes, form: Form = "png", degrees: int = 0, *, smooth: bool = False) -> bytes:
    """Return a picture as a grey PNG of at most 9 million pixels, or as a JPEG of at most 6 million.

    It is turned clockwise by `degrees` (0, 90, 180, 270), upright as its camera says. `smooth` takes dots away.
    Raises: DocumentError (file_unreadable, file_too_large).
    """
    with warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning):
        try:
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
                return _written(_made(picture, form, degrees, smooth=smooth), form)
        except UnidentifiedImageError:
            raise DocumentError("file_unreadable", "the file is neither a PNG nor a JPEG") from None


def _made(picture: Image.Image, form: Form, degrees: int, *, smooth: bool) -> Image.Image:
    width, height = picture.size
    if width * height > MAX_SOURCE_PIXELS:
        raise DocumentError("file_too_large", f"the picture has more than {MAX_SOURCE_PIXELS:,} pixels")
    scale = math.sqrt(MAX_PIXELS[form] / (width * height))
    if scale < 1:
        picture.draft(None, (max(1, int(width * scale)), max(1, int(height * scale))))
    found = ImageOps.exif_transpose(picture)
    if found.mode.startswith("I"):  # 16 bits a dot, of which a conversion would keep the lower ones
        found = found.convert("I").point(lambda dot: dot * (1 / 256)).convert("L")
    if found.has_transparency_data:
        found = found.convert("RGBA")
        found = Image.alpha_composite(Image.new("RGBA", found.size, "white"), found)
    found = found.convert("L" if form == "png" else "RGB")
    if scale < 1:
        found.thumbnail((max(1, int(found.width * _left(found, form))), max(1, int(found.height * _left(found, form)))))
    turn = _TURNS[degrees]
    found = found if turn is None else found.transpose(turn)
    return found.filter(ImageFilter.MedianFilter(3)) if smooth else found


def _left(picture: Image.Image, form: Form) -> float:
    return min(1.0, math.sqrt(MAX_PIXELS[form] / (picture.width * picture.height)))


def _written(picture: Image.Image, form: Form) -> bytes:
    out = io.BytesIO()
    if form == "png":
        picture.save(out, "PNG", compress_level=_FAST)
    else:
        picture.save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()
