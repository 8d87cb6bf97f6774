"""The server of strangers with a small application, in this process, over real sockets, byte for byte."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from app.core.connections import Limits
from app.core.http_cycle import may_be_gone
from app.core.http_server import Server
from tests.rig.stack import eventually

FAR_S = 1e6
PART_BYTES = 1 << 16
LARGE_BYTES = 256 * PART_BYTES  # more than the kernel keeps for both sides


async def _echo(request: Request) -> Response:
    """Say how much came, and with which headers."""
    body = await request.body()
    return JSONResponse({"bytes": len(body), "method": request.method, "headers": dict(request.headers)})


async def _early(_: Request) -> Response:
    """Answer without reading."""
    return JSONResponse({"refused": True}, 413)


async def _held(request: Request) -> Response:
    """Answer when the test lets it."""
    request.app.state.held += 1
    await request.app.state.go_on.wait()
    return Response("held")


async def _wanted(request: Request) -> Response:
    """Say, when the test lets it, whether anybody waits."""
    await request.app.state.go_on.wait()
    return Response("perhaps" if may_be_gone(request) else "yes")


async def _read_late(request: Request) -> Response:
    """Read the body when the test lets it."""
    await request.app.state.go_on.wait()
    try:
        return Response(str(len(await request.body())))
    except ClientDisconnect:
        request.app.state.gone += 1
        return Response("nobody hears this")


async def _whole(_: Request) -> Response:
    """Answer with more than the line takes at once."""
    return Response(b"x" * LARGE_BYTES)


async def _streamed(request: Request) -> Response:
    """Answer so in parts, without reading what was sent."""

    async def parts() -> AsyncIterator[bytes]:
        for _ in range(LARGE_BYTES // PART_BYTES):
            yield b"x" * PART_BYTES
        request.app.state.gone += 1

    return StreamingResponse(parts(), headers={"Content-Length": str(LARGE_BYTES)})


def make() -> Starlette:
    """Return the application."""
    both = ["GET", "POST"]
    routes = [Route("/echo", _echo, methods=both), Route("/early", _early, methods=both), Route("/live", _echo)]
    routes += [Route("/held", _held), Route("/late", _read_late, methods=both), Route("/whole", _whole)]
    app = Starlette(routes=[*routes, Route("/streamed", _streamed, methods=both), Route("/wanted", _wanted)])
    app.state.held = app.state.gone = 0
    app.state.go_on = asyncio.Event()
    return app


@dataclass
class Client:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, *parts: bytes) -> None:
        """Send each part in a packet of its own."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            await asyncio.sleep(0)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Return the next answer."""
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {line.partition(":")[0].lower(): line.partition(":")[2].strip() for line in head[1:] if line}
        return int(head[0].split()[1]), headers, await self.reader.readexactly(int(headers["content-length"]))

    async def ask(self, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send, and return the answer."""
        await self.send(*parts)
        return await self.answer()

    async def is_closed(self) -> bool:
        """Wait for the end of the connection; true if nothing came before it, and it was no reset."""
        return await self.reader.read() == b""


@dataclass
class Served:
    """A running server and who is connected with it."""

    server: Server
    port: int
    stack: AsyncExitStack
    clients: list[Client] = field(default_factory=list)

    @property
    def state(self) -> Any:
        """What the application keeps."""
        app = self.server.config.loaded_app
        while not isinstance(app, Starlette):
            app = app.app
        return app.state

    async def connect(self) -> Client:
        """Open a connection that the server has seen."""
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        self.stack.callback(client.writer.close)
        self.clients.append(client)
        port = client.writer.get_extra_info("sockname")[1]
        await eventually(lambda: client.reader.at_eof() or self._knows(port), what="it is seen")
        return client

    def _knows(self, port: int) -> bool:
        return any(getattr(one, "client")[1] == port for one in self.server.server_state.connections)  # noqa: B009

    def let_time_pass(self, seconds: float = FAR_S) -> None:
        """End what would have waited too long after so many seconds."""
        self.server._connections.expire(asyncio.get_running_loop().time() + seconds)


Serve = Callable[[Limits], Awaitable[Served]]


@asynccontextmanager
async def serving(limits: Limits) -> AsyncIterator[Served]:
    """Run a server with limits."""
    server = Server(f"{__name__}:make", limits, host="127.0.0.1", port=0)
    running = asyncio.create_task(server._serve())
    await eventually(lambda: server.started, what="it listens")
    async with AsyncExitStack() as stack:
        try:
            yield Served(server, server.servers[0].sockets[0].getsockname()[1], stack)
        finally:
            server.should_exit = server.force_exit = True
            await running
            await (
                server.lifespan.shutdown()
            )  # passed over by a forced end; what is left of it is told when it is collected


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Start a server of the test's own."""
    async with AsyncExitStack() as stack:
        yield lambda limits: stack.enter_async_context(serving(limits))


@pytest.fixture(scope="module")
async def served() -> AsyncIterator[Served]:
    """A server with the usual limits, for all tests of a file."""
    async with serving(Limits()) as running:
        yield running


@pytest.fixture
async def client(served: Served) -> Client:
    """One connection with it."""
    return await served.connect()
