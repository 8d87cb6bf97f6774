"""An answer's content, unpacked and bounded: at most 32 MB of it, packed or not, and 4 MB of a line of a stream."""

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass

import httpx2

from app.llm.decoding import Decoder, UnknownEncodingError

MAX_ANSWER_BYTES = 32_000_000
MAX_ERROR_BYTES = 256 * 1024
MAX_LINE_BYTES = 4_000_000  # a whole answer as one event fits

_TURN_BYTES = 1_000_000  # of unpacked content, then others have their turn
_LINES = ("text/event-stream", "application/x-ndjson", "application/jsonl", "application/stream+json")


class AnswerError(httpx2.DecodingError):
    """An answer that breaks a limit, or that cannot be unpacked; the message is our own words."""


@dataclass(slots=True)
class _Budget:
    """What was read of one answer, as it came and unpacked."""

    most_bytes: int
    raw_bytes: int = 0
    plain_bytes: int = 0

    def left(self) -> int:
        return max(0, self.most_bytes - self.plain_bytes)

    def check(self) -> None:
        if max(self.raw_bytes, self.plain_bytes) > self.most_bytes:
            raise AnswerError("it is too large")


async def pieces(raw: AsyncIterator[bytes], encoding: str, most_bytes: int) -> AsyncGenerator[bytes, None]:
    """Yield the unpacked content in pieces of at most 64 kB. Raises: AnswerError, and what `raw` raises."""
    decoder = _decoder(encoding)
    budget = _Budget(most_bytes)
    unpacked_bytes = 0
    async for one in raw:
        budget.raw_bytes += len(one)
        for piece in _unpacked(decoder, one):
            yield piece[: budget.left()]
            budget.plain_bytes += len(piece)
            budget.check()
            unpacked_bytes += len(piece)
            if unpacked_bytes >= _TURN_BYTES:
                unpacked_bytes = 0
                await asyncio.sleep(0)
        budget.check()


async def answer(
    raw: AsyncIterator[bytes], *, encoding: str, content_type: str, length_bytes: int
) -> AsyncGenerator[bytes, None]:
    """Yield the content of an answer, `length_bytes` of which it has by its own word. Raises: as `pieces`."""
    if length_bytes > MAX_ANSWER_BYTES:
        raise AnswerError("it is too large")
    has_lines = content_type.lower().startswith(_LINES)
    line_bytes = 0
    async with aclosing(pieces(raw, encoding, MAX_ANSWER_BYTES)) as plain:
        async for piece in plain:
            if has_lines:
                end = max(piece.rfind(b"\n"), piece.rfind(b"\r"))
                line_bytes = len(piece) - end - 1 if end >= 0 else line_bytes + len(piece)
                if line_bytes > MAX_LINE_BYTES:
                    raise AnswerError("one of its lines is too large")
            yield piece


def _decoder(encoding: str) -> Decoder:
    try:
        return Decoder(encoding)
    except UnknownEncodingError as error:
        raise AnswerError(f"it is packed in a way that was not asked for ({error})") from None


def _unpacked(decoder: Decoder, raw: bytes) -> Iterator[bytes]:
    try:
        yield from decoder.pieces(raw)
    except zlib.error:
        raise AnswerError("it cannot be unpacked") from None
