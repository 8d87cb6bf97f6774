"""Lists of messages on a real Valkey, and a worker's side of them whose answers can be lost."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from app.core.broker_messages import PRIORITY_STEPS, encode_message, list_key
from app.core.held_messages import HeldMessages, Keys, List
from app.core.redis import PREFIX

KEYS = Keys(f"{PREFIX}unacked_index", f"{PREFIX}unacked", f"{PREFIX}taken:")


def lists(*queues: str) -> list[List]:
    """Return the lists of queues as a worker empties them."""
    return [List(list_key(queue, step), queue) for step in PRIORITY_STEPS for queue in queues]


def tag_of(text: str | bytes) -> str:
    """Return the delivery tag of a message."""
    return str(json.loads(text)["properties"]["delivery_tag"])


@dataclass
class Line:
    """A worker's connection. `cut`: what happens to the next calls: `asked` is done and the answer lost, `lost` not."""

    redis: Redis
    cut: list[str] = field(default_factory=list)

    def evalsha(self, *arguments: Any) -> Any:
        """Run a script."""
        match self.cut.pop(0) if self.cut else "":
            case "lost":
                raise RedisConnectionError("before it was sent")
            case "asked":
                self.eval_or_load(*arguments)
                raise RedisConnectionError("before it was answered")
        return self.redis.evalsha(*arguments)

    def eval_or_load(self, digest: str, count: int, *rest: Any) -> Any:
        """Run a script that the server may not know yet."""
        return self.redis.evalsha(digest, count, *rest)

    def eval(self, *arguments: Any) -> Any:
        """Run a script by its text."""
        return self.redis.eval(*arguments)


@dataclass
class Broker:
    """The lists, and what is held of them."""

    redis: Redis

    def put(self, count: int = 1, *, queue: str = "default", priority: int = 5) -> list[str]:
        """Put messages on a list, oldest first; return their tags."""
        texts = [
            encode_message(uuid4(), attempt=1, job_type="echo", queue=queue, priority=priority) for _ in range(count)
        ]
        step = max(step for step in PRIORITY_STEPS if step <= priority)
        self.redis.lpush(list_key(queue, step), *texts)
        return [tag_of(text) for text in texts]

    def held(self) -> dict[str, str]:
        """Return the records, by their tags; asserts that the index has the same."""
        raw: Any = self.redis.hgetall(KEYS.held)
        indexed: Any = self.redis.zrange(KEYS.index, 0, -1)
        assert set(indexed) == set(raw)
        return {tag.decode(): record.decode() for tag, record in raw.items()}

    def waiting(self, queue: str = "default") -> int:
        """Return how many messages lie on a queue's lists."""
        return sum(int(self.redis.llen(one.key)) for one in lists(queue))


def take(held: HeldMessages, line: Any, room: int, queues: Sequence[str] = ("default",)) -> list[str]:
    """Take messages as a worker does; return the tags of all that then wait to be handed over, oldest first."""
    held.exchange(line, lists(*queues), room)
    tags = [tag_of(text) for text, _ in held.waiting]
    held.waiting.clear()
    return tags
