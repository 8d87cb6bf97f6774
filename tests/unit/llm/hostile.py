"""A provider that answers too much, too slowly, or packed: by the first part of its path, over real HTTP."""

import asyncio
import gzip
import json
import sys
import zlib
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache

MB = 1_000_000
GOOD = json.dumps(
    {
        "model": "m",
        "choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1},
    }
).encode()
REFUSAL = json.dumps({"error": {"message": "the reason", "code": "content_filter"}}).encode()
STREAM = b'data: {"choices":[{"delta":{"content":"fine"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
EVENTS = "Content-Type: text/event-stream"
JSON = "Content-Type: application/json"


@cache
def bomb(megabytes: int, *, wbits: int = 31, before: bytes = b"") -> bytes:
    """Return what unpacks to so many megabytes of one letter."""
    packer = zlib.compressobj(1, zlib.DEFLATED, wbits)
    block = b"x" * MB
    return packer.compress(before) + b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def raw_deflate(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent: the status, header lines, and pieces of the body; `pause_s` between them, `hang` behind them."""

    status: int = 200
    headers: tuple[str, ...] = (JSON,)
    pieces: Callable[[], Iterable[bytes]] = lambda: (GOOD,)
    pause_s: float = 0.0
    hang: bool = False


def _repeat(piece: bytes, times: int, before: bytes = b"") -> Callable[[], Iterable[bytes]]:
    return lambda: (before, *(piece for _ in range(times))) if times < 1000 else _endless(piece, before)


def _endless(piece: bytes, before: bytes) -> Iterable[bytes]:
    yield before or piece
    while True:
        yield piece


def packed(encoding: str, content: bytes, *, status: int = 200, kind: str = JSON) -> Answer:
    return Answer(status, (kind, f"Content-Encoding: {encoding}"), lambda: (content,))


_QUOTE = b'{"error": {"code": "content_filter", "message": "the reason '
ANSWERS: dict[str, Callable[[], Answer]] = {
    "good": Answer,
    "stream": lambda: Answer(headers=(EVENTS,), pieces=lambda: (STREAM,)),
    "gzip": lambda: packed("gzip", gzip.compress(GOOD)),
    "x-gzip": lambda: packed("X-GZIP", gzip.compress(GOOD)),
    "deflate": lambda: packed("deflate", zlib.compress(GOOD)),
    "deflate-raw": lambda: packed("deflate", raw_deflate(GOOD)),
    "members": lambda: packed("gzip", gzip.compress(GOOD[:20]) + gzip.compress(GOOD[20:])),
    "trailing": lambda: packed("gzip", gzip.compress(GOOD) + b"\0\0\0"),
    "twice": lambda: packed("gzip, deflate", zlib.compress(gzip.compress(GOOD))),
    "identity": lambda: packed("identity", GOOD),
    "bytewise": lambda: Answer(
        headers=(JSON, "Content-Encoding: gzip"), pieces=lambda: (bytes([one]) for one in gzip.compress(GOOD))
    ),
    "brotli": lambda: packed("br", b"\x0b\x02\x80hello\x03"),
    "thrice": lambda: packed("gzip, gzip, gzip", GOOD),
    "broken": lambda: packed("gzip", b"\x1f\x8bno gzip at all"),
    "charset": lambda: Answer(headers=("Content-Type: application/json; charset=zlib_codec",)),
    "big": lambda: Answer(pieces=_repeat(b"x" * MB, 300)),
    "declared": lambda: Answer(headers=(JSON, "Content-Length: 32000001"), pieces=lambda: (b"x",), hang=True),
    "bomb": lambda: packed("gzip", bomb(200)),
    "bomb-deflate": lambda: packed("deflate", bomb(100, wbits=15)),
    "bomb-twice": lambda: packed("gzip, gzip", gzip.compress(bomb(200))),
    "line": lambda: Answer(headers=(EVENTS,), pieces=_repeat(b"x" * MB, 10**6, b"data: ")),
    "line-packed": lambda: packed("gzip", bomb(200, before=b"data: "), kind=EVENTS),
    "lines": lambda: Answer(headers=(EVENTS,), pieces=_repeat((b": " + b"ping " * 2000 + b"\n\n") * 100, 10**6)),
    "drip": lambda: Answer(pieces=_repeat(b" ", 10**6), pause_s=0.01),
    "error": lambda: Answer(400, pieces=lambda: (REFUSAL,)),
    "error-gzip": lambda: packed("gzip", gzip.compress(REFUSAL), status=400),
    "error-deflate": lambda: packed("deflate", zlib.compress(REFUSAL), status=400),
    "error-brotli": lambda: packed("br", b"???", status=400),
    "error-broken": lambda: packed("gzip", b"???", status=400),
    "error-charset": lambda: Answer(
        400, ("Content-Type: text/plain; charset=zlib_codec",), lambda: (bomb(9, wbits=15),)
    ),
    "error-big": lambda: Answer(500, pieces=_repeat(b"x" * MB, 300, b'{"error": {"message": "the reason ')),
    "error-bomb": lambda: packed("gzip", bomb(200, before=b'{"message": "the reason '), status=500),
    "error-drip": lambda: Answer(503, pieces=_repeat(b"x", 10**6), pause_s=0.01),
    "error-hang": lambda: Answer(400, pieces=lambda: (REFUSAL,), hang=True),
    "error-cut": lambda: Answer(
        429, (JSON, "Retry-After: 3", "Content-Length: 9999"), lambda: (b'{"message": "slow do',)
    ),
    "cookie": lambda: Answer(headers=(JSON, "Set-Cookie: a=1; Path=/", "Set-Cookie: b=2; Path=/; Domain=127.0.0.1")),
    "header-long": lambda: Answer(headers=("X-Long: " + "x" * 100_000,)),
    "header-many": lambda: Answer(headers=tuple(f"X-{number}: 1" for number in range(10_000))),
    "header-endless": lambda: Answer(headers=("X-Endless: " + "x" * 20 * MB,)),
}


@dataclass(slots=True)
class Hostile:
    """A running server and the heads of the requests that it got."""

    port: int = 0
    heads: list[str] = field(default_factory=list)
    most_answers: int = 1_000_000  # further requests find the connection closed

    def url(self, name: str) -> str:
        """Return the base URL under which everything is answered so."""
        return f"http://127.0.0.1:{self.port}/{name}/v1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until the caller goes."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.heads.append(head)
                length = next((line for line in head.splitlines() if line.lower().startswith("content-length")), ":0")
                await reader.readexactly(int(length.partition(":")[2]))
                if len(self.heads) > self.most_answers:
                    return
                answer = ANSWERS[head.split("/")[1]]()
                await _send(writer, answer)
                if answer.hang:
                    await reader.read()
                if "Content-Length: 9999" in answer.headers:
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> None:
    is_chunked = not any(line.startswith("Content-Length") for line in answer.headers)
    lines = [f"HTTP/1.1 {answer.status} X", *answer.headers, *(["Transfer-Encoding: chunked"] if is_chunked else [])]
    writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
    for piece in answer.pieces():
        for at in range(0, len(piece), MB):
            part = piece[at : at + MB]
            writer.write(f"{len(part):x}\r\n".encode() + part + b"\r\n" if is_chunked else part)
            await writer.drain()
        if answer.pause_s:
            await asyncio.sleep(answer.pause_s)
    if is_chunked and not answer.hang:
        writer.write(b"0\r\n\r\n")
    await writer.drain()


@asynccontextmanager
async def hostile() -> AsyncIterator[Hostile]:
    """Run the server in this loop until the block ends."""
    found = Hostile()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


async def _main() -> None:
    async with hostile() as server:
        sys.stdout.write(f"{server.port}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
