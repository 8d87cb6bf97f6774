"""One call of the model: what is decided about it when it arrives, and how it is answered."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scripted_model import answers
from tests.scripted_model.control import Controls
from tests.scripted_model.limits import Refusal
from tests.scripted_model.plan import Entry, Plans
from tests.scripted_model.witness import Record

FOREVER_S = 3600.0
# How an outage ends a call, in the words of plans.
OUTAGES: Mapping[str, Entry] = {"503": Entry("503"), "refuse": Entry("reset"), "hang": Entry("hang")}
_ENDLESS = frozenset({"reset", "truncated", "stall", "hang"})  # no whole answer, and the connection is of no more use


@dataclass(frozen=True, slots=True)
class Decision:
    """How a call ends: by the entry of its plan, by an outage, or by a refusal.

    `text` is what the model says, `headers` what the answer says of the limits, `usage` what was counted.
    """

    entry: Entry
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    usage: Mapping[str, int] = field(default_factory=dict)
    refusal: Refusal | None = None

    @property
    def label(self) -> str:
        """Return the word for it in the log."""
        if self.refusal is not None:
            return f"limit:{self.refusal.kind}"
        return f"{self.entry.name}:{self.entry.value[:80]}" if self.entry.value else self.entry.name


def decide(
    headers: Mapping[str, str], body: Mapping[str, Any], controls: Controls, plans: Plans, *, now_s: float
) -> Decision:
    """Admit a call and count it, or say why not. The answer is made up first, so that its tokens are known."""
    if controls.down is not None:
        return Decision(OUTAGES[controls.down])
    entry = plans.peek(headers, body)
    text = answers.text_of(entry, headers, body) if entry.name in answers.SAYING else ""
    usage = answers.usage(text, body)
    refusal = controls.limiter.admit(usage["total_tokens"], now_s)
    told = controls.limiter.headers(now_s)
    if refusal is not None:
        told |= controls.limiter.refusal_headers(refusal)
        return Decision(entry, headers=told, refusal=refusal)
    plans.count(headers, body)
    return Decision(entry, text, told, usage)


async def act(
    decision: Decision, body: dict[str, Any], record: Record, writer: asyncio.StreamWriter, *, latency_s: float = 0.0
) -> bool:
    """Answer as decided, and write the status down; return whether the connection stays usable."""
    entry, headers = decision.entry, decision.headers
    if decision.refusal is not None:
        return await _send(answers.refused(decision.refusal, headers), record, writer)
    if entry.name in answers.SAYING:
        await asyncio.sleep(float(entry.value or 1) if entry.name == "slow" else latency_s)
        return await _say(decision, body, record, writer)
    if entry.name not in _ENDLESS:
        return await _send(answers.wrong(entry, headers), record, writer)
    whole = answers.http(200, answers.completion("Never read to its end.", body), headers=headers)
    match entry.name:
        case "reset":
            _reset(writer)
        case "truncated":
            await _send(whole[: len(whole) // 2], record, writer)
        case "stall":
            await _send(whole[: whole.index(b"\r\n\r\n") + 4], record, writer)
            await asyncio.sleep(FOREVER_S)
        case "hang":
            await asyncio.sleep(FOREVER_S)
    return False


async def _say(decision: Decision, body: dict[str, Any], record: Record, writer: asyncio.StreamWriter) -> bool:
    if not body.get("stream"):
        whole = answers.http(200, answers.completion(decision.text, body), headers=decision.headers)
        return await _send(whole, record, writer)
    kinds = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
    await _send(answers.head(200, {**kinds, **decision.headers}), record, writer)
    for event in answers.events(decision.text, body):
        writer.write(b"%x\r\n%s\r\n" % (len(event), event))
        await writer.drain()
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _send(answer: bytes, record: Record, writer: asyncio.StreamWriter) -> bool:
    record["status"] = int(answer[9:12])  # of "HTTP/1.1 200 OK"
    writer.write(answer)
    await writer.drain()
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST: whatever was under way is gone for the caller."""
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
