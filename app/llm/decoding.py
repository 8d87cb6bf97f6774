"""Decompression in pieces of bounded size, so that a small answer cannot become a large one at once."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping

PIECE_BYTES = 64 * 1024
ACCEPTED = "gzip, deflate"
MAX_LAYERS = 2

_GZIP_MAGIC = b"\x1f\x8b"


class UnknownEncodingError(ValueError):
    """An answer is packed in a way that nobody asked for; the message names it."""


class _Inflater:
    """One layer of gzip or deflate; what follows its end and is no further member is left out."""

    def __init__(self, wbits: int) -> None:
        self._wbits = wbits
        self._inflate = zlib.decompressobj(wbits)
        self._begun = False

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Yield what comes out. Raises: zlib.error."""
        while packed:
            if self._inflate.eof:
                if self._wbits < zlib.MAX_WBITS or not packed.startswith(_GZIP_MAGIC):
                    return
                self._inflate = zlib.decompressobj(self._wbits)
            piece = self._next(packed)
            packed = self._inflate.unused_data if self._inflate.eof else self._inflate.unconsumed_tail
            if piece:
                yield piece
        while not self._inflate.eof and (piece := self._inflate.decompress(b"", PIECE_BYTES)):
            yield piece

    def _next(self, packed: bytes) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._inflate.decompress(packed, PIECE_BYTES)
        except zlib.error:
            if begun or self._wbits != zlib.MAX_WBITS:
                raise
            self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)  # deflate without its header, as some servers send it
            return self._inflate.decompress(packed, PIECE_BYTES)


_KNOWN: Mapping[str, Callable[[], _Inflater]] = {
    "gzip": lambda: _Inflater(zlib.MAX_WBITS | 16),
    "x-gzip": lambda: _Inflater(zlib.MAX_WBITS | 16),
    "deflate": lambda: _Inflater(zlib.MAX_WBITS),
}


class Decoder:
    """Undoes the encodings of one answer."""

    def __init__(self, encodings: str) -> None:
        """Read the header Content-Encoding; empty for none. Raises: UnknownEncodingError."""
        names = [name.strip().lower() for name in encodings.split(",")]
        wanted = [name for name in names if name not in {"", "identity"}]
        unknown = [name for name in wanted if name not in _KNOWN]
        if unknown or len(wanted) > MAX_LAYERS:
            raise UnknownEncodingError(", ".join(unknown or wanted)[:100])
        self._layers = [_KNOWN[name]() for name in reversed(wanted)]

    def pieces(self, raw: bytes) -> Iterator[bytes]:
        """Yield what some bytes become, none longer than 64 kB. Raises: zlib.error."""
        found: Iterable[bytes] = (raw[at : at + PIECE_BYTES] for at in range(0, len(raw), PIECE_BYTES))
        for layer in self._layers:
            found = _through(layer, found)
        yield from found


def _through(layer: _Inflater, packed: Iterable[bytes]) -> Iterator[bytes]:
    for one in packed:
        yield from layer.pieces(one)
