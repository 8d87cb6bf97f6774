"""What this process has taken from the broker's lists and not acknowledged; it outlives a lost connection.

A script takes messages and records them in one step with what was acknowledged since. Keys and records are those of
kombu's own Redis transport (5.7, `unacked` and `unacked_index`), so that both may serve the same lists.
Each method belongs to the main thread.
"""

import hashlib
import json
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

from redis.exceptions import NoScriptError

MOST_AT_ONCE = 250  # of messages and of tags in one step: Lua passes at most some thousand arguments
REMEMBER_S = 3600
NOT_UNDERSTOOD = (ValueError, TypeError, LookupError, AttributeError)  # what reading a text that is no message raises
_FOLDER = Path(__file__).with_name("lua")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of held messages, with their prefix."""

    index: str
    held: str
    last: str  # of what one process took last, without its id


@dataclass(frozen=True, slots=True)
class List:
    """A list of the broker: its key, with its prefix, and its queue."""

    key: str
    queue: str

    @property
    def end(self) -> str:
        """The end of the records of its messages: the default exchange, and the queue as its routing key."""
        return f',"",{json.dumps(self.queue)}]'


class HeldMessages:
    """Takes, records and acknowledges messages, many in one step.

    `waiting`: text and queue of messages that were taken and are not handed over yet.
    """

    def __init__(self, keys: Keys, script: str | None = None) -> None:
        """Hold nothing. `script` replaces the text of lua/exchange.lua, for tests."""
        self.waiting: deque[tuple[str, str]] = deque()
        self._keys = keys
        self._script = script or _text("exchange")
        self._last = f"{keys.last}{uuid4().hex}"
        self._acked: deque[str] = deque()
        self._unrecorded: dict[str, str] = {}  # taken without the script: tag and record
        self._turn = 0
        self._lost = 0  # the first turn since the last good one whose answer did not arrive

    @property
    def has_news(self) -> bool:
        """Whether there is something to tell the broker."""
        return bool(self._acked or self._unrecorded)

    def ack(self, tag: str) -> None:
        """Have a message forgotten with the next exchange."""
        self._unrecorded.pop(tag, None)
        self._acked.append(tag)  # also of one that was not recorded: a try that failed may have done it

    def note(self, text: str, source: List) -> None:
        """Have a message that BRPOP took recorded with the next exchange; it waits to be handed over."""
        self.waiting.append((text, source.queue))
        if tag := tag_of(text):
            self._unrecorded[tag] = f"[{text}{source.end}"

    def exchange(self, client: Any, lists: Sequence[List], room: int) -> int:
        """Tell the broker what there is to tell, and take up to `room` messages, which then wait; returns how many.

        Among them is what a former call took whose answer did not arrive. Raises: what `client` raises; the next call
        then tells everything once more.
        """
        acked = list(islice(self._acked, MOST_AT_ONCE))
        recorded = list(islice(self._unrecorded.items(), MOST_AT_ONCE))
        self._turn += 1
        lost, self._lost = self._lost, self._lost or self._turn
        arguments: list[Any] = [self._turn, lost, min(room, MOST_AT_ONCE), REMEMBER_S, len(acked), len(recorded)]
        arguments += [*acked, *(part for one in recorded for part in one), *(one.end for one in lists)]
        keys = [self._keys.index, self._keys.held, self._last, *(one.key for one in lists)]
        again, taken = _run(client, self._script, keys, arguments)
        self._lost = 0
        for _ in acked:
            self._acked.popleft()
        for tag, _ in recorded:
            self._unrecorded.pop(tag, None)
        for record in again:
            message, _, queue = json.loads(record)
            self.waiting.append((json.dumps(message), queue))
        for place, text in zip(taken[::2], taken[1::2], strict=True):
            self.waiting.append((text.decode(errors="replace"), lists[place].queue))
        return len(again) + len(taken) // 2


def tag_of(text: str) -> str | None:
    """Return the tag by which a message is acknowledged; None for a text that is none."""
    try:
        return str(json.loads(text)["properties"]["delivery_tag"])
    except NOT_UNDERSTOOD:
        return None


def restore(client: Any, keys: Keys, messages: Mapping[Any, tuple[str, str]], script: str | None = None) -> int:
    """Put held messages back: by tag, the key of the list and the text. Returns how many still were held.

    At most MOST_AT_ONCE of them. Raises: what `client` raises. `script` replaces lua/restore.lua, for tests.
    """
    if not messages:
        return 0
    lists = [key for key, _ in messages.values()]
    arguments = [part for tag, (_, text) in messages.items() for part in (tag, text)]
    return int(_run(client, script or _text("restore"), [keys.index, keys.held, *lists], arguments))


def _run(client: Any, script: str, keys: Sequence[str], arguments: Sequence[Any]) -> Any:
    try:
        return client.evalsha(_digest(script), len(keys), *keys, *arguments)
    except NoScriptError:  # before anything was done
        return client.eval(script, len(keys), *keys, *arguments)


@cache
def _text(name: str) -> str:
    return (_FOLDER / f"{name}.lua").read_text(encoding="utf-8")


@cache
def _digest(script: str) -> str:
    return hashlib.sha1(script.encode(), usedforsecurity=False).hexdigest()
