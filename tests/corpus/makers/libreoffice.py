"""Documents by LibreOffice: a letter, a sheet, a form, bullets of private use, Hebrew and Japanese."""

from collections.abc import Iterable
from functools import partial
from typing import Final
from xml.sax.saxutils import escape

from tests.corpus.makers.made import READINGS_HEAD, Made, english, readings, run
from tests.corpus.truth import Row, joined, paragraphs, rows_text

PRODUCER: Final = "LibreOffice"
NEEDS: Final = ("soffice",)

_COMMAND: Final = ("soffice", "--headless", "--convert-to", "pdf")
_SPACES: Final = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{urn}:1.0"'
    for name, urn in (
        ("office", "office"),
        ("style", "style"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("fo", "xsl-fo-compatible"),
        ("svg", "svg-compatible"),
        ("form", "form"),
    )
)


def written(
    body: str, *, font: str = "Liberation Serif", page: str = "", head: str = "", foot: str = "", forms: str = ""
) -> bytes:
    """Return the PDF of a text document; `page` are more attributes of its pages, `head` and `foot` stand on each."""
    fonts = f'style:font-name="{font}" style:font-name-asian="{font}" style:font-name-complex="{font}"'
    sizes = 'fo:font-size="12pt" style:font-size-asian="12pt" style:font-size-complex="12pt"'
    gap = '<style:header-footer-properties fo:min-height="12mm" fo:margin-bottom="5mm" fo:margin-top="5mm"/>'
    source = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_SPACES} xmlns:ooo="http://openoffice.org/2004/office" office:version="1.2"
