"""Names that come from callers and go back to them."""

from urllib.parse import unquote

import pytest

from app.storage.names import MAX_NAME_CHARS, attachment, clean


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "file"),
        ("", "file"),
        ("...", "file"),
        (".env", "env"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("\u200f\u2066a\ufeff.md", "a.md"),
        ("\ud800.txt", "txt"),
        ("a\u2028 \u00a0 b.txt", "a b.txt"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("\U0001f4f0 Zeitung.pdf", "\U0001f4f0 Zeitung.pdf"),
    ],
)
def test_a_name_is_made_harmless(given: str, shown: str) -> None:
    assert clean(given) == shown


def test_a_long_name_keeps_its_suffix() -> None:
    assert clean("n" * 300 + ".pdf") == "n" * (MAX_NAME_CHARS - 4) + ".pdf"
    assert len(clean("n." + "x" * 300)) == MAX_NAME_CHARS


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.pdf", "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf"),
        ('"x"; y="z".pdf', "attachment; filename=\"_x_; y=_z_.pdf\"; filename*=UTF-8''%22x%22%3B%20y%3D%22z%22.pdf"),
        ("Größe 5€.txt", "attachment; filename=\"Gr__e 5_.txt\"; filename*=UTF-8''Gr%C3%B6%C3%9Fe%205%E2%82%AC.txt"),
        ("100%\\'a'.txt", "attachment; filename=\"100__'a'.txt\"; filename*=UTF-8''100%25%5C%27a%27.txt"),
    ],
)
def test_a_name_is_quoted(name: str, header: str) -> None:
    assert attachment(name) == header
    assert unquote(header.rpartition("''")[2]) == name
    assert header.isascii()
