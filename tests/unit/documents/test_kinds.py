"""What a file is: one table for uploads, the folder and the reader."""

import struct
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.documents.kinds import Kind, KindError, kind_of, media_type, refuse_early
from tests.unit.documents.office import SHEET, WORD, office, zipped

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
SMALL_PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def compound(*names: str) -> bytes:
    """A compound file with one FAT sector and a directory of some streams."""
    directory = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 2 * len(name) + 2) + bytes(62) for name in names
    ).ljust(512, b"\0")
    header = OLE + bytes(22) + struct.pack("<H", 9) + bytes(16) + struct.pack("<I", 1) + bytes(24)
    header += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    fat = struct.pack("<128I", 0xFFFFFFFD, 0xFFFFFFFE, *[0xFFFFFFFF] * 126)
    return header + fat + directory


TAKEN = [
    (SMALL_PDF, "a.txt", Kind.PDF),
    (b"%PDF-1.7\n\x00\xff", "cut.bin", Kind.PDF),
    (b"\r\n\xef\xbb\xbf" + SMALL_PDF, "a", Kind.PDF),
    (b"GPL Ghostscript 9.55: can't find font\n" + SMALL_PDF, "a.pdf", Kind.PDF),
    (b"From a scanner\n" + SMALL_PDF[:30] + b"\x80\x00\x01" * 400, "a.pdf", Kind.PDF),
    (b"x" * 1024 + SMALL_PDF, "a.txt", Kind.TEXT),
    (b"<html><p>%PDF-1.4 begins 1 0 obj</p></html>", "a.html", Kind.HTML),
    (b"# Notes\n\nA PDF begins with `%PDF-1.7`.\n```\n1 0 obj\n```\n", "a.md", Kind.MARKDOWN),
    (b"%PDF-1.7 is how it begins", "a.txt", Kind.TEXT),
    (b"\x89PNG\r\n\x1a\n", "a.txt", Kind.PNG),
    (b"\xff\xd8\xff\xe0", "a", Kind.JPEG),
    (b"{\\rtf1 a}", "a.doc", Kind.RTF),
    (office(f"{WORD}.document.main+xml"), "a.zip", Kind.DOCX),
    (office("application/vnd.ms-word.document.macroEnabled.main+xml"), "a.docm", Kind.DOCX),
    (office(f"{SHEET}.sheet.main+xml"), "a.xlsx", Kind.XLSX),
    (office("application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"), "a", Kind.PPTX),
    (zipped({"mimetype": b"application/epub+zip"}), "a", Kind.EPUB),
    (zipped({"META-INF/container.xml": b""}), "a", Kind.EPUB),
    (zipped({"mimetype": b"application/vnd.oasis.opendocument.text"}), "a", Kind.ODT),
    (zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}), "a", Kind.ODS),
    ("ä;ö".encode("utf-16"), "a.csv", Kind.CSV),
    ("ä\tö".encode("cp1252"), "a.tsv", Kind.CSV),
    (b"{}", "a.json", Kind.JSON),
    (b"a", "README", Kind.TEXT),
    (b"a", "a.doc", Kind.TEXT),
    (b"<!-- saved --><!DOCTYPE html><p>a", "a.xls", Kind.HTML),
    ("<html>ä</html>".encode("utf-16"), "a.txt", Kind.HTML),
    (b"<?xml version='1.0'?><a/>", "a.txt", Kind.XML),
    (b"<svg onload='alert(1)'/>", "a.svg", Kind.XML),
    (b"#!/bin/sh\nrm -r x\n", "a.sh", Kind.TEXT),
    (b"Return-Path: <a@b>\nFrom: a\nSubject: c\n\nText", "a", Kind.EML),
    (b"From: Ann\nTo: Bob\nSubject: notes\n\nThis is a memo.", "a.txt", Kind.TEXT),
    (b"From: Ann\n\nText", "a.eml", Kind.EML),
    (b"MZ is a cipher\n", "a.txt", Kind.TEXT),
]
REFUSED = [
    (b"GIF89a\x01\x00", "a.gif", "this is a GIF picture"),
    (b"GIF89a\n" + SMALL_PDF, "a.pdf", "this is a GIF picture"),
    (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "a.webp", "this is a WebP picture"),
    (b"\x00\x00\x00\x18ftypheic", "a.jpg", "this is a HEIC or AVIF picture"),
    (b"\x00\x00\x00\x18ftypisom", "a.mp4", "this is an MP4 recording"),
    (b"\x7fELF\x02\x01\x01" + bytes(20), "a.txt", "this is a program (ELF)"),
    (b"MZ\x90\x00\x03", "a.txt", "this is a program (MZ, Windows)"),
    (b"\x1f\x8b\x08\x00", "a.gz", "this is a gzip archive"),
    (bytes(257) + b"ustar\x00", "a.tar", "this is a tar archive"),
    (b"%!PS-Adobe-3.0\n", "a.ps", "this is a PostScript program"),
    (zipped({"a.txt": b"a"}), "a.docx", "this is a ZIP archive with no document in it"),
    (b"PK\x03\x04 not really", "a.zip", "the ZIP archive is broken or cut off"),
    (office("application/vnd.ms-excel.sheet.binary.macroEnabled.main"), "a.xlsb", "this is a binary Excel workbook"),
    (zipped({"Index/Document.iwa": b""}), "a.pages", "this is a Pages, Numbers or Keynote document"),
    (compound("Root Entry", "WordDocument"), "a.docx", "this is a Word 97 document (.doc)"),
    (compound("Root Entry", "Workbook"), "a.xls", "this is an Excel 97 workbook (.xls)"),
    (compound("Root Entry", "__properties_version1.0"), "a.msg", "this is an Outlook message (.msg)"),
    (compound("Root Entry", "EncryptedPackage"), "a.docx", "this is an Office file protected by a password"),
    (OLE, "a.doc", "this is an old Office file or installer (OLE)"),
    (bytes(range(256)), "a.txt", "the file's bytes are of no kind that is known"),
    (b"Not found", "a.pdf", "the file is named .pdf and its bytes are plain text"),
    (b"<!doctype html><h1>Log in</h1>", "a.pdf", "the file is named .pdf and its bytes are an HTML page"),
    (b"<html>", "report.docx", "the file is named .docx and its bytes are an HTML page"),
    (b"", "a.txt", "the file is empty"),
]


