"""What a file is by its bytes, whole and in pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.storage.errors import FileTypeRefusedError
from app.storage.media_types import TypeCheck


def media_type(*blocks: bytes, name: str = "a") -> str:
    check = TypeCheck()
    for block in blocks:
        check.feed(block)
    return check.finish(name)


@pytest.mark.parametrize(
    ("content", "name", "expected"),
    [
        (b"%PDF-1.7\n\x00\xff", "a.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n\x00", "a.pdf", "image/png"),
        (b"\xff\xd8\xff\xe0\x00", "a.jpg", "image/jpeg"),
        (b"plain", "a", "text/plain"),
        (b"plain", "a.log", "text/plain"),
        (b"# Title\n<p align=center>", "a.MD", "text/markdown"),
        (b"a,b\r\n1,2\f\x1b[0m\t", "a.csv", "text/csv"),
        (b"{}", "a.json", "application/json"),
        (b"\xef\xbb\xbf\xc3\xbc", "a.txt", "text/plain"),
        (b"about %PDF-1.7: " + b"x" * 2000, "a", None),
        (b"x" * 2000 + b"about %PDF-1.7", "a", "text/plain"),
        (b"plain", "a.pdf", None),
        (b"plain", "a.JPEG", None),
        (b"<!DOCTYPE html>", "a.pdf", None),
        (b" \n<ScRiPt>alert(1)</script>", "a.txt", None),
        (b"<svg onload=alert(1)>", "a.svg", None),
        (b"<?xml version='1.0'?>", "a.xml", None),
        (b"GIF89a/*", "a.txt", None),
        (b"%!PS-Adobe", "a.txt", None),
        (b"a\x00b", "a.txt", None),
        (b"a\x7f\x08b", "a.txt", None),
        (b"\xff\xfea\x00", "a.txt", None),
        ("\u00fc".encode("latin-1"), "a.txt", None),
        (b"\xed\xa0\x80", "a.txt", None),
        (b"\xc0\xaf", "a.txt", None),
        (b" %PDF-1.7", "a.pdf", None),
        (b"\x89PNG", "a.png", None),
        (b"PK\x03\x04\x14\x00", "a.docx", None),
        (b"\x7fELF\x02\x01\x01\x00", "a", None),
    ],
)
def test_a_file_is_what_its_bytes_say(content: bytes, name: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(FileTypeRefusedError):
            media_type(content, name=name)
    else:
        assert media_type(content, name=name) == expected


@given(st.text(st.characters(min_codepoint=0x20, exclude_categories=["Cs"])), st.integers(8, 40))
def test_a_character_may_be_cut(text: str, at: int) -> None:
    content = b"a text: " + text.encode()
    assert media_type(content[:at], content[at:]) == "text/plain"


def test_half_a_character_at_the_end_is_no_text() -> None:
    with pytest.raises(FileTypeRefusedError):
        media_type(b"a text \xc3")
