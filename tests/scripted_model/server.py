"""HTTP on one port: POST /v1/chat/completions by plan and limits, the account, GET /calls, /control, /health.

`/as/<personality>/…` is the same server as another provider: with a base URL of http://127.0.0.1:PORT/as/groq/openai/v1
a client talks to Groq, and to somebody else under another name at the same time.
"""

import asyncio
import contextlib
import json
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from app.core.clock import utc_now
from tests.scripted_model import answers
from tests.scripted_model.call import OUTAGES, Decision, act, decide
from tests.scripted_model.control import ACCOUNT, Controls
from tests.scripted_model.personalities import PERSONALITIES, Personality
from tests.scripted_model.plan import Plans
from tests.scripted_model.request import Request
from tests.scripted_model.witness import Witness

MAX_HEADER_BYTES = 64 * 1024
BACKLOG = 4096  # a worker may open all its connections at once


class Server:
    """Serves connections, kept alive between calls; one coroutine each."""

    def __init__(self, witness: Witness, controls: Controls) -> None:
        """Keep the log and what can be controlled; the plans start anew."""
        self._witness = witness
        self._controls = controls
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
        method, target, _ = head[0].split(" ", 2)
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        content = await reader.readexactly(int(headers.get("content-length") or 0))
        parts = urlsplit(target)
        name, path = _addressed(parts.path, self._controls.personality)
        if method == "POST" and path.endswith("/chat/completions"):
            request = Request(json.loads(content), headers, path, dict(parse_qsl(parts.query)))
            return await self._complete(request, PERSONALITIES.get(name), reader, writer)
        what = path.rpartition("/")[2]
        if what in ACCOUNT and self._controls.down is not None:
            return await act(Decision(OUTAGES[self._controls.down]), Request({}), {"status": None}, writer)
        writer.write(self._control(content) if method == "PUT" and what == "control" else self._tell(what))
        await writer.drain()
        return True

    def _tell(self, name: str) -> bytes:
        """Answer a GET."""
        if name in ACCOUNT:
            return answers.account(getattr(self._controls, name))
        known: dict[str, Any] = {
            "calls": self._witness.calls,
            "control": {**self._controls.show(), "seen": self._witness.counts()},
            "health": {"status": "ok"},
            "models": {"data": []},
        }
        return answers.document(200 if name in known else 404, known.get(name, {}))

    def _control(self, content: bytes) -> bytes:
        try:
            self._controls.change(json.loads(content), utc_now().timestamp())
        except (ValueError, TypeError) as error:
            return answers.document(400, {"error": str(error)})
        return self._tell("control")

    async def _complete(
        self,
        request: Request,
        personality: Personality | None,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> bool:
        if personality is None:
            writer.write(answers.document(404, {"error": "nobody of that name is played here"}))
            await writer.drain()
            return True
        now_s = utc_now().timestamp()
        decision = decide(request, personality, self._controls, self._plans, now_s=now_s)
        usage = decision.answer.usage if decision.answer is not None else None
        record = self._witness.begin(request, decision.label, usage or {}, personality=personality.name, now_s=now_s)
        acting = asyncio.create_task(act(decision, request, record, writer, latency_s=self._controls.latency_s))
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


def _addressed(path: str, default: str) -> tuple[str, str]:
    """Return whom a path means, and the path below."""
    if not path.startswith("/as/"):
        return default, path
    name, slash, rest = path.removeprefix("/as/").partition("/")
    return name, slash + rest


async def listen(witness: Witness, controls: Controls, *, port: int, host: str = "127.0.0.1") -> asyncio.Server:
    """Start listening; port 0 takes a free one."""
    server = Server(witness, controls)
    return await asyncio.start_server(server.serve, host, port, limit=MAX_HEADER_BYTES, backlog=BACKLOG)
