"""A TCP proxy between two parts of the stack, on whose line a test can do what networks do."""

import asyncio
import socket
import struct
from contextlib import suppress
from typing import Literal

from tests.rig.ports import free_port

CHUNK_BYTES = 65_536
HEARD_BYTES = 4096
Way = Literal["there", "back"]  # from the one that connects to its target, and from the target


class Proxy:
    """Listens on `port` and passes bytes to and from `target_port`, both on loopback.

    `latency_s` delays each piece; `bytes_per_s` (0: no limit) slows the line; `close_after` resets a connection that
    has passed so many bytes (0: never). A connection of which bytes were lost stays silent for ever, since what came
    after a gap would be garbage. `heard` has what each connection sent first, as it stood on the line.
    """

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.latency_s = 0.0
        self.bytes_per_s = 0
        self.close_after = 0
        self.heard: list[bytearray] = []
        self._target_port = target_port
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._bad_word: bytes | None = None
        self._unanswered: bytes | None = None
        self._lost: frozenset[Way] = frozenset()
        self._flows = asyncio.Event()
        self._flows.set()

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

    def lose_answers_to(self, word: bytes) -> None:
        """From now on pass what says this word, and lose every answer on its connection; b"" ends it."""
        self._unanswered = word or None

    def silence(self, *ways: Way) -> None:
        """Until `mend` lose all bytes that come, of new connections too; without `ways` in both directions."""
        self._lost = frozenset(ways or ("there", "back"))

    def hold(self) -> None:
        """Keep every byte back until `mend`, then pass it."""
        self._flows.clear()

    def reset(self) -> None:
        """Reset every connection; new ones are served."""
        for writer in list(self._writers):
            _reset(writer)

    async def mend(self) -> None:
        """Accept connections, and pass what comes from now on."""
        self._lost = frozenset()
        self._flows.set()
        self.latency_s, self.bytes_per_s, self.close_after = 0.0, 0, 0
        if self._server is None or not self._server.is_serving():
            self._server = await asyncio.start_server(self._pass, "127.0.0.1", self.port)

    async def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        self.reset()
        await asyncio.sleep(0)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:
            writer.transport.abort()  # what the target refuses is refused here, too
            return
        with suppress(OSError):
            self._writers |= {writer, back}
            heard = bytearray()
            self.heard.append(heard)
            await asyncio.gather(
                self._pump("there", reader, back, writer, heard), self._pump("back", there, writer, back, bytearray())
            )

    async def _pump(
        self,
        way: Way,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        answers: asyncio.StreamWriter,
        heard: bytearray,
    ) -> None:
        passed = 0
        with suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                heard += data[: HEARD_BYTES - len(heard)]
                await self._flows.wait()
                self._swallow(way, data, writer, answers)
                if writer in self._swallowed:
                    continue
                await self._delay(len(data))
                writer.write(data)
                await writer.drain()
                passed += len(data)
                if self.close_after and passed >= self.close_after:
                    _reset(writer)
        self._writers.discard(writer)
        self._swallowed.discard(writer)
        writer.transport.abort()

    def _swallow(self, way: Way, data: bytes, writer: asyncio.StreamWriter, answers: asyncio.StreamWriter) -> None:
        """Let a connection fall silent where that is due."""
        if way in self._lost:
            self._swallowed.add(writer)
        if way == "there" and self._bad_word and self._bad_word in data:
            self._swallowed |= {writer, answers}
        if way == "there" and self._unanswered and self._unanswered in data:
            self._swallowed.add(answers)

    async def _delay(self, count: int) -> None:
        delay_s = self.latency_s + (count / self.bytes_per_s if self.bytes_per_s else 0.0)
        if delay_s:
            await asyncio.sleep(delay_s)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: whatever was under way is gone."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
