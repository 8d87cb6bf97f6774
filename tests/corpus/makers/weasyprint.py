"""Documents by WeasyPrint: footnotes, a table over pages, two columns in French."""

import importlib
from functools import partial
from typing import Final

from tests.corpus.makers.chromium import paged, table_of
from tests.corpus.makers.made import READINGS_HEAD, Made, english, readings
from tests.corpus.truth import joined, paragraphs, rows_text

PRODUCER: Final = "WeasyPrint"
NEEDS: Final = ("python:weasyprint",)


def laid(body: str, css: str = "", lang: str = "en") -> bytes:
    """Return the PDF that WeasyPrint makes."""
    style = f"@page {{ size: A4; margin: 18mm }} body {{ font-family: 'Liberation Serif'; font-size: 11pt }} {css}"
    source = f'<html lang="{lang}"><head><meta charset="utf-8"><style>{style}</style></head><body>{body}</body></html>'
    made: bytes = importlib.import_module("weasyprint").HTML(string=source).write_pdf()
    return made


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_footnotes(), _table_pages(), _french()]


def _footnotes() -> Made:
    title, *parts = english()[:5]
    notes = ("Measured at the weir.", "In the money of that year.", "The report has 212 pages.", "Minutes, leaf 4.")
    body = f"<h1>{title}</h1>" + "".join(
        f"<p>{part}<span>{note}</span></p>" for part, note in zip(parts, notes, strict=True)
    )
    css = "span { float: footnote } @page { @footnote { border-top: 1pt solid black } }"
    marked = [f"{part}{number}" for number, part in enumerate(parts, 1)]
    text = joined(title, marked, [f"{number}. {note}" for number, note in enumerate(notes, 1)])
    optional = " ".join(f"{number} {number}.{note.split()[0]}" for number, note in enumerate(notes, 1))
    return Made("weasyprint_footnotes", "footnotes", text, partial(laid, body, css), (), optional)


def _table_pages() -> Made:
    rows = (READINGS_HEAD, *readings(100))
    css = (
        "td { padding: 2pt 10pt 2pt 0 } thead td { font-weight: bold; border-bottom: 1pt solid black } "
        "@page { @bottom-center { content: 'page ' counter(page) ' of ' counter(pages) } }"
    )
    optional = f"page of 1 2 3 4 5 {' '.join(READINGS_HEAD)}"
    build = partial(laid, table_of(rows), css)
    return Made("weasyprint_table_pages", "table over pages", rows_text(rows), build, (rows,), optional)


def _french() -> Made:
    title, *parts = paragraphs("fr")
    css = "main { columns: 2; text-align: justify; hyphens: auto }"
    build = partial(laid, f"<h1>{title}</h1><main>{paged(parts)}</main>", css, "fr")
    return Made("weasyprint_french", "two columns", joined(title, parts), build)
