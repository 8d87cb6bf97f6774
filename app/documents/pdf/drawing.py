"""A page of a PDF as a picture."""

import io
import math
from typing import Literal

import pypdfium2

from app.documents.errors import DocumentError

Form = Literal["jpeg", "png"]

MAX_PIXELS = {"jpeg": 6_000_000, "png": 9_000_000}
DPI = {"jpeg": 150, "png": 300}

_JPEG_QUALITY = 80
_FAST = 1  # of a PNG's compression
_POINTS_AN_INCH = 72


def picture_of(page: pypdfium2.PdfPage, number: int, form: Form = "jpeg") -> bytes:
    """Return a page as a JPEG at 150 dpi or a grey PNG at 300, or fewer when it is larger than the cap of pixels.

    Raises: DocumentError.
    """
    width, height = page.get_size()
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no size")
    scale = min(DPI[form] / _POINTS_AN_INCH, math.sqrt(MAX_PIXELS[form] / (width * height)))
    if max(width, height) * scale > MAX_PIXELS[form] / 100 or min(width, height) * scale < 1:
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no form that a picture can have")
    out = io.BytesIO()
    picture = page.render(scale=scale, limit_image_cache=True, grayscale=form == "png").to_pil()
    picture.save(out, form, quality=_JPEG_QUALITY, compress_level=_FAST)
    return out.getvalue()
