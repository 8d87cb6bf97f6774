"""One call of the model: what is decided about it when it arrives, and how it is answered."""

import asyncio
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tests.scripted_model import answers, hostile
from tests.scripted_model.answer import Answer, plain, whole
from tests.scripted_model.control import Controls
from tests.scripted_model.odd import answer_of
from tests.scripted_model.personalities import PLAIN, Fault, Personality
from tests.scripted_model.plan import Entry, Plans
from tests.scripted_model.request import Request
from tests.scripted_model.streams import events
from tests.scripted_model.witness import Record

FOREVER_S = 3600.0
COMMENTS_EVERY_S = 0.2
# How an outage ends a call, in the words of plans.
OUTAGES: Mapping[str, Entry] = {"503": Entry("503"), "refuse": Entry("reset"), "hang": Entry("hang")}
_ENDLESS = frozenset({"reset", "truncated", "stall", "hang"})  # no whole answer, and the connection is of no more use


@dataclass(frozen=True, slots=True)
class Decision:
    """How a call ends: by the entry of its plan, by an outage, or by a fault.

    `answer` is what the model says, `headers` what is told of the limits, `label` the word in the log.
    """

    entry: Entry
    personality: Personality = PLAIN
    answer: Answer | None = None
    fault: Fault | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    label: str = ""


def decide(request: Request, personality: Personality, controls: Controls, plans: Plans, *, now_s: float) -> Decision:
    """Admit a call and count it, or say why not. The answer is made up first, so that its tokens are known."""
    if controls.down is not None:
        entry = OUTAGES[controls.down]
        return Decision(entry, label=_label(entry))
    if (fault := personality.refuse(request)) is not None:
        return Decision(Entry("ok"), personality, fault=fault, label=fault.label or "refused")
    entry = plans.peek(request.headers, request.body)
    answer = answer_of(entry, request, personality.say)
    limiter = controls.limiter_of(personality)
    tokens = (answer.usage or {}).get("total_tokens", 0) if answer is not None else request.prompt_tokens
    refusal = limiter.admit(tokens if isinstance(tokens, int) else 0, now_s)
    told = limiter.headers(now_s)
    if refusal is not None:
        fault = personality.limited(refusal, told | limiter.refusal_headers(refusal))
        return Decision(entry, personality, fault=fault, label=f"limit:{refusal.kind}")
    if (fault := _asked_for(entry, request, personality)) is not None:
        plans.count(request.headers, request.body)
        return Decision(entry, personality, fault=fault, headers=told, label=fault.label or _label(entry))
    plans.count(request.headers, request.body)
    return Decision(entry, personality, answer, headers=told, label=_label(entry))


def _label(entry: Entry) -> str:
    return f"{entry.name}:{entry.value[:80]}" if entry.raw else entry.name


def _asked_for(entry: Entry, request: Request, personality: Personality) -> Fault | None:
    """Return the fault that a plan's entry asks for in the personality's words, or None."""
    match entry.name:
        case "err":
            return replace(personality.faults[entry.value], label="")
        case "refuse_role" if entry.value in request.roles:
            place = request.roles.index(entry.value)
            message = f"Unsupported value: 'messages[{place}].role' does not support '{entry.value}' with this model."
            return Fault(400, message, code="unsupported_value", param=f"messages[{place}].role", label="refused:role")
        case "refuse_param":
            found = next((name for name in entry.value.split("+") if name in request.body), None)
            if found is not None:
                message = f"Unsupported parameter: '{found}' is not supported with this model."
                return Fault(400, message, code="unsupported_parameter", param=found, label=f"refused:{found}")
    return None


async def act(
    decision: Decision, request: Request, record: Record, writer: asyncio.StreamWriter, *, latency_s: float = 0.0
) -> bool:
    """Answer as decided, and write the status down; return whether the connection stays usable."""
    entry, headers = decision.entry, decision.headers
    if decision.fault is not None:
        return await _send(answers.failed(decision.fault, decision.personality, headers), record, writer)
    if decision.answer is not None:
        await asyncio.sleep(float(entry.value or 1) if entry.name == "slow" else latency_s)
        return await _say(decision.answer, request, headers, record, writer)
    if entry.name in hostile.HOSTILE:
        return await _hurt(entry, request, record, writer)
    if entry.name not in _ENDLESS:
        return await _send(answers.wrong(entry, headers), record, writer)
    return await _never_end(entry, answers.http(200, _good(request), headers=headers), record, writer)


def _good(request: Request) -> bytes:
    return whole(plain("Never read to its end.", request), request)


async def _never_end(entry: Entry, answer: bytes, record: Record, writer: asyncio.StreamWriter) -> bool:
    match entry.name:
        case "reset":
            _reset(writer)
        case "truncated":
            await _send(answer[: len(answer) // 2], record, writer)
        case "stall":
            await _send(answer[: answer.index(b"\r\n\r\n") + 4], record, writer)
            await asyncio.sleep(FOREVER_S)
        case "hang":
            await asyncio.sleep(FOREVER_S)
    return False


async def _say(
    answer: Answer, request: Request, headers: Mapping[str, str], record: Record, writer: asyncio.StreamWriter
) -> bool:
    told = {**answer.headers, **headers}
    if not request.streams:
        return await _send(answers.http(200, whole(answer, request), headers=told), record, writer)
    kinds = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
    await _send(answers.head(200, {**kinds, **told}), record, writer)
    if answer.sse == "comments":
        await _comment(writer)
    for event in events(answer, request):
        await _chunk(event, writer)
    writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


async def _comment(writer: asyncio.StreamWriter) -> None:
    for _ in range(int(FOREVER_S / COMMENTS_EVERY_S)):
        await _chunk(b": still working\n\n", writer)
        await asyncio.sleep(COMMENTS_EVERY_S)


async def _chunk(content: bytes, writer: asyncio.StreamWriter) -> None:
    writer.write(b"%x\r\n%s\r\n" % (len(content), content))
    await writer.drain()


async def _hurt(entry: Entry, request: Request, record: Record, writer: asyncio.StreamWriter) -> bool:
    async for piece in hostile.pieces(entry, answers.http(200, _good(request))):
        if record["status"] is None:
            await _send(piece, record, writer)
        else:
            writer.write(piece)
            await writer.drain()
    return entry.name != "longline"  # which ends with the connection


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
