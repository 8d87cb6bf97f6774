"""Documents by Typst: newspaper, invoice, tables, slides, text that is turned, hyphenation."""

import importlib
import json
import tempfile
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from tests.corpus.makers.made import EPOCH, READINGS_HEAD, Made, english, readings, stories
from tests.corpus.truth import Row, joined, paragraphs, rows_text

PRODUCER: Final = "Typst"
NEEDS: Final = ("python:typst",)

_START: Final = "#set document(date: none)\n#set page(margin: 18mm)\n"


def compiled(source: str) -> bytes:
    """Return the PDF that Typst makes, with its own fonts."""
    typst = importlib.import_module("typst")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "document.typ"
        path.write_text(_START + source, encoding="utf-8")
        made: bytes = typst.compile(str(path), ignore_system_fonts=True, timestamp=int(EPOCH))
        return made


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [
        _article(),
        _hyphenation(),
        _newspaper(),
        _invoice(),
        _table_pages(),
        _side_label(),
        *(_turned(angle) for angle in (90, 180, 270)),
        _scripts(),
    ]


def _string(text: str) -> str:
    """Return a text as a string of Typst's, in content."""
    return f"#{json.dumps(text, ensure_ascii=False)}"


def _body(parts: Iterable[str]) -> str:
    return "\n\n".join(map(_string, parts))


def _cells(rows: Iterable[Row]) -> str:
    return ", ".join(f"[{_string(cell)}]" for row in rows for cell in row)


def _article() -> Made:
    title, *parts = paragraphs("paper")
    source = f'#set page(numbering: "1")\n#set par(justify: true)\n#set text(hyphenate: true)\n= {_string(title)}\n'
    text = joined(title, parts)
    return Made("typst_article", "article with ligatures", text, partial(compiled, source + _body(parts)), (), "1 2")


def _hyphenation() -> Made:
    title, *parts = paragraphs("de")
    start = '#set page(width: 78mm)\n#set text(lang: "de", hyphenate: true, size: 10pt)\n#set par(justify: true)\n'
    build = partial(compiled, f"{start}= {_string(title)}\n{_body(parts)}")
    return Made("typst_german_narrow", "hyphenation in German", joined(title, parts), build)


def _newspaper() -> Made:
    name = "The Harrow Bridge Courier"
    found = stories()[:5]
    start = f"#set text(size: 9pt)\n#align(center, text(size: 30pt, {json.dumps(name)}))\n#line(length: 100%)\n"
    columns = "\n\n".join(
        f'#text(size: 15pt, weight: "bold")[{_string(title)}]\n\n{_body(parts)}' for title, parts in found
    )
    source = f"{start}#set par(justify: true)\n#columns(3, gutter: 6mm)[{columns}]"
    text = joined(name, [joined(title, parts) for title, parts in found])
    return Made("typst_newspaper", "newspaper page", text, partial(compiled, source))


def _invoice() -> Made:
    head = ("Brenner & Solheim Timber Ltd", "Sawmill Road 14, Harrow Bridge HB4 2QT", "VAT number GB 417 2290 55")
    foot = (
        "Registered in Harrow Bridge, company number 0417229",
        "Account 20-41-77 63308214",
        "accounts@brenner.example",
    )
    address = ("Harrow Bridge Water Company", "The Wheelhouse, Mill Lane 1", "Harrow Bridge HB4 1AA")
    rows: tuple[Row, ...] = (
        ("Pos", "Description", "Qty", "Unit price", "Amount"),
        ("1", "Oak planks, seasoned, 50 x 250 x 3000 mm", "24", "86.50", "2,076.00"),
        ("2", "Oak beams, 200 x 200 x 4000 mm", "6", "312.00", "1,872.00"),
        ("3", "Stainless steel bolts M16 x 180, box of 50", "4", "47.25", "189.00"),
        ("4", "Delivery by lorry with crane", "1", "140.00", "140.00"),
    )
    sums: tuple[Row, ...] = (("Subtotal", "4,277.00"), ("VAT 20 %", "855.40"), ("Total GBP", "5,132.40"))
    lines = r" \ ".join
    source = (
        f"#set page(header: text(size: 8pt)[{lines(map(_string, head))}], "
        f"footer: text(size: 8pt)[{lines(map(_string, foot))}], margin: (y: 30mm))\n"
        f"{lines(map(_string, address))}\n\n= Invoice BS-2026-0417\n\nDate: 12 March 2026\n\n"
        f"#table(columns: 5, stroke: none, align: (right, left, right, right, right), {_cells(rows)})\n"
        f"#align(right, table(columns: 2, stroke: none, align: right, {_cells(sums)}))\n"
        "Please pay within 30 days and quote the number of this invoice."
    )
    text = joined(
        "\n".join(head), "\n".join(address), "Invoice BS-2026-0417", "Date: 12 March 2026", rows_text(rows),
        rows_text(sums), "Please pay within 30 days and quote the number of this invoice.", "\n".join(foot),
    )  # fmt: skip
    return Made("typst_invoice", "invoice", text, partial(compiled, source), (rows,))


def _table_pages() -> Made:
    rows = readings(56)
    header = f"table.header({', '.join(f'[*{cell}*]' for cell in READINGS_HEAD)})"
    intro = "Register of the gauges along the Senn"
    start = f'#set page(paper: "a5", numbering: "1")\n#set text(size: 9pt)\n= {intro}\n'
    source = f"{start}#table(columns: 5, {header}, {_cells(rows)})"
    text = joined(intro, rows_text((READINGS_HEAD, *rows)))
    optional = f"1 2 3 4 5 6 {' '.join(READINGS_HEAD)}"
    return Made(
        "typst_table_pages", "table over pages", text, partial(compiled, source), ((READINGS_HEAD, *rows),), optional
    )


def _side_label() -> Made:
    title, *parts = english()[:5]
    label = "Archive copy of the water company"
    source = (
        f"#place(left + horizon, dx: -14mm, rotate(-90deg, reflow: true)[{label}])\n= {_string(title)}\n{_body(parts)}"
    )
    return Made("typst_side_label", "turned label beside text", joined(label, title, parts), partial(compiled, source))


def _turned(angle: int) -> Made:
    title, *parts = english()[:4]
    source = f"#rotate({angle}deg, reflow: true, block(width: 150mm)[= {_string(title)}\n{_body(parts)}])"
    return Made(f"typst_turned_{angle}", f"text turned by {angle}", joined(title, parts), partial(compiled, source))


def _scripts() -> Made:
    russian, greek = paragraphs("ru"), paragraphs("el")
    source = f"= {_string(russian[0])}\n{_body(russian[1:])}\n= {_string(greek[0])}\n{_body(greek[1:])}"
    return Made("typst_russian_greek", "Cyrillic and Greek", joined(russian, greek), partial(compiled, source))
