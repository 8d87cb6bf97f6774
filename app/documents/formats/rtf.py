"""RTF: its text by its fonts' code pages, tables, notes and margins; pictures and objects are passed over."""

import re
from dataclasses import dataclass, replace
from typing import Final

from app.documents.detection import codec_of
from app.documents.errors import DocumentError
from app.documents.formats.rtf_text import CHARSETS, KEPT, MARGINS, SIGNS, SKIPPED, Flow
from app.documents.formats.writer import Writer, labelled
from app.documents.model import Document

_TOKEN: Final = re.compile(
    rb"\\([A-Za-z]{1,32})(-?\d{1,10})? ?|\\'([0-9A-Fa-f]{2})|\\([^A-Za-z])|([{}])|([^\\{}]+)", re.DOTALL
)
_NEW_LINES: Final = b"\r\n\x00"
_MAX_DEPTH: Final = 5000
_MAX_TOKENS: Final = 20_000_000
_PRIVATE: Final = range(0xF000, 0xF100)
_SWITCHES: Final = frozenset(("v", "deleted", "intbl", "trowd", "pard"))
_UNITS: Final = 0x10000


@dataclass(frozen=True, slots=True)
class _State:
    """What holds within a group."""

    flow: Flow
    codec: str
    is_skipped: bool = False
    is_hidden: bool = False
    is_deleted: bool = False
    is_in_table: bool = False
    fallback: int = 1  # characters after a Unicode one that stand for it in old readers
    font: int | None = None  # the font that a table of fonts is telling about


def read(kind: str, content: bytes) -> Document:
    """Return an RTF text as one page. Raises: DocumentError."""
    start = content.find(b"{\\rtf")
    if start < 0:
        raise DocumentError("file_unreadable", "the file is no RTF")
    return _Reading(content, start).document(kind)


