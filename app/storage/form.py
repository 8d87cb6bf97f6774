"""A multipart form with one file, read as it arrives: never more than a block of it is in memory."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.core.errors import BodyTooLargeError
from app.storage import names
from app.storage.disposition import field_and_name
from app.storage.errors import FormError, wrong_file

FIELD = "file"
BLOCK_BYTES = 1 << 20
MAX_OVERHEAD_BYTES = 1 << 16  # of everything that is not the file: boundaries, headers, other fields
IDLE_S = 60.0  # the longest pause of a client
_BROKEN = "The multipart form is broken, or breaks off."


class UploadForm:
    """The form of one request. Its field `file` is the file; other fields are read over."""

    def __init__(self, content_type: str, chunks: AsyncIterator[bytes]) -> None:
        """Read nothing yet; `chunks` is the body. Raises: InvalidError when it is no multipart form."""
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise wrong_file("send the file as the field `file` of a multipart/form-data body")
        self.name = names.UNNAMED  # the file's, cleaned; known as soon as its first block is
        self._chunks = chunks
        self._pending = bytearray()  # of the file, not yet handed on
        self._taken_bytes = 0  # of the file, so far
        self._header = (bytearray(), bytearray())
        self._disposition = b""
        self._is_file = self._has_file = self._has_ended = False
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._open_part,
                    "on_part_data": self._take,
                    "on_end": self._end,
                },
            )
        except FormParserError:
            raise FormError(_BROKEN) from None

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the file, in blocks of at least 1 MiB but for the last.

        Raises: FormError, InvalidError without a file or with two, BodyTooLargeError for too much beside it.
        """
        seen = 0
        try:
            while (chunk := await self._next()) is not None:
                self._parser.write(chunk)
                seen += len(chunk)
                if seen - self._taken_bytes > MAX_OVERHEAD_BYTES:
                    raise BodyTooLargeError(f"The form has over {MAX_OVERHEAD_BYTES} bytes beside its file.")
                if len(self._pending) >= BLOCK_BYTES:
                    yield self._drain()
        except FormParserError:
            raise FormError(_BROKEN) from None
        if not self._has_ended:
            raise FormError(_BROKEN)
        if not self._has_file:
            raise wrong_file("the form has no such field with a file name")
        if self._pending:
            yield self._drain()

    async def _next(self) -> bytes | None:
        try:
            async with asyncio.timeout(IDLE_S):
                return await anext(self._chunks, None)
        except TimeoutError:
            raise FormError(f"Nothing came for {IDLE_S:g} s.") from None

    def _drain(self) -> bytes:
        block = bytes(self._pending)
        self._pending.clear()
        return block

    def _begin_part(self) -> None:
        self._disposition = b""

    def _end_header(self) -> None:
        name, value = map(bytes, self._header)
        if name.lower() == b"content-disposition":
            self._disposition = value
        for part in self._header:
            part.clear()

    def _open_part(self) -> None:
        field, name = field_and_name(self._disposition)
        self._is_file = field == FIELD.encode() and name is not None
        if name is None or not self._is_file:
            return
        if self._has_file:
            raise wrong_file("one file for each request")
        self._has_file = True
        self.name = names.clean(name)

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._is_file:
            self._pending += data[start:end]
            self._taken_bytes += end - start

    def _end(self) -> None:
        self._has_ended = True
