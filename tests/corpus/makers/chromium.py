"""Documents by Chromium: pages of the web as they are printed."""

import html
from collections.abc import Iterable
from functools import partial
from typing import Final

from tests.corpus.makers.made import READINGS_HEAD, Made, english, readings, run, stories
from tests.corpus.truth import Row, joined, rows_text

PRODUCER: Final = "Chromium"
NEEDS: Final = ("chromium",)

_COMMAND: Final = (
    "chromium",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--user-data-dir=profile",
    "--no-pdf-header-footer",
    "--print-to-pdf=document.pdf",
    "document.html",
)
_SOFT_HYPHEN: Final = "\u00ad"


def printed(body: str, css: str = "", lang: str = "en", direction: str = "ltr", *, is_tagged: bool = True) -> bytes:
    """Return the PDF that Chromium prints, with tags that tell the structure unless told otherwise."""
    style = f"@page {{ size: A4; margin: 18mm }} body {{ font-family: 'Liberation Serif'; font-size: 11pt }} {css}"
    head = f'<html lang="{lang}" dir="{direction}"><head><meta charset="utf-8"><style>{style}</style></head>'
    command = _COMMAND if is_tagged else (*_COMMAND[:-1], "--disable-pdf-tagging", _COMMAND[-1])
    return run(command, f"<!DOCTYPE html>{head}<body>{body}</body></html>", "document.html")


def paged(parts: Iterable[str]) -> str:
    """Return paragraphs as HTML."""
    return "".join(f"<p>{html.escape(part)}</p>" for part in parts)


def table_of(rows: Iterable[Row]) -> str:
    """Return a table as HTML, its first row the heading."""
    first, *rest = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table><thead><tr>{first}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in rest)}</tbody></table>"


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [_article(), _columns(), _soft_hyphens(), _drop_cap(), _table_plain(), _table_pages(), _spaced()]


def _article() -> Made:
    title, *parts = english()
    build = partial(printed, f"<h1>{title}</h1>{paged(parts)}")
    return Made("chromium_article", "article", joined(title, parts), build)


def _columns() -> Made:
    found = stories()[5:9]
    body = "".join(f"<h2>{title}</h2>{paged(parts)}" for title, parts in found)
    css = "main { columns: 3; column-gap: 7mm; column-fill: auto; height: 250mm } h2 { font-size: 15pt }"
    text = joined([joined(title, parts) for title, parts in found])
    return Made("chromium_three_columns", "three columns", text, partial(printed, f"<main>{body}</main>", css))


def _soft_hyphens() -> Made:
    title, *parts = english()[:7]
    soft = [" ".join(_softened(word) for word in part.split()) for part in parts]
    build = partial(printed, f"<h1>{title}</h1><main>{paged(soft)}</main>", "main { width: 52mm; text-align: justify }")
    return Made("chromium_soft_hyphens", "soft hyphens", joined(title, parts), build)


def _softened(word: str) -> str:
    if len(word) < 8 or not word.isalpha():
        return word
    middle = len(word) // 2
    return f"{word[: middle - 1]}{_SOFT_HYPHEN}{word[middle - 1 : middle + 1]}{_SOFT_HYPHEN}{word[middle + 1 :]}"


def _drop_cap() -> Made:
    title, *parts = english()[:5]
    css = "p::first-letter { float: left; font-size: 46pt; line-height: 40pt; padding-right: 4pt }"
    build = partial(printed, f"<h1>{title}</h1>{paged(parts)}", css)
    return Made("chromium_drop_caps", "drop caps", joined(title, parts), build)


def _table_plain() -> Made:
    rows: tuple[Row, ...] = (
        ("Member", "Village", "Shares", "Paid in", "Since"),
        ("Margaret Olusoga", "Harrow Bridge", "4", "200.00", "2019"),
        ("Tom Birkett", "Upper Senn", "1", "50.00", "2021"),
        ("Ruth Adeyemi", "Harrow Bridge", "12", "600.00", "2019"),
        ("Helen Marchetti", "Milford", "2", "100.00", "2020"),
        ("Ines Halloran", "Arrow Mill", "25", "1,250.00", "2022"),
        ("Edwin Pryce the younger", "Leeds", "3", "150.00", "2026"),
    )
    before, after = english()[4], english()[7]
    body = f"{paged([before])}{table_of(rows)}{paged([after])}"
    css = "table { border-spacing: 0 } td { padding: 3pt 14pt 3pt 0 } td:nth-child(n+3) { text-align: right }"
    text = joined(before, rows_text(rows), after)
    return Made("chromium_table_plain", "table without rules", text, partial(printed, body, css), (rows,))


def _table_pages() -> Made:
    rows = (READINGS_HEAD, *readings(75))
    css = "td { border: 1px solid #999; padding: 2pt 6pt } table { border-collapse: collapse }"
    build = partial(printed, f"<h1>The gauges</h1>{table_of(rows)}", css, is_tagged=False)
    text = joined("The gauges", rows_text(rows))
    return Made("chromium_table_pages", "table over pages", text, build, (rows,), " ".join(READINGS_HEAD))


def _spaced() -> Made:
    _, *parts = english()[:5]
    heads = ("NOTICE OF MEETING", "Harrow Bridge Water Company", "AGENDA")
    body = "".join(f"<h2>{head}</h2>{paged([part])}" for head, part in zip(heads, parts[1:], strict=True))
    build = partial(printed, body, "h2 { letter-spacing: 0.45em; font-size: 13pt; word-spacing: 0.5em }")
    text = joined([joined(head, part) for head, part in zip(heads, parts[1:], strict=True)])
    return Made("chromium_letters_set_apart", "letters set apart", text, build)
