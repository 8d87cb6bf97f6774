"""A page of a PDF as a picture."""

import io
import math

import pypdfium2

from app.documents.errors import DocumentError

MAX_PIXELS = 6_000_000
DPI = 150

_JPEG_QUALITY = 80
_POINTS_AN_INCH = 72


def picture_of(page: pypdfium2.PdfPage, number: int) -> bytes:
    """Return a page as a JPEG at 150 dpi, or fewer when it is larger than the cap of pixels. Raises: DocumentError."""
    width, height = page.get_size()
    if not (width > 0 and height > 0 and math.isfinite(width * height)):
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no size")
    scale = min(DPI / _POINTS_AN_INCH, math.sqrt(MAX_PIXELS / (width * height)))
    if max(width, height) * scale > MAX_PIXELS / 100 or min(width, height) * scale < 1:
        raise DocumentError("file_unreadable", f"page {number:,} of the PDF has no form that a picture can have")
    out = io.BytesIO()
    page.render(scale=scale, limit_image_cache=True).to_pil().save(out, "JPEG", quality=_JPEG_QUALITY)
    return out.getvalue()