@pytest.mark.parametrize(("content", "name", "kind"), TAKEN)
def test_a_kind_is_told_from_bytes_and_from_a_path(content: bytes, name: str, kind: Kind, tmp_path: Path) -> None:
    path = tmp_path / "kept"
    path.write_bytes(content)

    assert kind_of(content, name) is kind
    assert kind_of(path, name) is kind


@pytest.mark.parametrize(("content", "name", "reason"), REFUSED)
def test_a_refusal_says_what_was_found(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(KindError) as refused:
        kind_of(content, name)

    assert refused.value.message.startswith(reason)


def test_a_password_has_a_code_of_its_own() -> None:
    with pytest.raises(KindError, match="file_encrypted"):
        kind_of(compound("Root Entry", "EncryptedPackage"), "a.xlsx")


def test_the_first_block_of_a_program_is_refused_and_of_a_pdf_is_not() -> None:
    refuse_early(SMALL_PDF)
    refuse_early(b"text")
    with pytest.raises(KindError, match="ELF"):
        refuse_early(b"\x7fELF\x02\x01\x01\x00")


def test_what_a_browser_might_run_is_handed_out_as_plain_text() -> None:
    assert {media_type(kind) for kind in (Kind.HTML, Kind.XML, Kind.EML, Kind.TEXT)} == {"text/plain"}
    assert media_type(Kind.PDF) == "application/pdf"


def test_an_archive_with_too_many_entries_is_not_listed() -> None:
    with pytest.raises(KindError, match="file_too_large"):
        kind_of(zipped({f"{number}": b"" for number in range(10_001)}), "a.zip")


def test_an_entry_that_unpacks_to_too_much_is_not_unpacked() -> None:
    with pytest.raises(KindError, match="unpacks to more than"):
        kind_of(zipped({"[Content_Types].xml": bytes(3_000_000)}), "a.docx")


@given(st.one_of(st.binary(max_size=400), st.binary(max_size=600).map(lambda some: OLE + some)))
def test_any_bytes_have_a_kind_or_are_refused(content: bytes) -> None:
    with suppress(KindError):
        assert kind_of(content, "a") in Kind


@given(st.integers(0, 400), st.binary(max_size=8))
def test_a_damaged_archive_has_a_kind_or_is_refused(place: int, damage: bytes) -> None:
    content = office(f"{WORD}.document.main+xml")
    with suppress(KindError):
        kind_of(content[:place] + damage + content[place + len(damage) :], "a")
