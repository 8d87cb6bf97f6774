"""Bytes to text: the encoding by its mark, the pattern of its NULs, strict UTF-8, what it declares, and its letters.

Nothing here takes more than linear time; what is guessed is guessed from a sample.
"""

import codecs
import re
from collections.abc import Sequence
from typing import BinaryIO, Final, NamedTuple

from app.documents import detection
from app.documents.errors import DocumentError

SAMPLE_BYTES: Final = 65_536

_BLOCK_BYTES: Final = 1_048_576
_BOMS: Final = (  # the longer first: a UTF-32 mark begins as one of UTF-16
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ISO_2022_JP: Final = re.compile(rb"\x1b\$[@B]")
# Source: WHATWG MIME Sniffing, "binary data byte"; without 0x1A, by which DOS ended a text, and 0x0B, Word's new line.
_BINARY_BYTES: Final = bytes([*range(0x09), *range(0x0E, 0x1A), *range(0x1C, 0x20)])
_DROPPED: Final = dict.fromkeys(byte for byte in (*_BINARY_BYTES, 0x1A, 0x1B, 0x7F))
_TEXT_BYTES_A_BINARY_ONE: Final = 1000  # a log may hold a few NULs; a program holds many
_MAX_CHAR_BYTES: Final = 4
_GOOD_SEQUENCES_A_BAD_ONE: Final = 20  # UTF-8 with a few broken bytes in it
_SEQUENCE: Final = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH: Final = re.compile(rb"[\x80-\xff]")


class Decoded(NamedTuple):
    """A text with line ends of one newline, the IANA name of its encoding, and how many bytes were no letters."""

    text: str
    encoding: str
    replaced: int = 0


def decode(content: bytes, declared: Sequence[str] = ()) -> Decoded:
    """Return a text and what it was written in; `declared` are encodings that the file itself names.

    Control characters are dropped. Raises: DocumentError (file_unreadable) for bytes that are no text.
    """
    codec, mark = _sure(content)
    if codec is None:
        if _is_binary(content):
            raise DocumentError("file_unreadable", "the file's bytes are no text in any encoding that is known")
        codec = _declared(content, declared) or detection.detect(_sample(content))
    found = content[mark:].decode(codec, "replace")
    text = found.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").translate(_DROPPED)
    return Decoded(text, detection.usual_name(codec), found.count("\ufffd"))


def is_text(file: BinaryIO) -> bool:
    """Say whether a whole file is text in some encoding; it is read by blocks from where it stands."""
    binary, size = 0, 0
    while block := file.read(_BLOCK_BYTES):
        if size == 0 and _wide(block[:SAMPLE_BYTES])[0] is not None:
            return True
        size += len(block)
        binary += len(block) - len(block.translate(None, _BINARY_BYTES))
    return binary * _TEXT_BYTES_A_BINARY_ONE <= size


def peek(head: bytes) -> str:
    """Return the first characters of a text, well enough to see its tags and headers."""
    codec, mark = _wide(head)
    return head[mark:].decode(codec or "latin-1", "replace")


def _sure(content: bytes) -> tuple[str | None, int]:
    """Return the codec that is beyond doubt, and the length of its mark."""
    codec, mark = _wide(content)
    if codec is not None:
        return codec, mark
    if _is_binary(content):
        return None, 0
    try:
        content.decode()
    except UnicodeDecodeError as error:
        is_cut = error.start >= len(content) - _MAX_CHAR_BYTES and "end of data" in error.reason
        is_other = not (is_cut and _SEQUENCE.search(content)) and not _is_mostly_utf8(content)
        return (None if is_other else "utf-8"), 0
    return ("iso2022_jp" if _ISO_2022_JP.search(content[:SAMPLE_BYTES]) else "utf-8"), 0


def _wide(content: bytes) -> tuple[str | None, int]:
    """Return a codec by its mark, or one of 16 bits by the pattern of its NULs."""
    for bom, codec in _BOMS:
        if content.startswith(bom):
            is_broken = codec == "utf-8" and not _is_utf8(content)
            return (None, 0) if is_broken else (codec, len(bom))
    return detection.wide_without_mark(content[:SAMPLE_BYTES]), 0


def _is_utf8(content: bytes) -> bool:
    return not _HIGH.search(content) or _is_mostly_utf8(content)


def _is_mostly_utf8(content: bytes) -> bool:
    rest = _SEQUENCE.sub(b"", content[: 16 * SAMPLE_BYTES])
    good = len(_SEQUENCE.findall(content[: 16 * SAMPLE_BYTES]))
    return good > _GOOD_SEQUENCES_A_BAD_ONE * len(_HIGH.findall(rest))


def _is_binary(content: bytes) -> bool:
    binary = len(content) - len(content.translate(None, _BINARY_BYTES))
    return binary * _TEXT_BYTES_A_BINARY_ONE > len(content)


def _declared(content: bytes, declared: Sequence[str]) -> str | None:
    for label in declared:
        codec = detection.codec_of(label)
        if codec is None:
            continue
        bad = content[:_BLOCK_BYTES].decode(codec, "replace").count("\ufffd")
        if bad * _TEXT_BYTES_A_BINARY_ONE <= len(content[:_BLOCK_BYTES]):
            return codec
    return None


def _sample(content: bytes) -> bytes:
    """Return the lines with bytes beyond ASCII, as far as the sample goes; one without is of no help."""
    lines: list[bytes] = []
    size, at = 0, 0
    while size < SAMPLE_BYTES and (high := _HIGH.search(content, at)) is not None:
        start = content.rfind(b"\n", max(at, high.start() - _BLOCK_BYTES), high.start()) + 1 or at
        end = content.find(b"\n", high.start(), start + SAMPLE_BYTES)
        at = (end + 1) or min(len(content), max(high.start() + 1, start + SAMPLE_BYTES))
        lines.append(content[start:at])
        size += at - start
    return b"".join(lines)
