"""Files that the tests write by hand, as a program or an attacker would."""

import zipfile
from io import BytesIO

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_W = "http://purl.oclc.org/ooxml/wordprocessingml/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_R = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
WORD_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
SLIDES_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    '<x xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">&b;</x>'
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "{where}">]><x>&a;</x>'


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive with these parts."""
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return kept.getvalue()


def relations(*pairs: tuple[str, str, str], base: str = R) -> str:
    """A part of relations: (id, last word of the type, target)."""
    inside = "".join(f'<Relationship Id="{i}" Type="{base}/{kind}" Target="{target}"/>' for i, kind, target in pairs)
    return f'<Relationships xmlns="{PACKAGE}">{inside}</Relationships>'


def types(kind: str) -> str:
    """The part that says what an Office package is."""
    return f'<Types><Override PartName="/main" ContentType="{kind}"/></Types>'


def docx(
    body: str, parts: dict[str, str | bytes] | None = None, related: tuple[tuple[str, str, str], ...] = ()
) -> bytes:
    """A DOCX with a body and other parts that it points at."""
    return zipped(
        {
            "[Content_Types].xml": types(WORD_TYPE),
            "_rels/.rels": relations(("r", "officeDocument", "word/document.xml")),
            "word/document.xml": word(f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relations(*related),
            **(parts or {}),
        }
    )


def word(inside: str, root: str = "document") -> str:
    """A part of a DOCX."""
    return f'<w:{root} xmlns:w="{W}" xmlns:r="{R}">{inside}</w:{root}>'


def paragraph(text: str, properties: str = "") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def xlsx(sheet: str, strings: str = "", styles: str = "") -> bytes:
    """A workbook of one sheet."""
    return zipped(
        {
            "[Content_Types].xml": types(SHEET_TYPE),
            "_rels/.rels": relations(("r", "officeDocument", "xl/workbook.xml")),
            "xl/workbook.xml": f'<workbook xmlns="{S}" xmlns:r="{R}"><sheets>'
            '<sheet name="One" sheetId="1" r:id="s"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("s", "worksheet", "worksheets/one.xml"),
                ("t", "sharedStrings", "strings.xml"),
                ("y", "styles", "styles.xml"),
            ),
            "xl/worksheets/one.xml": f'<worksheet xmlns="{S}">{sheet}</worksheet>',
            "xl/strings.xml": f'<sst xmlns="{S}">{strings}</sst>',
            "xl/styles.xml": f'<styleSheet xmlns="{S}">{styles}</styleSheet>',
        }
    )
