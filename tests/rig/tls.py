"""TLS before a server that has none, and what a line may show of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.rig.proxy import CHUNK_BYTES, Proxy

CERTIFICATES = Path(__file__).parent / "certificates"  # for localhost and 127.0.0.1, until 2126
CA = CERTIFICATES / "ca.pem"
SSL_REQUEST = bytes.fromhex("0000000804d2162f")  # Source: PostgreSQL, "Message Formats"
HANDSHAKE = b"\x16\x03"  # a TLS record of type handshake


def is_encrypted(heard: bytes | bytearray) -> bool:
    """Say whether all that a connection sent is TLS, after PostgreSQL's question for it."""
    sent = heard.removeprefix(SSL_REQUEST)
    return not sent or sent.startswith(HANDSHAKE)


@asynccontextmanager
async def tls_before(port: int, *, asks: bool = False) -> AsyncIterator[Proxy]:
    """Yield a recording line to a front that speaks TLS for the server on `port`; `asks`: as PostgreSQL is asked."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem", CERTIFICATES / "server.key")
    under_way: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        with suppress(OSError, asyncio.IncompleteReadError):
            if asks:
                assert await reader.readexactly(len(SSL_REQUEST)) == SSL_REQUEST
                writer.write(b"S")
                await writer.start_tls(context)
            there, back = await asyncio.open_connection("127.0.0.1", port)
            try:
                await asyncio.gather(_pump(reader, back), _pump(there, writer))
            finally:
                back.transport.abort()
        writer.transport.abort()
        under_way.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=None if asks else context)
    line = Proxy(server.sockets[0].getsockname()[1])
    await line.mend()
    try:
        yield line
    finally:
        await line.cut()
        server.close()
        await asyncio.gather(*under_way, return_exceptions=True)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
