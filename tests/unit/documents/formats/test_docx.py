"""DOCX: the accepted view, and all that Word keeps apart from the body."""

import pytest

from app.documents import formats
from app.documents.errors import DocumentError
from app.documents.model import Document
from tests.unit.documents.formats import made
from tests.unit.documents.formats.folder import FILES
from tests.unit.documents.formats.made import docx, paragraph, word


def read(body: str, parts: dict[str, str | bytes] | None = None, *related: tuple[str, str, str]) -> Document:
    return formats.read("docx", docx(body, parts, related))


def test_a_document_by_libreoffice_is_read_whole() -> None:
    found = formats.read("docx", (FILES / "report.docx").read_bytes())

    assert found.text.split("\n\n") == [
        "Header: Quarterly report header",
        "Report for Müller",
        "First paragraph with a note[1] and inserted words here[2].",
        "1. Step one",
        "a) Sub step",
        "2. Step two",
        "• Bullet item",
        "| Product |  | Price |\n| --- | --- | --- |\n| Apple | red | 1,50 € |",
        "Visible text  end.",
        "Box follows.",
        "Text box: Words in a text box",
        "Footnotes: [1] The footnote text.",
        "Endnotes: [2] The endnote text.",
        "Comment by Bob: Check this number",
        "Footer: Confidential footer",
    ]
    assert found.pages[0].tables[0].rows == (("Product", "", "Price"), ("Apple", "red", "1,50 €"))
    assert found.notes == ("hidden text was left out", "tracked changes were read as accepted")


def test_tracked_changes_are_accepted_and_no_changed_paragraph_is_lost() -> None:
    found = read(
        "<w:p><w:r><w:t>pay </w:t></w:r><w:del><w:r><w:delText>1 €</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>2 €</w:t></w:r></w:ins></w:p>"
        "<w:p><w:pPr><w:rPr><w:del w:id='1'/></w:rPr></w:pPr><w:r><w:t>joined </w:t></w:r></w:p>"
        "<w:p><w:r><w:t>with this</w:t></w:r></w:p>"
        "<w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom>"
        "<w:p><w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p>"
        "<w:p><w:moveTo><w:r><w:t>moved</w:t></w:r></w:moveTo></w:p>"
        "<w:p><w:pPr><w:pPrChange/><w:rPr><w:ins/></w:rPr></w:pPr>"
        "<w:ins><w:r><w:t>new paragraph</w:t></w:r></w:ins></w:p>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p><w:r><w:t>x</w:t></w:r></w:p></w:tc></w:tr>"
        f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
    )

    assert found.text == "pay 2 €\n\njoined with this\n\nmoved\n\nnew paragraph\n\n| a | b |\n| --- | --- |"
    assert found.notes == ("tracked changes were read as accepted",)


def test_hidden_text_is_left_out_by_run_and_by_style() -> None:
    styles = word("<w:style w:styleId='H'><w:rPr><w:vanish/></w:rPr></w:style>", "styles")
    found = read(
        "<w:p><w:r><w:t>seen</w:t></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t> one</w:t></w:r>"
        "<w:r><w:rPr><w:rStyle w:val='H'/></w:rPr><w:t> two</w:t></w:r>"
        "<w:r><w:rPr><w:rStyle w:val='H'/><w:vanish w:val='0'/></w:rPr><w:t> three</w:t></w:r></w:p>",
        {"word/styles.xml": styles},
        ("y", "styles", "styles.xml"),
    )

    assert found.text == "seen three"
    assert found.notes == ("hidden text was left out",)


def test_lists_are_counted_as_word_counts_them() -> None:
    numbering = word(
        "<w:abstractNum w:abstractNumId='0'>"
        "<w:lvl w:ilvl='0'><w:start w:val='3'/><w:numFmt w:val='upperRoman'/><w:lvlText w:val='%1.'/></w:lvl>"
        "<w:lvl w:ilvl='1'><w:numFmt w:val='lowerLetter'/><w:lvlText w:val='%1.%2)'/></w:lvl></w:abstractNum>"
        "<w:num w:numId='7'><w:abstractNumId w:val='0'/></w:num>"
        "<w:num w:numId='8'><w:abstractNumId w:val='0'/>"
        "<w:lvlOverride w:ilvl='0'><w:startOverride w:val='1'/></w:lvlOverride></w:num>",
        "numbering",
    )
    at = "<w:numPr><w:ilvl w:val='{}'/><w:numId w:val='{}'/></w:numPr>".format
    found = read(
        paragraph("a", at(0, 7))
        + paragraph("b", at(1, 7))
        + paragraph("c", at(0, 7))
        + paragraph("d", at(1, 7))
        + paragraph("e", at(0, 8))
        + paragraph("f", at(0, 0)),
        {"word/numbering.xml": numbering},
        ("n", "numbering", "numbering.xml"),
    )

    assert found.text.split("\n\n") == ["III. a", "III.a) b", "IV. c", "IV.a) d", "I. e", "f"]


