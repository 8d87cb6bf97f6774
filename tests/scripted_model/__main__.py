"""`python -m tests.scripted_model --port N --log FILE`.

The text of a request names its plan: `[[plan:500,500,ok]]`. The n-th call of a job (header X-Headrace-Job, else the
text) gets the n-th entry; the last one repeats; without a plan every answer is good. Each call is a line of the log:
job, attempt, step, entry, t0, t1 and whether the caller hung up; a witness that knows nothing of our database.
"""

import argparse
import asyncio
import json
import re
import socket
import struct
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.core.clock import monotonic_s
from tests.scripted_model.answers import Answer, answer_for

PLAN = re.compile(r"\[\[plan:([^\]]*)\]\]")
LINGER_NONE = struct.pack("ii", 1, 0)


class ScriptedModel:
    """The server; one object for all connections."""

    def __init__(self, log: Path) -> None:
        self._log = log.open("a", encoding="utf-8", buffering=1)
        self._seen: Counter[str] = Counter()
        self._calls: list[dict[str, Any]] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in lines) if k}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                if first.startswith("GET"):
                    await self._write(writer, Answer(json.dumps(self._calls).encode()))
                elif not await self._complete(reader, writer, headers, json.loads(body)):
                    break
        writer.close()

    async def _complete(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        headers: dict[str, str],
        request: dict[str, Any],
    ) -> bool:
        text = str(request["messages"])
        plan = PLAN.search(text)
        entries = plan.group(1).split(",") if plan else ["ok"]
        key = headers.get("x-headrace-job", text)
        entry = entries[min(self._seen[key], len(entries) - 1)]
        self._seen[key] += 1
        call: dict[str, Any] = {name: headers.get(f"x-headrace-{name}") for name in ("job", "attempt", "step")}
        call |= {"entry": entry, "t0": monotonic_s(), "t1": None, "disconnected": False}
        self._calls.append(call)
        answer = answer_for(entry, request)
        call["disconnected"] = await _hangs_up(reader, answer.after_s)
        if not call["disconnected"]:
            await self._play(reader, writer, answer, call)
        call["t1"] = monotonic_s()
        self._log.write(json.dumps(call) + "\n")
        return not (answer.reset or call["disconnected"])

    async def _play(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answer: Answer, call: dict[str, Any]
    ) -> None:
        if answer.reset:
            raw: socket.socket = writer.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            writer.transport.abort()
            return
        await self._write(writer, answer)
        if answer.stall:
            call["disconnected"] = await _hangs_up(reader, 3600)

    async def _write(self, writer: asyncio.StreamWriter, answer: Answer) -> None:
        headers = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body)), **answer.headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        writer.write(f"HTTP/1.1 {answer.status} Scripted\r\n{lines}\r\n".encode())
        writer.write(b"" if answer.stall else answer.body)
        await writer.drain()


async def _hangs_up(reader: asyncio.StreamReader, within_s: float) -> bool:
    """Wait; say whether the caller closed its connection before the time was over."""
    if within_s <= 0:
        return False
    try:
        async with asyncio.timeout(within_s):
            return not await reader.read(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True


async def main() -> None:
    """Serve until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    arguments = parser.parse_args()
    model = ScriptedModel(arguments.log)
    server = await asyncio.start_server(model.serve, "127.0.0.1", arguments.port, limit=64_000_000)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
