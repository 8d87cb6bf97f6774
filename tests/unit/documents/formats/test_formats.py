"""Texts, tables, pages, books, slides: what people have is read, and what is left out is said."""

import pytest

from app.documents import formats
from app.documents.errors import DocumentError
from app.documents.kinds import kind_of
from app.documents.model import Document
from tests.unit.documents.formats import made
from tests.unit.documents.formats.folder import FILES


def read(kind: str, content: str | bytes) -> Document:
    return formats.read(kind, content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("name", ["report.docx", "report.odt", "report.rtf"])
def test_one_report_is_read_alike_from_three_formats(name: str) -> None:
    path = FILES / name
    found = formats.read(kind_of(path, name).value, path.read_bytes())

    for part in (
        "Header: Quarterly report header",
        "Report for Müller",
        "First paragraph with a note[1] and inserted words here[2].",
        "Step two",
        "Apple | red | 1,50 €",
        "Visible text  end.",
        "Words in a text box",
        "[1] The footnote text.",
        "[2] The endnote text.",
        "Check this number",
        "Footer: Confidential footer",
    ):
        assert part in found.text
    assert "deleted words" not in found.text
    assert "secret" not in found.text
    assert "hidden text was left out" in found.notes


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Name;Größe;Preis\r\nMüller;12;3,50 €\r\n", (("Name", "Größe", "Preis"), ("Müller", "12", "3,50 €"))),
        ("1,5;2,5\n3,5;4,5\n", (("1,5", "2,5"), ("3,5", "4,5"))),
        ('a,b\n"x\ny","z, ""q"""\n', (("a", "b"), ("x\ny", 'z, "q"'))),
        ("a\tb\n1,000\t2\n", (("a", "b"), ("1,000", "2"))),
        ("sep=|\na|b;c\n", (("a", "b;c"),)),
        ("a,b,c\n1\n1,2\n", (("a", "b", "c"), ("1", "", ""), ("1", "2", ""))),
        ("word\nother\n", (("word",), ("other",))),
    ],
)
def test_a_table_of_text_is_parted_as_it_was_meant(text: str, rows: tuple[tuple[str, ...], ...]) -> None:
    found = read("csv", text.encode("cp1252"))

    assert found.pages[0].tables[0].rows == rows


def test_a_table_says_its_encoding_and_uneven_rows() -> None:
    found = read("csv", "ä;b;c\n1;2\n".encode("cp1252"))

    assert (found.encoding, found.notes) == (
        "windows-1252",
        ("rows have from 2 to 3 cells; short ones were filled up",),
    )


def test_a_quotation_mark_that_is_never_closed_swallows_no_rows() -> None:
    found = read("csv", 'a;b\n"5 inch;x\n' + "1;2\n" * 400)

    assert len(found.pages[0].tables[0].rows) == 402
    assert found.pages[0].tables[0].rows[1] == ('"5 inch', "x")


def test_a_page_is_read_as_it_is_seen() -> None:
    found = read(
        "html",
        "<!doctype html><head><title>Shop</title><style>p{}</style></head><body><h1>Head <em>line</em></h1>"
        "<p>First<br>second&nbsp;line &amp; <a href='//x.test/'>more</a> <img src='//x.test/a' alt='a cat'></p>"
        "<ul><li>one<ul><li>inner</ul><li><p>two</p></ul><ol start=3><li>three<li>four</ol>"
        "<table><caption>Prices</caption><tr><th colspan=2>A<th>B<tr><td rowspan=2>1<td>2<td>3<tr><td>4<td>5|6</table>"
        "<table><tr><td><table><tr><td>laid</td><td>out</td></tr></table></td></tr></table>"
        "<pre>def f():\n    return 1</pre><p style='color:red; display : none'>no</p><p hidden>no</p>"
        "<script>no()</script><noscript>no</noscript><template>no</template><iframe>no</iframe><p>unclosed <b>bold",
    )

    assert found.text.split("\n\n") == [
        "Shop",
        "Head line",
        "First\nsecond line & more [a cat]",
        "- one\n  - inner\n- two",
        "3. three\n4. four",
        "| Prices |  |  |\n| --- | --- | --- |\n| A |  | B |\n| 1 | 2 | 3 |\n|  | 4 | 5\\|6 |",
        "laid",
        "out",
        "def f():\n    return 1",
        "unclosed bold",
    ]
    assert found.pages[0].label == "Shop"
    assert found.notes == ("hidden text of a page was left out",)