class _Reading:
    def __init__(self, content: bytes, start: int) -> None:
        self._content = content
        self._at = start
        self._writer = Writer()
        self._body = Flow()
        self._state = _State(self._body, "cp1252")
        self._stack: list[_State] = []
        self._default = "cp1252"
        self._fonts: dict[int, str] = {}
        self._owed = 0  # characters that stand for a Unicode one
        self._is_optional = False
        self._notes: list[Flow] = []
        self._margins: dict[str, list[Flow]] = {"Header": [], "Footer": [], "Comment": []}

    def document(self, kind: str) -> Document:
        tokens = 0
        while (token := _TOKEN.match(self._content, self._at)) is not None:
            self._at = token.end()
            self._take(token)
            tokens += 1
            if tokens > _MAX_TOKENS:
                raise DocumentError("file_too_large", f"the file has more than {_MAX_TOKENS:,} marks")
            if token[5] == b"}" and not self._stack:
                break
        self._write()
        return self._writer.document(kind)

    def _write(self) -> None:
        for label, flows in self._margins.items():
            if label == "Header":
                self._writer.block(labelled(label, dict.fromkeys(flow.text() for flow in flows)))
        for block in self._body.blocks():
            self._writer.block(block) if isinstance(block, str) else self._writer.table(block)
        notes = (f"[{number}] {flow.text()}" for number, flow in enumerate(self._notes, 1))
        self._writer.block(labelled("Footnotes", notes))
        for comment in self._margins["Comment"]:
            self._writer.block(labelled("Comment", [comment.text()]))
        self._writer.block(labelled("Footer", dict.fromkeys(flow.text() for flow in self._margins["Footer"])))

    def _take(self, token: re.Match[bytes]) -> None:
        word, value, code, sign, brace, raw = token.groups()
        if raw is not None:
            self._bytes(raw.translate(None, _NEW_LINES))
        elif code is not None:
            self._bytes(bytes([int(code, 16)]))
        elif brace is not None:
            self._open() if brace == b"{" else self._close()
        elif sign is not None:
            self._sign(sign)
        else:
            self._word(word.decode("ascii"), int(value) if value else None)

    def _bytes(self, found: bytes) -> None:
        passed = min(self._owed, len(found))
        self._owed -= passed
        state = self._state
        if state.is_skipped or state.is_hidden or state.is_deleted:
            if state.is_hidden and not state.is_skipped and found.strip():
                self._writer.note("hidden text was left out")
            return
        state.flow.add(found[passed:], state.codec)

    def _open(self) -> None:
        if len(self._stack) >= _MAX_DEPTH:
            raise DocumentError("file_too_large", f"the file is nested deeper than {_MAX_DEPTH:,} groups")
        self._stack.append(self._state)
        self._owed = 0

    def _close(self) -> None:
        self._owed = 0
        self._is_optional = False
        if self._stack:
            self._state = self._stack.pop()

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._is_optional = True
        elif sign in b"\\{}":
            self._bytes(sign)
        elif sign in b"\r\n":
            self._word("par", None)
        elif sign in b"~_":
            self._bytes(b" " if sign == b"~" else b"-")

    def _word(self, word: str, value: int | None) -> None:
        is_optional, self._is_optional = self._is_optional, False
        if word == "bin":
            self._at += max(0, value or 0)
        elif word == "u" and value is not None:
            self._unicode(value)
        elif word in SIGNS:
            self._symbol(SIGNS[word])
        elif self._destination(word, is_optional=is_optional):
            return
        elif not self._state.is_skipped or self._state.font is not None or word in ("f", "fcharset"):
            self._property(word, value)

    def _unicode(self, value: int) -> None:
        unit = value % _UNITS
        state = self._state
        if not (state.is_skipped or state.is_hidden or state.is_deleted):
            state.flow.letter(chr(unit - _PRIVATE.start) if unit in _PRIVATE else chr(unit))
        self._owed = state.fallback

    def _symbol(self, sign: str) -> None:
        state = self._state
        if not (state.is_skipped or state.is_hidden or state.is_deleted):
            state.flow.sign(sign, is_in_table=state.is_in_table)

    def _destination(self, word: str, *, is_optional: bool) -> bool:
        """Say whether a word begins a part that is kept apart, or one that is passed over."""
        if word in SKIPPED or (is_optional and word not in KEPT):
            self._state = replace(self._state, is_skipped=True, font=-1 if word == "fonttbl" else None)
            return True
        if word not in MARGINS or self._state.is_skipped:
            return False
        flow = Flow()
        label = MARGINS[word]
        if label == "Note":
            self._notes.append(flow)
            self._state.flow.add(f"[{len(self._notes)}]".encode(), "ascii")
        else:
            self._margins[label].append(flow)
        self._state = replace(self._state, flow=flow, is_in_table=False)
        return True

    def _property(self, word: str, value: int | None) -> None:
        state = self._state
        if word in _SWITCHES:
            self._state = _switched(state, word, is_on=value != 0)
        elif word == "f":
            codec = self._fonts.get(value or 0, self._default)
            self._state = replace(state, font=value or 0) if state.font is not None else replace(state, codec=codec)
        elif word == "fcharset" and state.font is not None:
            self._fonts[state.font] = CHARSETS.get(value or 0, self._default)
        elif word == "ansicpg":
            self._default = codec_of("utf-8" if value == 65001 else f"cp{value}") or self._default  # noqa: PLR2004
            self._state = replace(state, codec=self._default)
        elif word == "plain":
            self._state = replace(state, is_hidden=False, is_deleted=False, codec=self._default)
        elif word == "uc":
            self._state = replace(state, fallback=max(0, value if value is not None else 1))


def _switched(state: _State, word: str, *, is_on: bool) -> _State:
    if word == "v":
        return replace(state, is_hidden=is_on)
    if word == "deleted":
        return replace(state, is_deleted=is_on)
    return replace(state, is_in_table=word != "pard")
