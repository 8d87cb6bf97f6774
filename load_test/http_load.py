"""A small closed-loop HTTP load generator: so many keep-alive connections, each sending its next request at once.

It does as little as it can for a request, so that on two cores the server is what is measured.
Run as a process: `python -m load_test.http_load URL BODY_FILE TOKEN COUNT CONNECTIONS` prints JSON.
"""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length: "


class Connection(asyncio.Protocol):
    """Sends one prepared request again and again until the common budget is spent."""

    def __init__(self, load: "Load") -> None:
        """Share the budget and the results of `load`."""
        self._load = load
        self._received = b""
        self._sent_at_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        if self._load.take():
            self._sent_at_s = perf_counter()
            self._transport.write(self._load.request)
        else:
            self._transport.close()
            self._load.one_done()

    def data_received(self, data: bytes) -> None:
        """Read one answer; answers must say their length."""
        self._received += data
        head, separator, body = self._received.partition(END_OF_HEAD)
        if not separator:
            return
        start = head.lower().index(LENGTH) + len(LENGTH)
        if len(body) < int(head[start:].split(b"\r", 1)[0]):
            return
        self._load.record(int(head[9:12]), perf_counter() - self._sent_at_s)
        self._received = b""
        self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the run when the server closed the connection early."""
        if exc is not None:
            self._load.fail(exc)


class Load:
    """One run: `count` requests over `connections` connections."""

    def __init__(self, request: bytes, count: int, connections: int) -> None:
        """Prepare; `run` does it."""
        self.request = request
        self._left = count
        self._open = connections
        self._latencies_s: list[float] = []
        self._statuses: dict[int, int] = {}
        self._done: asyncio.Future[None]

    def take(self) -> bool:
        """Take one request from the budget."""
        self._left -= 1
        return self._left >= 0

    def record(self, status: int, latency_s: float) -> None:
        """Keep one answer."""
        self._statuses[status] = self._statuses.get(status, 0) + 1
        self._latencies_s.append(latency_s)

    def one_done(self) -> None:
        """Count a connection that has nothing more to do."""
        self._open -= 1
        if not self._open and not self._done.done():
            self._done.set_result(None)

    def fail(self, error: Exception) -> None:
        """End the run."""
        if not self._done.done():
            self._done.set_exception(error)

    async def run(self, host: str, port: int) -> dict[str, Any]:
        """Return requests a second, latencies in milliseconds and the count of each status."""
        loop = asyncio.get_running_loop()
        self._done = loop.create_future()
        begun_s = perf_counter()
        for _ in range(self._open):
            await loop.create_connection(lambda: Connection(self), host, port)
        await self._done
        took_s = perf_counter() - begun_s
        ordered = sorted(self._latencies_s)
        return {
            "per_s": len(ordered) / took_s,
            **{f"p{part}_ms": ordered[min(len(ordered) - 1, len(ordered) * part // 100)] * 1000 for part in (50, 99)},
            "max_ms": ordered[-1] * 1000,
            "statuses": self._statuses,
        }


def post(url: str, body: bytes, token: str) -> bytes:
    """Return a whole POST request."""
    parts = urlsplit(url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        f"X-Service-Token: {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def main(url: str, body_file: str, token: str, count: str, connections: str) -> None:
    """Run once and print the figures."""
    parts = urlsplit(url)
    request = post(url, Path(body_file).read_bytes(), token)
    load = Load(request, int(count), int(connections))
    sys.stdout.write(json.dumps(uvloop.run(load.run(parts.hostname or "127.0.0.1", parts.port or 80))))


if __name__ == "__main__":
    main(*sys.argv[1:])
