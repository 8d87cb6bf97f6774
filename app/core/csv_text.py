"""Lines of CSV (RFC 4180) that a spreadsheet shows and does not compute.

A text that would be a formula there has an apostrophe before it, so this is for reading; JSON is what loses nothing.
"""

import csv
import io
import re
from collections.abc import Iterable

MEDIA_TYPE = "text/csv"
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # the last four are the full-width twins of the first
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*([eE][+-]?\d+)?%?", re.ASCII)


def line(cells: Iterable[object]) -> str:
    """Return a line with its end; None is an empty cell."""
    into = io.StringIO()
    csv.writer(into).writerow(["" if one is None else _shown(str(one)) for one in cells])
    return into.getvalue()


def _shown(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
