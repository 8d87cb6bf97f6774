"""PDFs made in code: plain ones, and hostile ones."""

import io
import zlib
from collections.abc import Sequence

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)

Text = tuple[float, float, float, str]  # x, y from below, size, text


def of_texts(*pages: Sequence[Text], size: tuple[float, float] = A4, password: str | None = None) -> bytes:
    """Return a PDF with these texts on its pages."""
    encrypt = None if password is None else StandardEncryption(password, ownerPassword="owner")
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, encrypt=encrypt, invariant=True)
    for page in pages:
        for x, y, font_size, text in page:
            canvas.setFont("Times-Roman", font_size)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def blank(pages: int = 1) -> bytes:
    """Return a PDF of empty pages."""
    return of_texts(*[[]] * pages)


def column(x: float, top: float, lines: Sequence[str], *, size: float = 10, leading: float = 12) -> list[Text]:
    """Return lines one below the other."""
    return [(x, top - number * leading, size, line) for number, line in enumerate(lines)]


def of_objects(*objects: bytes, root: int = 1) -> bytes:
    """Return a PDF of objects, numbered from 1, with a right table of their places."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(
        out + b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, table)
    )


def of_content(stream: bytes, *, filters: bytes = b"", box: bytes = b"0 0 595 842", resources: bytes = b"") -> bytes:
    """Return a PDF of one page with this content stream, already encoded by its `filters`."""
    return of_objects(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> %s >> >>"
        % (box, resources),
        b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(stream), filters, stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Type /XObject /Subtype /Image /Width 60000 /Height 60000 /ColorSpace /DeviceRGB /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length 8 >>\nstream\n%s\nendstream" % zlib.compress(b""),
    )


def flate_bomb(megabytes: int, *, times: int = 1, text: bytes = b"") -> bytes:
    """Return a PDF whose content is so large when inflated `times` times."""
    stream = zlib_of(text or b" ", megabytes * 1_000_000)
    for _ in range(times - 1):
        stream = zlib.compress(stream, 9)
    return of_content(stream, filters=b"/Filter [%s]" % (b"/FlateDecode " * times))


def zlib_of(piece: bytes, size: int) -> bytes:
    """Return the compressed form of a piece repeated up to a size: one block of it, again and again."""
    block = piece * max(1, 1_000_000 // len(piece))
    packer = zlib.compressobj(9)
    packed = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    header, body = packed[:2], packed[2:]
    return header + body * max(1, size // len(block)) + packer.flush()
