"""Server-sent events out of bytes, as servers of models really send them.

Source: https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import codecs
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

MAX_LINE_CHARS = 4_000_000  # a whole answer as one event fits; what never ends does not


class EndlessLineError(ValueError):
    """A line is longer than any event of an answer."""


@dataclass(slots=True)
class _Lines:
    """Cuts text at CR, LF and CRLF alone: other separators, such as U+2028, belong to the text."""

    pieces: list[str] = field(default_factory=list)  # of the line that has not ended
    size_chars: int = 0  # of them
    after_cr: bool = False

    def add(self, text: str) -> list[str]:
        if self.after_cr and text.startswith("\n"):
            text = text[1:]
        if text:
            self.after_cr = text.endswith("\r")
        first, *more = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        lines = [self._ended(first), *more] if more else []
        self._go_on(lines.pop() if more else first)
        return lines

    def rest(self) -> str:
        return "".join(self.pieces)

    def _ended(self, last: str) -> str:
        line = "".join((*self.pieces, last))
        self.pieces, self.size_chars = [], 0
        return line

    def _go_on(self, piece: str) -> None:
        self.pieces.append(piece)
        self.size_chars += len(piece)
        if self.size_chars > MAX_LINE_CHARS:
            raise EndlessLineError


@dataclass(frozen=True, slots=True)
class Event:
    """One event: its `data` lines, and its `name`, which is empty for an ordinary one."""

    name: str
    data: tuple[str, ...]


@dataclass(slots=True)
class _Building:
    name: str = ""
    data: list[str] = field(default_factory=list)

    def add(self, line: str) -> Event | None:
        """Take one line; return the event that it ends, if it does."""
        if not line:
            return self.take()
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self.data.append(value)
        elif name == "event":
            self.name = value
        elif name == "error":  # llama.cpp's own field
            self.data, self.name = [value], "error"
        return None

    def take(self) -> Event | None:
        event = Event(self.name, tuple(self.data)) if self.data else None
        self.name, self.data = "", []
        return event


async def events(chunks: AsyncIterator[bytes]) -> AsyncIterator[Event]:
    """Yield the events of a stream; comments are left out, and a last event needs no blank line after it.

    Raises: EndlessLineError.
    """
    decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
    lines, building = _Lines(), _Building()
    async for chunk in chunks:
        for line in lines.add(decoder.decode(chunk)):
            if event := building.add(line):
                yield event
    for line in (*lines.add(decoder.decode(b"", final=True)), lines.rest(), ""):
        if event := building.add(line):
            yield event
