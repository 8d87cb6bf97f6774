"""Revocations, told to every API process over Redis, and acknowledged. This room owns their channel: it knows no bus.

A process asks its own line, while it remembers anybody, whether it still carries: an answer proves that all that was
published before the question has been heard. Who waits for acknowledgements waits longer than such a proof counts, so
that a process that said nothing asks PostgreSQL by then.
"""

import asyncio
import secrets
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

from redis.asyncio import Redis

from app.auth.principals import Principals
from app.core.clock import monotonic_s
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY

CHANNEL = f"{PREFIX}revocations"
WAIT_S = 1.0
BEAT_S, IDLE_S = 0.3, 1.0
RECONNECT_S = 1.0
_LOOK_S = 0.005
_KEPT_S = 10
_log = get_logger(__name__)


def _acknowledged(word: str) -> str:
    return f"{PREFIX}revoked:{word}"


class Revocations:
    """Tells of revocations and hears of them, for one API process."""

    def __init__(self, principals: Principals, redis: Redis, clock: Callable[[], float] = monotonic_s) -> None:
        """Keep the connections."""
        self.principals = principals
        self._redis = redis
        self._clock = clock

    async def tell(self, user_id: UUID) -> None:
        """Return when no process remembers anything of a user any more; call it after the commit. Waits at most 1 s."""
        self.principals.drop(user_id)
        word, until_s = secrets.token_hex(8), self._clock() + WAIT_S
        try:
            hearers = await self._redis.publish(CHANNEL, f"{user_id} {word}")
            while await self._heard_by(word) < hearers and self._clock() < until_s:  # noqa: ASYNC110 - other processes
                await asyncio.sleep(_LOOK_S)
        except REDIS_AWAY as error:
            _log.warning("revocation_not_told", error=type(error).__name__)
            await asyncio.sleep(max(0.0, until_s - self._clock()))  # nobody's proof counts any longer

    async def _heard_by(self, word: str) -> int:
        return int(await self._redis.get(_acknowledged(word)) or 0)

    async def listen(self) -> None:
        """Hear of revocations for ever, through every outage of Redis."""
        while still_wanted():
            with suppress(*REDIS_AWAY):
                await self._listen()
            self.principals.doubt()
            if still_wanted():
                await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        async with self._redis.pubsub(ignore_subscribe_messages=True) as line:
            await line.subscribe(CHANNEL)
            asked_at_s = float("-inf")
            while still_wanted():
                is_wanted = self.principals.is_wanted
                if is_wanted and self._clock() - asked_at_s >= BEAT_S:
                    asked_at_s = self._clock()
                    await line.ping(repr(asked_at_s))
                message = await line.get_message(timeout=BEAT_S if is_wanted else IDLE_S)
                if message is not None:
                    await self._hear(message["type"], bytes(message["data"]).decode("utf-8", "replace"))

    async def _hear(self, kind: str, said: str) -> None:
        with suppress(ValueError):  # who can publish may say anything
            if kind == "pong":
                self.principals.prove(float(said))
                return
            user_id, word = said.split(" ")
            self.principals.drop(UUID(user_id))
            key = _acknowledged(word)
            async with self._redis.pipeline(transaction=False) as pipeline:
                pipeline.incr(key)
                pipeline.expire(key, _KEPT_S)
                await pipeline.execute()