def test_fields_boxes_symbols_and_pictures_say_what_is_seen() -> None:
    found = read(
        "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText> DATE </w:instrText></w:r>"
        "<w:r><w:fldChar w:fldCharType='separate'/></w:r>"
        "<w:r><w:t>1 May</w:t></w:r>"
        "<w:r><w:fldChar w:fldCharType='end'/></w:r>"
        "<w:fldSimple w:instr='PAGE'><w:r><w:t> (3)</w:t></w:r></w:fldSimple></w:p>"
        "<w:p><w:r><w:sym w:font='Wingdings' w:char='F0FE'/><w:t>yes</w:t><w:br/><w:t>next</w:t><w:tab/><w:t>x</w:t>"
        "<w:noBreakHyphen/></w:r></w:p>"
        "<w:p><w:r><w:drawing><wp xmlns='urn:x'><docPr descr='A red  car'/></wp></w:drawing></w:r></w:p>"
        "<w:p><mc:AlternateContent xmlns:mc='urn:mc'><mc:Choice><w:drawing><w:txbxContent>"
        f"{paragraph('boxed')}</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        f"{paragraph('boxed')}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:p>"
        "<w:sdt><w:sdtPr><w:alias w:val='no'/></w:sdtPr><w:sdtContent>"
        f"{paragraph('in a control')}</w:sdtContent></w:sdt>"
    )

    assert found.text == "1 May (3)\n\n☒yes\nnext\tx-\n\n[A red car]\n\nText box: boxed\n\nin a control"


def test_headers_that_are_not_shown_are_left_out() -> None:
    margins: dict[str, str | bytes] = {
        f"word/{name}.xml": word(paragraph(text), "hdr") for name, text in [("a", "shown"), ("b", "first"), ("c", "3")]
    }
    found = read(
        paragraph("body") + "<w:sectPr><w:headerReference w:type='default' r:id='a'/>"
        "<w:headerReference w:type='first' r:id='b'/><w:footerReference w:type='default' r:id='c'/></w:sectPr>",
        margins,
        ("a", "header", "a.xml"),
        ("b", "header", "b.xml"),
        ("c", "footer", "c.xml"),
    )

    assert found.text == "Header: shown\n\nbody"


def test_merged_and_nested_cells_keep_their_columns() -> None:
    found = read(
        f"<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>{paragraph('wide')}</w:tc><w:tc>{paragraph('c')}"
        f"</w:tc></w:tr><w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>{paragraph('tall')}</w:tc>"
        f"<w:tc>{paragraph('1')}</w:tc><w:tc>{paragraph('2|3')}</w:tc></w:tr>"
        f"<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr>{paragraph('')}</w:tc><w:tc><w:tbl><w:tr><w:tc>{paragraph('x')}</w:tc>"
        f"<w:tc>{paragraph('y')}</w:tc></w:tr></w:tbl></w:tc><w:tc>{paragraph('4')}</w:tc></w:tr></w:tbl>"
    )

    assert found.pages[0].tables[0].rows == (("wide", "", "c"), ("tall", "1", "2|3"), ("", "x | y", "4"))


def test_the_strict_dialect_and_odd_names_of_parts_are_read() -> None:
    body = f"<w:body>{paragraph('strict')}</w:body>"
    content = made.zipped(
        {
            "_rels/.rels": made.relations(("r", "officeDocument", "/Word/Document2.XML"), base=made.STRICT_R),
            "word/document2.xml": f'<w:document xmlns:w="{made.STRICT_W}">{body}</w:document>',
        }
    )

    assert formats.read("docx", content).text == "strict"


def test_macros_are_said_and_not_run() -> None:
    assert read(paragraph("a"), {"word/vbaProject.bin": b"\x00"}).notes == (
        "the file carries macros, which were neither run nor read",
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "file_empty"),
        ("<w:p>" * 300 + "</w:p>" * 300, "file_too_large"),
        ("<w:p>", "file_unreadable"),
    ],
)
def test_what_cannot_be_read_has_a_code(body: str, code: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read(body)

    assert refused.value.code == code


def test_formulas_stand_on_one_line() -> None:
    found = read(
        "<w:p><m:oMath xmlns:m='urn:m'><m:r><m:t>x=</m:t></m:r>"
        "<m:f><m:num><m:r><m:t>a+1</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f>"
        "<m:sSup><m:e><m:r><m:t>c</m:t></m:r></m:e><m:sup><m:r><m:t>2</m:t></m:r></m:sup></m:sSup>"
        "<m:rad><m:deg/><m:e><m:r><m:t>d</m:t></m:r></m:e></m:rad>"
        "<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr><m:sub><m:r><m:t>n=1</m:t></m:r></m:sub>"
        "<m:sup><m:r><m:t>∞</m:t></m:r></m:sup><m:e><m:d><m:e><m:r><m:t>y</m:t></m:r></m:e></m:d></m:e></m:nary>"
        "</m:oMath></w:p>"
    )

    assert found.text == "x=(a+1)/bc^2√d∑_(n=1)^∞ (y)"


def test_charts_and_diagrams_say_their_texts_and_plain_numbers() -> None:
    chart = "<c:chart xmlns:c='urn:c' xmlns:a='urn:a'><a:t>Sales</a:t><c:v>4.4000000000000004</c:v><c:v>2024</c:v>"
    found = read(
        "<w:p><w:r><w:t>See</w:t><w:drawing><c:chart xmlns:c='urn:c' r:id='c'/></w:drawing></w:r></w:p>",
        {"word/chart1.xml": f"{chart}</c:chart>"},
        ("c", "chart", "chart1.xml"),
    )

    assert found.text == "See\n\nChart: Sales; 4.4; 2024"
