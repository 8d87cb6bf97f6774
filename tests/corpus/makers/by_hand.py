"""Documents written operator by operator: letters that are narrowed, sizes below zero, a table of close numbers."""

import random
from functools import partial
from textwrap import wrap
from typing import Final

from tests.corpus.makers.made import Made, english
from tests.corpus.truth import Row, joined, rows_text

PRODUCER: Final = "by hand"
NEEDS: Final = ()

_OBJECTS: Final = (
    b"<< /Type /Catalog /Pages 2 0 R >>",
    b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    (
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 "
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> >> >> >>"
    ),
)


def written(operators: str) -> bytes:
    """Return a PDF of one page with these operators; its font is /F1, Helvetica."""
    stream = operators.encode("cp1252")
    parts = [*_OBJECTS, b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream)]
    out, places = b"%PDF-1.7\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    entries = b"".join(b"%010d 00000 n \n" % place for place in places)
    table = b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(parts) + 1, entries)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, len(out))
    return out + table + trailer


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_narrowed(), _below_zero(), _numbers()]


def _shown(text: str, width: int) -> str:
    return "\n".join(f"({line}) Tj T*" for line in wrap(text, width, break_on_hyphens=False))


def _narrowed() -> Made:
    """Letters at half and at one and a half times their width."""
    one, other = english()[1:3]
    content = f"BT /F1 11 Tf 14 TL 50 Tz 50 780 Td {_shown(one, 150)} 150 Tz 0 -20 Td {_shown(other, 55)} ET"
    return Made("by_hand_narrowed", "letters narrowed", joined(one, other), partial(written, content))


def _below_zero() -> Made:
    """A size below zero, which a turn of the page makes upright again."""
    one = english()[1]
    content = f"BT /F1 -11 Tf -1 0 0 -1 50 780 Tm -14 TL {_shown(one, 90)} ET"
    return Made("by_hand_size_below_zero", "size below zero", one, partial(written, content))


def _numbers() -> Made:
    """A table of numbers that stand closer than words of two cells do."""
    dice = random.Random(3)
    rows: tuple[Row, ...] = tuple(tuple(f"{dice.random():.3f}" for _ in range(14)) for _ in range(30))
    content = "".join(
        f"BT /F1 8 Tf {40 + 23.5 * column:.1f} {780 - 9 * line} Td ({cell}) Tj ET\n"
        for line, row in enumerate(rows)
        for column, cell in enumerate(row)
    )
    return Made("by_hand_close_numbers", "table of close numbers", rows_text(rows), partial(written, content), (rows,))