def test_a_page_declares_its_encoding() -> None:
    found = read("html", "<meta charset='windows-1251'><p>Да</p>".encode("cp1251"))

    assert (found.text, found.encoding) == ("Да", "windows-1251")


def test_an_empty_tag_of_xhtml_swallows_nothing() -> None:
    page = (
        '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/><script src="x"/></head><body>'
    )

    assert read("html", f"{page}<a id='p1'/><p>kept</p></body></html>").text == "kept"


def test_texts_are_kept_as_they_are() -> None:
    assert read("markdown", "# A\r\n\r\n* b  \n").text == "# A\n\n* b  "
    assert read("json", '{"a": 1}').text == '{"a": 1}'
    kept = '<?xml version="1.0" encoding="ISO-8859-2"?><a>Łódź</a>'
    assert read("xml", kept.encode("iso8859_2")).text == kept
    assert read("xml", made.LAUGHS).text == made.LAUGHS


def test_a_sheet_by_libreoffice_is_read_plainly() -> None:
    found = formats.read("xlsx", (FILES / "made.xlsx").read_bytes())

    assert [page.label for page in found.pages] == ["Sales", "Secret"]
    assert found.pages[0].tables[0].rows == (
        ("Item", "Price", "Share", "When", "At", "Paid"),
        ("Apple", "0.3", "12.5 %", "2024-02-29", "2024-02-29 13:30:00", "TRUE"),
        ("Sum", "0.3", "", "", "", ""),
        ("1234567890123", "00007", "36:00:00", "", "", ""),
        ("merged", "", "", "08:15:00", "", ""),
    )
    assert found.pages[0].text.endswith("Comment on A1: Look here")
    assert found.notes == ("the sheet “Secret” is hidden",)
    assert found.pages[0].notes == ("merged areas, each with its text in the first cell: 1",)


def test_a_spreadsheet_of_opendocument_is_read() -> None:
    found = formats.read("ods", (FILES / "made.ods").read_bytes())

    assert found.pages[0].tables[0].rows[1][:5] == ("Apple", "0.3", "12.5%", "2024-02-29", "2024-02-29 13:30:00")
    assert found.notes == ("the sheet “Secret” is hidden",)


def test_formulas_stand_where_no_value_was_saved_and_dimensions_cost_nothing() -> None:
    content = made.xlsx(
        '<dimension ref="A1:XFD1048576"/><cols><col hidden="1"/></cols><sheetData>'
        '<row r="1"><c r="B1" t="s"><v>0</v></c><c r="XFD1"><v>1E-3</v></c></row>'
        '<row r="9"><c r="B9"><f>SUM(A1:A3)</f></c><c r="C9" t="e"><v>#DIV/0!</v></c>'
        '<c r="D9" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>'
        '<c t="str"><f>A1</f><v>text_x000D_</v></c>'
        '<c r="XFD9" s="1"><v>45351.5</v></c></row></sheetData>',
        "<si><r><t>rich </t></r><r><t>text</t></r><rPh><t>no</t></rPh></si>",
        '<numFmts><numFmt numFmtId="200" formatCode="[$-407]d\\.\\ mmm&quot;day&quot;"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs>',
    )
    found = formats.read("xlsx", content)

    assert found.pages[0].tables[0].rows == (
        ("rich text", "", "", "", "0.001"),
        ("=SUM(A1:A3)", "#DIV/0!", "inline", "text", "2024-02-29"),
    )
    assert found.pages[0].notes == (
        "cells that show their formula, as no value was saved: 1",
        "hidden rows or columns were read as well",
    )


