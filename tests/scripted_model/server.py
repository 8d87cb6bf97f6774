"""HTTP on one port: POST /v1/chat/completions by plan, GET /calls, GET /health."""

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import Mapping
from typing import Any

from tests.scripted_model import answers
from tests.scripted_model.plan import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER, Entry, Plans
from tests.scripted_model.witness import Witness

MAX_HEADER_BYTES = 64 * 1024
FOREVER_S = 3600.0
BACKLOG = 4096  # a worker may open all its connections at once

_SAYING = frozenset({"ok", "echo", "slow", "nul", "huge", "wrong_schema"})


class Server:
    """Serves connections, kept alive between calls; one coroutine each."""

    def __init__(self, witness: Witness) -> None:
        """Keep the log; the plans start anew."""
        self._witness = witness
        self._plans = Plans()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until either side closes it."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while await self._one(reader, writer):
                pass
        writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer one request; return whether the connection may serve another."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        content = await reader.readexactly(int(headers.get("content-length") or 0))
        if (method, path) == ("POST", "/v1/chat/completions"):
            return await self._complete(headers, json.loads(content), reader, writer)
        known = {"/calls": self._witness.calls, "/health": {"status": "ok"}, "/v1/models": {"data": []}}
        status = 200 if path in known else 404
        writer.write(answers.http(status, json.dumps(known.get(path, {})).encode()))
        await writer.drain()
        return True

    async def _complete(
        self,
        headers: Mapping[str, str],
        body: dict[str, Any],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        entry = self._plans.next(headers, body)
        job, attempt, step = (headers.get(name, "") for name in (JOB_HEADER, ATTEMPT_HEADER, STEP_HEADER))
        label = f"{entry.name}:{entry.value[:80]}" if entry.value else entry.name
        record = self._witness.begin(job=job, attempt=attempt, step=step, entry=label)
        acting = asyncio.create_task(self._act(entry, headers, body, writer))
        leaving = asyncio.create_task(reader.read(1))  # the caller sends nothing while it waits: this is its leaving
        try:
            await asyncio.wait({acting, leaving}, return_when=asyncio.FIRST_COMPLETED)
            answered = acting.done() and acting.exception() is None
            self._witness.end(record, disconnected=not answered)
            return answered and acting.result() and not leaving.done()
        finally:
            for task in (acting, leaving):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                    await task

    async def _act(
        self, entry: Entry, headers: Mapping[str, str], body: dict[str, Any], writer: asyncio.StreamWriter
    ) -> bool:
        """Do what the entry says; return whether the connection stays usable."""
        if entry.name == "slow":
            await asyncio.sleep(float(entry.value or 1))
        if entry.name in _SAYING:
            text = answers.text_of(entry, headers, body)
            await self._say(text, body, writer)
            return True
        if entry.name == "reset":
            _reset(writer)
            return False
        whole = answers.http(200, answers.completion("Never read to its end.", body))
        if entry.name == "stall":
            writer.write(whole[: whole.index(b"\r\n\r\n") + 4])
            await writer.drain()
            await asyncio.sleep(FOREVER_S)
        writer.write(whole[: len(whole) // 2] if entry.name == "truncated" else answers.wrong(entry))
        await writer.drain()
        return entry.name != "truncated"

    async def _say(self, text: str, body: dict[str, Any], writer: asyncio.StreamWriter) -> None:
        if not body.get("stream"):
            writer.write(answers.http(200, answers.completion(text, body)))
            await writer.drain()
            return
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        for event in answers.events(text, body):
            writer.write(b"%x\r\n%s\r\n" % (len(event), event))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: whatever was under way is gone for the caller."""
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def listen(witness: Witness, *, port: int, host: str = "127.0.0.1") -> asyncio.Server:
    """Start listening; port 0 takes a free one."""
    return await asyncio.start_server(Server(witness).serve, host, port, limit=MAX_HEADER_BYTES, backlog=BACKLOG)
