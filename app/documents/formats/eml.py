"""Mail: who wrote to whom, the text as plain as it comes, and the names of what is attached."""

import re
from email import policy
from email.message import Message
from email.parser import BytesParser
from typing import Final

from app.documents.errors import DocumentError
from app.documents.formats import eml_parts
from app.documents.formats.html import write
from app.documents.formats.writer import Writer
from app.documents.model import Document
from app.documents.text import Decoded, decode

MAX_BYTES: Final = 100_000_000
MAX_DEPTH: Final = 3  # of mail in mail
MAX_PARTS: Final = 1000
MAX_NESTED: Final = 60  # multiparts within each other

_MULTIPART: Final = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.IGNORECASE | re.MULTILINE)
_SHOWN: Final = ("From", "To", "Cc", "Date", "Subject")
_LOCKED: Final = frozenset(("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"))


def read(kind: str, content: bytes) -> Document:
    """Return a mail as one page, with the mails in it. Raises: DocumentError."""
    if len(content) > MAX_BYTES:
        raise DocumentError("file_too_large", f"the mail has more than {MAX_BYTES:,} bytes")
    if len(_MULTIPART.findall(content)) > MAX_PARTS:
        raise DocumentError("file_too_large", f"the mail has more than {MAX_PARTS:,} parts")
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(content.lstrip())
    except RecursionError:
        raise DocumentError("file_too_large", "the parts of the mail are nested too deep") from None
    reading = _Reading()
    reading.mail(message, 1)
    return reading.writer.document(kind, encoding=reading.encoding)


class _Reading:
    def __init__(self) -> None:
        self.writer = Writer()
        self.encoding: str | None = None
        self._parts = 0

    def mail(self, message: Message, depth: int) -> None:
        """Write a mail: headers, text, names of attachments, then the mails that it holds."""
        shown = ((name, eml_parts.header(message, name)) for name in _SHOWN)
        self.writer.block("\n".join(f"{name}: {value}" for name, value in shown if value))
        attached: list[str] = []
        mails: list[Message] = []
        self._part(message, attached, mails, 1)
        if attached:
            self.writer.block("Attachments: " + ", ".join(attached))
            self.writer.note(f"attachments that were named and not read: {len(attached):,}")
        for mail in mails:
            if depth >= MAX_DEPTH:
                self.writer.note(f"mails within mails are read {MAX_DEPTH} deep; one deeper was left out")
                return
            self.writer.block("Attached mail:")
            self.mail(mail, depth + 1)

    def _part(self, part: Message, attached: list[str], mails: list[Message], nested: int) -> None:
        self._parts += 1
        if self._parts > MAX_PARTS or nested > MAX_NESTED:
            raise DocumentError(
                "file_too_large", f"the mail has more than {MAX_PARTS:,} parts, or too many in each other"
            )
        kind = part.get_content_type()
        if kind in _LOCKED:
            self.writer.note("the mail is encrypted; its text was not read")
        payload = part.get_payload()
        inside = [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []
        if not isinstance(payload, list):
            self._leaf(part, kind, attached)
        elif kind == "multipart/alternative":
            self._alternative(inside, attached, mails, nested)
        elif kind == "message/rfc822":
            mails += inside
        else:
            for one in inside:
                self._part(one, attached, mails, nested + 1)

    def _alternative(self, inside: list[Message], attached: list[str], mails: list[Message], nested: int) -> None:
        """Read the plain one of several forms of one text, unless it is empty; what is no text is read as well."""
        plain = next(
            (one for one in inside if one.get_content_type() == "text/plain" and eml_parts.payload(one).strip()), None
        )
        for one in inside:
            is_other_form = plain is not None and one is not plain and one.get_content_type() in eml_parts.FORMS
            if not is_other_form:
                self._part(one, attached, mails, nested + 1)

    def _leaf(self, part: Message, kind: str, attached: list[str]) -> None:
        name = eml_parts.file_name(part)
        is_text = kind in ("text/plain", "text/html") and not eml_parts.is_attachment(part)
        content = eml_parts.payload(part)
        if not is_text:
            if name or kind not in ("application/pgp-encrypted", "application/pgp-signature"):
                attached.append(f"{name or kind} ({len(content):,} bytes)")
        elif content.strip():
            self._text(part, kind, content)

    def _text(self, part: Message, kind: str, content: bytes) -> None:
        charset = eml_parts.parameter(part, "charset")
        try:
            found: Decoded = decode(content, [charset] if charset else [])
        except DocumentError:
            self.writer.note("a part that says it is text is none; it was left out")
            return
        self.encoding = self.encoding or found.encoding
        if kind == "text/html":
            write(found.text, self.writer)
        elif eml_parts.parameter(part, "format").lower() == "flowed":
            is_deleted = eml_parts.parameter(part, "delsp").lower() == "yes"
            self.writer.block(eml_parts.unflowed(found.text, deletes_space=is_deleted))
        else:
            self.writer.block(found.text)
