"""A TCP proxy between two parts of the stack whose line a test can cut, mend, or make swallow what it carries."""

import asyncio
from contextlib import suppress

from tests.rig.ports import free_port

CHUNK_BYTES = 65_536


class Proxy:
    """Listens on `port` and passes bytes to and from `target_port`, both on loopback."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._bad_word: bytes | None = None

    @property
    def swallowed(self) -> int:
        """How many connections are open of which nothing arrives any more, on either side."""
        return len(self._swallowed)

    def blackhole(self) -> None:
        """From now on lose all that the connections which are open now carry; they stay open, and new ones work."""
        self._swallowed |= self._writers

    def blackhole_who_says(self, word: bytes) -> None:
        """From now on do so to every connection that sends this word, the word included; b"" ends it."""
        self._bad_word = word or None

    async def mend(self) -> None:
        """Accept connections."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
            self._writers |= {writer, back}
            await asyncio.gather(self._pump(reader, back, writer), self._pump(there, writer))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: asyncio.StreamWriter | None = None
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                if answers and self._bad_word and self._bad_word in data:
                    self._swallowed |= {writer, answers}
                if writer in self._swallowed:
                    continue
                writer.write(data)
                await writer.drain()
        self._writers.discard(writer)
        self._swallowed.discard(writer)
        writer.transport.abort()
