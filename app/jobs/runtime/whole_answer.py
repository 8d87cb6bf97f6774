"""An answer that was cut off is never taken for a whole one: it is asked for again with more room, or continued."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from app.llm.base import Completion, Message, ModelError
from app.processors.base import ProcessorError

MAX_CALLS = 5
MORE_ROOM = 4
LEAST_OVERLAP_CHARS = 8
MOST_OVERLAP_CHARS = 400
_GO_ON = (
    "Your answer was cut off. Go on with it from where it stopped: begin with its last five words as they stand, then "
    "write what follows. Do not begin anew, and add no comment."
)

Call = Callable[[tuple[Message, ...], int], Awaitable[Completion]]


@dataclass(frozen=True, slots=True)
class Room:
    """The room for an answer in tokens: what is wanted first, and the most that may be asked for."""

    wanted: int
    most: int


@dataclass(slots=True)
class Progress:
    """How far a question has come whose answer was cut: calls made, the room wanted now, and the text so far."""

    calls: int = 0
    wanted: int = 0
    text: str = ""


async def whole(
    call: Call,
    messages: tuple[Message, ...],
    room: Room,
    *,
    progress: Progress,
    sent_room: Callable[[int], int],
    continues: bool,
) -> Completion:
    """Ask until an answer is whole, at most five times, and return it.

    `progress` is moved on, so that another attempt goes on where this one must end. `sent_room` says how much of a room
    the model gives; `continues`: a cut answer may be gone on with (text, not JSON). Raises: ModelError
    (output_truncated, with what there is in `text`); whatever `call` raises, but for a cost limit after a cut answer.
    """
    text = progress.text
    while True:
        try:
            completion = await _next(call, messages, room, progress)
        except ProcessorError as error:
            if not progress.calls:
                raise
            raise truncated(text, f"; {error.message}") from error  # it may cost no more
        progress.calls += 1
        text = joined(progress.text, completion.text)
        if completion.finish_reason != "length" or (not continues and is_closed(text)):
            return replace(completion, text=text)
        wanted = progress.wanted or room.wanted
        more = min(room.most, wanted * MORE_ROOM)
        if progress.calls >= MAX_CALLS:
            raise truncated(text)
        if not progress.text and sent_room(more) > sent_room(wanted):
            progress.wanted = more
        elif continues and text != progress.text:
            progress.text = text
        else:
            raise truncated(text)


async def _next(call: Call, messages: tuple[Message, ...], room: Room, progress: Progress) -> Completion:
    if progress.text:
        return await call((*messages, Message("assistant", progress.text), Message("user", _GO_ON)), room.most)
    return await call(messages, progress.wanted or room.wanted)


def is_closed(text: str) -> bool:
    """Say whether a text is one whole JSON object or list; some models write white space behind it without an end."""
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def truncated(text: str, why: str = "") -> ModelError:
    """Return the error for an answer that stays cut; `text` is what there is of it."""
    error = ModelError("output_truncated", f"the model's answer was cut off after {len(text):,} characters{why}")
    error.text = text
    return error


def joined(before: str, after: str) -> str:
    """Return an answer with its continuation, what both say only once."""
    if not before:
        return after
    begun = after.lstrip()
    for size in range(min(MOST_OVERLAP_CHARS, len(before), len(begun)), LEAST_OVERLAP_CHARS - 1, -1):
        if before.endswith(begun[:size]):
            return before + begun[size:]
    stripped = before.rstrip()
    for size in range(min(MOST_OVERLAP_CHARS, len(stripped), len(begun)), LEAST_OVERLAP_CHARS - 1, -1):
        if stripped.endswith(begun[:size]):
            return stripped + begun[size:]
    needs_space = before[-1:].isalnum() and after[:1].isalnum()
    return f"{before} {after}" if needs_space else before + after