office:mimetype="application/vnd.oasis.opendocument.text">
<office:font-face-decls><style:font-face style:name="{font}" svg:font-family="'{font}'"/></office:font-face-decls>
<office:styles><style:default-style style:family="paragraph">
<style:paragraph-properties fo:margin-bottom="3mm" style:text-autospace="none"/>
<style:text-properties {fonts} {sizes}/></style:default-style>
<style:style style:name="Right" style:family="paragraph">
<style:paragraph-properties style:writing-mode="rl-tb" fo:text-align="start" fo:margin-bottom="3mm"/></style:style>
<text:list-style style:name="Bullets"><text:list-level-style-bullet text:level="1" text:bullet-char="&#xE00C;">
<style:list-level-properties text:space-before="5mm" text:min-label-width="6mm"/>
<style:text-properties style:font-name="OpenSymbol"/></text:list-level-style-bullet></text:list-style></office:styles>
<office:automatic-styles><style:style style:name="Cell" style:family="table-cell">
<style:table-cell-properties fo:border="0.5pt solid #000000" fo:padding="1mm"/></style:style>
<style:page-layout style:name="Layout"><style:page-layout-properties fo:page-width="210mm" fo:page-height="297mm"
fo:margin="20mm" {page}/><style:header-style>{gap}</style:header-style><style:footer-style>{gap}</style:footer-style>
</style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="Layout">
{f"<style:header>{head}</style:header>" if head else ""}{f"<style:footer>{foot}</style:footer>" if foot else ""}
</style:master-page></office:master-styles>
<office:body><office:text>{forms}{body}</office:text></office:body></office:document>"""
    return run((*_COMMAND, "document.fodt"), source, "document.fodt")


def documents() -> list[Made]:
    """Return what this maker makes."""
    return [
        _letter(),
        _sheet(),
        _table(),
        _form(),
        _bullets(),
        _hebrew(),
        _japanese(),
        _vertical(),
        _greek(),
        _korean(),
    ]


def _lines(parts: Iterable[str], style: str = "") -> str:
    return "".join(f"<text:p{style}>{escape(part)}</text:p>" for part in parts)


def _letter() -> Made:
    head = ("Harrow Bridge Water Company", "The Wheelhouse, Mill Lane 1, Harrow Bridge HB4 1AA")
    foot = ("VAT number GB 288 1904 17, registered society no. 8812", "Account 20-41-77 51190032, water@harrow.example")
    start = ("To all 212 members", "Harrow Bridge, 3 June 2026", "Dear members,")
    _, *parts = english()[:9]
    body = _lines([*start, *parts, "Yours faithfully,", "Margaret Olusoga"])
    text = joined("\n".join(head), start, parts, "Yours faithfully,", "Margaret Olusoga", "\n".join(foot))
    build = partial(written, body, head=_lines(head), foot=_lines(foot))
    return Made("libreoffice_letter", "letter", text, build, (), " ".join((*head, *foot)))


def _sheet() -> Made:
    rows = (READINGS_HEAD, *readings(95))
    source = "\n".join(",".join(f'"{cell}"' for cell in row) for row in rows)
    build = partial(run, (*_COMMAND, "document.csv"), source, "document.csv")
    optional = f"Sheet1 document Page 1 2 3 4 {' '.join(READINGS_HEAD)}"
    return Made("libreoffice_sheet", "table over pages", rows_text(rows), build, (rows,), optional)


def _table() -> Made:
    rows: tuple[Row, ...] = (
        ("Question", "Answer of the company", "Votes"),
        ("Who may open the gate?", "Two members of the board together, and the sensor by itself at any hour.", "11"),
        ("May members sell a share?", "Yes, to anybody who lives in the valley, at the price paid for it.", "9"),
        ("Who clears the rack?", "Everybody on the list at the door, a week each, from October on.", "14"),
    )
    before, after = english()[3], english()[9]
    cells = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    table = f'<table:table table:name="T"><table:table-column table:number-columns-repeated="3"/>{cells}</table:table>'
    text = joined(before, rows_text(rows), after)
    build = partial(written, _lines([before]) + table + _lines(["", after]))
    return Made("libreoffice_table_wrapped", "table with wrapped cells", text, build, (rows,))


def _cell(text: str) -> str:
    return f'<table:table-cell table:style-name="Cell">{_lines([text])}</table:table-cell>'


def _form() -> Made:
    fields = (
        ("name", "Name of the applicant", "Ottoline Fairweather"),
        ("village", "Village", "Upper Senn"),
        ("shares", "Shares applied for", "17"),
        ("iban", "Account", "GB33 BUKB 2020 1555 5555 55"),
    )
    kind = 'form:control-implementation="ooo:com.sun.star.form.component.TextField"'
    controls = "".join(
        f'<form:text form:name="{name}" {kind} xml:id="{name}" form:id="{name}" form:current-value="{value}"/>'
        for name, _, value in fields
    )
    forms = f'<office:forms><form:form form:name="Application">{controls}</form:form></office:forms>'
    body = "".join(
        f'<text:p>{label}: <draw:control text:anchor-type="as-char" svg:width="80mm" svg:height="7mm" '
        f'draw:control="{name}"/></text:p>'
        for name, label, _ in fields
    )
    intro = "Application for membership. Please fill in every field."
    text = joined(intro, [f"{label}: {value}" for _, label, value in fields])
    optional = " ".join(f"{name} {name}:" for name, _, _ in fields)
    return Made(
        "libreoffice_form",
        "form with values",
        text,
        partial(written, _lines([intro]) + body, forms=forms),
        (),
        optional,
    )


def _bullets() -> Made:
    title, *parts = english()[:6]
    items = "".join(f"<text:list-item>{_lines([part])}</text:list-item>" for part in parts)
    body = f'{_lines([title])}<text:list text:style-name="Bullets">{items}</text:list>'
    return Made("libreoffice_bullets", "bullets of private use", joined(title, parts), partial(written, body))


def _hebrew() -> Made:
    found = paragraphs("he")
    build = partial(written, _lines(found, ' text:style-name="Right"'), font="Noto Serif Hebrew")
    return Made("libreoffice_hebrew", "Hebrew", joined(found), build)


def _japanese() -> Made:
    found = paragraphs("ja")
    return Made(
        "libreoffice_japanese", "Japanese", joined(found), partial(written, _lines(found), font="Noto Sans CJK JP")
    )


def _vertical() -> Made:
    found = paragraphs("ja")
    build = partial(written, _lines(found), font="Noto Serif CJK JP", page='style:writing-mode="tb-rl"')
    return Made("libreoffice_japanese_vertical", "vertical Japanese", joined(found), build)


def _greek() -> Made:
    found = paragraphs("el")
    return Made("libreoffice_greek", "Greek", joined(found), partial(written, _lines(found), font="Liberation Sans"))


def _korean() -> Made:
    found = paragraphs("ko")
    return Made("libreoffice_korean", "Korean", joined(found), partial(written, _lines(found), font="Noto Sans CJK KR"))
