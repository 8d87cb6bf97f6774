"""Mail as people's programs write it, and as nobody's should."""

from email.message import EmailMessage

import pytest

from app.documents import formats
from app.documents.errors import DocumentError
from app.documents.model import Document

HEAD = "From: =?utf-8?Q?J=C3=B6rg?= <j@x.test>\r\nTo: b@x.test,\r\n c@x.test\r\nSubject: =?iso-8859-1?B?R3L832U=?=\r\n"


def read(content: str | bytes) -> Document:
    return formats.read("eml", content.encode() if isinstance(content, str) else content)


def test_a_plain_mail_is_read_with_its_headers() -> None:
    found = read(
        HEAD + "Date: Mon, 1 Jan 2024 10:00:00 +0100\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe aus K=F6ln =\r\nund mehr\r\n"
    )

    assert found.text == (
        "From: Jörg <j@x.test>\nTo: b@x.test, c@x.test\nDate: Mon, 1 Jan 2024 10:00:00 +0100\nSubject: Grüße"
        "\n\nGrüße aus Köln und mehr"
    )
    assert found.encoding == "windows-1252"


def test_plain_text_is_preferred_and_attachments_are_named() -> None:
    mail = EmailMessage()
    mail["From"] = "a@x.test"
    mail["Subject"] = "Offer"
    mail.set_content("The plain text.")
    mail.add_alternative("<p>The <b>HTML</b> text.</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="Angebot für Müller.pdf")
    found = read(mail.as_bytes())

    assert found.text == (
        "From: a@x.test\nSubject: Offer\n\nThe plain text.\n\nAttachments: Angebot für Müller.pdf (8 bytes)"
    )
    assert found.notes == ("attachments that were named and not read: 1",)


def test_html_is_read_where_no_plain_text_is() -> None:
    mail = EmailMessage()
    mail["From"] = "a@x.test"
    mail.set_content("<table><tr><td>a<td>b<tr><td>c<td>d</table><img src='http://x.test/pixel'>", subtype="html")

    assert read(mail.as_bytes()).text == "From: a@x.test\n\n| a | b |\n| --- | --- |\n| c | d |"


def test_an_empty_plain_part_hides_no_html() -> None:
    mail = EmailMessage()
    mail["From"] = "a@x.test"
    mail.set_content(" \n")
    mail.add_alternative("<p>The text.</p>", subtype="html")

    assert read(mail.as_bytes()).text.endswith("The text.")


def test_names_are_read_however_they_are_written() -> None:
    parts = "".join(
        f"--x\r\nContent-Type: application/zip{kind}\r\nContent-Disposition: attachment{name}\r\n\r\nPK\r\n"
        for kind, name in [
            ("", "; filename*0*=utf-8''%C3%A4; filename*1=b.zip"),
            ("; name==?utf-8?Q?=C3=B6.zip?=", ""),
            ("", '; filename="ü.zip"'),
        ]
    )
    mail = f"From: a\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n{parts}--x--\r\n"

    assert "Attachments: äb.zip (2 bytes), ö.zip (2 bytes), ü.zip (2 bytes)" in read(mail).text


def test_flowed_lines_are_joined() -> None:
    found = read(
        "From: a\r\nContent-Type: text/plain; format=flowed\r\n\r\none \r\nline\r\n> quoted \r\n> text\r\n-- \r\nA\r\n"
    )

    assert found.text == "From: a\n\none line\n> quoted text\n--\nA"


def test_raw_bytes_in_headers_are_told_by_their_letters() -> None:
    found = read("From: Jörg <a@x.test>\r\nSubject: Grüße für dich\r\n\r\nx".encode("cp1252"))

    assert found.text == "From: Jörg <a@x.test>\nSubject: Grüße für dich\n\nx"


def test_mail_in_mail_is_read_three_deep() -> None:
    mail = EmailMessage()
    mail["Subject"] = "level 5"
    mail.set_content("text 5")
    for level in (4, 3, 2, 1):
        outer = EmailMessage()
        outer["Subject"] = f"level {level}"
        outer.set_content(f"text {level}")
        outer.add_attachment(mail)
        mail = outer
    found = read(mail.as_bytes())

    assert [f"level {level}" in found.text for level in (1, 2, 3, 4, 5)] == [True, True, True, False, False]
    assert found.notes == ("mails within mails are read 3 deep; one deeper was left out",)


def test_an_encrypted_mail_says_so() -> None:
    found = read("From: a\r\nContent-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB")

    assert found.notes[0] == "the mail is encrypted; its text was not read"


@pytest.mark.parametrize(
    "content",
    [
        "From: a\r\n" + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 1100,
        "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(300)),
    ],
    ids=["parts", "depth"],
)
def test_too_many_parts_are_refused(content: str) -> None:
    with pytest.raises(DocumentError, match="file_too_large"):
        read(content)


@pytest.mark.parametrize(
    "header",
    [
        "Content-Type: text/plain" + ";" * 500_000,
        'Content-Type: text/plain; a="' + '\\"' * 200_000,
        "Content-Disposition: attachment" + "".join(f"; filename*{n}=a" for n in range(50_000)),
        "Subject: " + "=?utf-8?Q?a?= " * 50_000,
        "Subject: " + "=?" * 300_000,
        "To: " + "a@x.test, " * 50_000,
        "Content-Type: text/plain; charset=" + "x" * 300_000,
    ],
    ids=["semicolons", "quotes", "continued", "words", "marks", "recipients", "charset"],
)
def test_a_header_of_hundreds_of_kilobytes_does_no_harm(header: str) -> None:
    assert read(f"From: a\r\n{header}\r\n\r\ntext").text.startswith("From: a")