def test_slides_are_pages_with_their_notes() -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"

    def run(text: str) -> str:
        return f"<a:p><a:r><a:t>{text}</a:t></a:r></a:p>"

    def slide(*texts: str) -> str:
        body = "".join(map(run, texts))
        title = f'<p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>{run("Title")}</p:sp>'
        table = f"<p:graphicFrame><a:tbl><a:tr><a:tc>{run('c')}</a:tc></a:tr></a:tbl></p:graphicFrame>"
        return f'<p:sld show="0" xmlns:p="urn:p" xmlns:a="{a}">{title}<p:sp>{body}</p:sp>{table}</p:sld>'

    number = '<sp><ph type="sldNum"/><a:t>1</a:t></sp>'
    notes = f'<n xmlns:a="urn:a"><sp><ph type="body"/>{run("Say it")}</sp>{number}</n>'
    slides = '<sldId id="256" r:id="b"/><sldId id="257" r:id="a"/>'
    found = formats.read(
        "pptx",
        made.zipped(
            {
                "_rels/.rels": made.relations(("r", "officeDocument", "ppt/p.xml")),
                "ppt/p.xml": f'<p xmlns:r="{made.R}"><sldIdLst>{slides}</sldIdLst></p>',
                "ppt/_rels/p.xml.rels": made.relations(("a", "slide", "s1.xml"), ("b", "slide", "s2.xml")),
                "ppt/s1.xml": slide("last"),
                "ppt/s2.xml": slide("one", "two"),
                "ppt/_rels/s2.xml.rels": made.relations(("n", "notesSlide", "n.xml")),
                "ppt/n.xml": notes,
            }
        ),
    )

    assert found.pages[0].text == "Title\n\none\ntwo\n\n| c |\n| --- |\n\nNotes: Say it"
    assert [page.label for page in found.pages] == ["Title", "Title"]
    assert found.notes == ("slide 1 is hidden", "slide 2 is hidden")


def test_a_book_has_a_page_for_each_part_of_its_spine() -> None:
    page = '<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>{}</title></head><body><p>{}</p></body></html>'
    found = formats.read(
        "epub",
        made.zipped(
            {
                "META-INF/container.xml": '<c><rootfile full-path="OPS/book.opf"/></c>',
                "OPS/book.opf": '<p><item id="1" href="b%20c.xhtml" media-type="application/xhtml+xml"/>'
                '<item id="2" href="../a.xhtml" media-type="application/xhtml+xml"/><item id="3" href="gone.xhtml"/>'
                '<itemref idref="1"/><itemref idref="2"/><itemref idref="3"/></p>',
                "OPS/b c.xhtml": page.format("Chapter 1", "Text"),
                "a.xhtml": page.format("Two", "More"),
            }
        ),
    )

    assert [(one.label, one.text) for one in found.pages] == [
        ("Chapter 1", "Chapter 1\n\nText"),
        ("Two", "Two\n\nMore"),
    ]
    assert found.notes == ("the part OPS/gone.xhtml of the book is missing",)


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 Gr\'f6\'dfe {\b bold} \u8364? x\par next\tab y}", "Größe bold € x\n\nnext\ty"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f0 caf\'e9 \f1 \'cf\'f0\f0 \'e9}", "café Прé"),
        (rb"{\rtf1\ansicpg932{\fonttbl{\f0\fcharset128 M;}}\f0 \'93\'fa\'96\'7b \'83A}", "日本 ア"),
        (rb"{\rtf1 \u-10179?\u-8704? \uc2\u233 ab \uc0\u233 c}", "😀 é éc"),
        (
            rb"{\rtf1 a{\pict\pngblip\bin6 {{{{{{}b{\*\unknown no}{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}}",
            "ablink",
        ),
        (rb"{\rtf1 seen{\v  hidden}{\deleted  gone}{\info{\title no}} \{x\}\~y\_z}", "seen {x} y-z"),
        (rb"{\rtf1 a{\footnote  the note} b{\header top}}", "Header: top\n\na[1] b\n\nFootnotes: [1] the note"),
        (
            rb"{\rtf1 before\par\trowd\intbl a|b\cell c\cell\row\trowd\intbl d\par e\cell f\cell\row\pard after}",
            "before\n\n| a\\|b | c |\n| --- | --- |\n| d e | f |\n\nafter",
        ),
    ],
)
def test_rtf_is_read(rtf: bytes, text: str) -> None:
    assert read("rtf", rtf).text == text


@pytest.mark.parametrize("kind", ["html", "text", "csv", "rtf", "eml"])
def test_what_holds_no_text_is_empty(kind: str) -> None:
    with pytest.raises(DocumentError, match="file_empty"):
        read(kind, "{\\rtf1 }" if kind == "rtf" else " \n")


def test_a_picture_is_no_text() -> None:
    with pytest.raises(DocumentError, match="file_unreadable"):
        read("png", b"\x89PNG")
