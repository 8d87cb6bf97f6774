"""An answer that was cut off is never taken for a whole one: it is asked for again with more room, or continued."""

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


async def whole(
    call: Call, messages: tuple[Message, ...], room: Room, *, sent_room: Callable[[int], int], continues: bool
) -> Completion:
    """Ask until an answer is whole, at most five times, and return it.

    `sent_room` says how much of a room the model gives; `continues`: a cut answer may be gone on with (text, not JSON).
    Raises: ModelError (output_truncated, with what there is in `text`); whatever `call` raises at the first time.
    """
    completion = await call(messages, room.wanted)
    wanted, text = room.wanted, ""
    for _ in range(MAX_CALLS - 1):
        if completion.finish_reason != "length":
            break
        more = min(room.most, wanted * MORE_ROOM)
        try:
            if not text and sent_room(more) > sent_room(wanted):
                wanted = more
                completion = await call(messages, wanted)
            elif continues:
                text = joined(text, completion.text)
                completion = await call((*messages, Message("assistant", text), Message("user", _GO_ON)), room.most)
            else:
                raise truncated(completion.text)
        except ProcessorError as error:  # it may cost no more
            raise truncated(text or completion.text, f"; {error.message}") from error
    text = joined(text, completion.text)
    if completion.finish_reason == "length":
        raise truncated(text)
    return replace(completion, text=text)


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
