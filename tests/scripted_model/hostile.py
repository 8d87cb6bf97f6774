"""Answers that are meant to hurt their reader: too large, too large once unpacked, without an end, or very slow.

big:<status>:<bytes> · gzipbomb:<bytes>:<status> · longline:<bytes> · drip:<seconds>
"""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from functools import lru_cache
from itertools import repeat

from tests.scripted_model.answers import head
from tests.scripted_model.plan import Entry

PIECE_BYTES = 1 << 20
DRIP_EVERY_S = 0.05


async def pieces(entry: Entry, whole: bytes) -> AsyncIterator[bytes]:
    """Yield the bytes of an answer, its head first; `whole` is the good answer that a drip takes so long for."""
    if entry.name == "drip":
        async for piece in _drip(float(entry.value), whole):
            yield piece
    else:
        for piece in _PIECES[entry.name](entry):
            yield piece


def _big(entry: Entry) -> Iterator[bytes]:
    status, size = entry.fields(2)
    opening, closing = b'{"error": {"message": "', b'"}}'
    yield head(int(status or 500), {"content-type": "application/json", "content-length": size}) + opening
    times, rest = divmod(int(size) - len(opening) - len(closing), PIECE_BYTES)
    yield from repeat(b"x" * PIECE_BYTES, times)
    yield b"x" * rest + closing


def _long_line(entry: Entry) -> Iterator[bytes]:
    yield head(200, {"content-type": "text/event-stream", "connection": "close"}) + b'data: {"x": "'
    yield from repeat(b"x" * PIECE_BYTES, int(entry.value) // PIECE_BYTES)


def _bomb(entry: Entry) -> Iterator[bytes]:
    size, status = entry.fields(2)
    packed = _packed(int(size))
    told = {"content-type": "application/json", "content-encoding": "gzip", "content-length": str(len(packed))}
    yield head(int(status or 500), told) + packed


_PIECES: Mapping[str, Callable[[Entry], Iterator[bytes]]] = {"big": _big, "longline": _long_line, "gzipbomb": _bomb}
HOSTILE = frozenset({*_PIECES, "drip"})


@lru_cache
def _packed(size: int) -> bytes:
    """Return that many bytes as gzip; the block in the middle is packed once and repeated."""
    opening, block, closing = b'{"error": {"message": "', b"x" * PIECE_BYTES, b'"}}'
    times = max(1, size // PIECE_BYTES)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(opening) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(closing) + packer.flush()
    check = zlib.crc32(opening)
    for _ in range(times):
        check = zlib.crc32(block, check)
    check = zlib.crc32(closing, check)
    length = (len(opening) + times * PIECE_BYTES + len(closing)) & 0xFFFFFFFF
    return b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + first + middle * times + last + struct.pack("<II", check, length)


async def _drip(seconds: float, whole: bytes) -> AsyncIterator[bytes]:
    """Yield a good answer so slowly that something always comes, and its end after so many seconds."""
    start = whole.index(b"\r\n\r\n") + 4
    yield whole[:start]
    body = whole[start:]
    steps = min(len(body), max(1, round(seconds / DRIP_EVERY_S)))
    for number in range(steps):
        yield body[number * len(body) // steps : (number + 1) * len(body) // steps]
        await asyncio.sleep(seconds / steps)
