"""kombu's Redis transports, which stand for kombu's own under the names of the URL's schemes.

A worker's channel takes and acknowledges messages many at once (`HeldMessages`). They reach into kombu 5.7.0, to which
the requirements are pinned; look here first when that changes.
"""

import json
import logging
from collections.abc import Callable
from functools import cached_property
from queue import Empty
from typing import Any

from kombu.asynchronous import get_event_loop
from kombu.transport import redis as kombu_redis
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from app.core.held_messages import MOST_AT_ONCE, NOT_UNDERSTOOD, HeldMessages, Keys, List, restore, tag_of

SWEEP_AGAIN_S = 0.05
_QoS: Any = kombu_redis.QoS
_Poller: Any = kombu_redis.MultiChannelPoller
_Channel: Any = kombu_redis.Channel
_SentinelChannel: Any = kombu_redis.SentinelChannel
_Transport: Any = kombu_redis.Transport
_SentinelTransport: Any = kombu_redis.SentinelTransport
_log = logging.getLogger(__name__)


class QoS(_QoS):  # type: ignore[misc]
    """Of a worker's channel: it may consume while there is a slot, and its messages outlive the channel."""

    def can_consume(self) -> bool:
        """Say whether the channel may be asked for messages."""
        return bool(super().can_consume()) if self.channel.held is None else self.channel.room() > 0

    def append(self, message: Any, delivery_tag: str) -> None:
        """Keep a message that was taken; a worker's is recorded by what took it."""
        if self.channel.held is None:
            super().append(message, delivery_tag)
        else:
            self._delivered[delivery_tag] = message

    def ack(self, delivery_tag: str) -> None:
        """Have the message forgotten: a worker's with the next exchange."""
        if self.channel.held is None:
            super().ack(delivery_tag)
        else:
            self._delivered.pop(delivery_tag, None)
            self.channel.held.ack(delivery_tag)

    def reject(self, delivery_tag: str, requeue: bool = False) -> None:  # noqa: FBT001, FBT002 - kombu's own signature
        """Have the message forgotten, or put back on its list."""
        if self.channel.held is None:
            super().reject(delivery_tag, requeue)
        elif not requeue:
            self.ack(delivery_tag)
        else:
            self.channel.tell()  # it may not be recorded yet
            text = self.channel.text_again(self._delivered.pop(delivery_tag)._raw)  # noqa: SLF001 - as kombu does
            restore(self.channel.scripts, self.channel.keys, {delivery_tag: text})

    def restore_unacked_once(self, stderr: Any = None) -> None:
        """Put back what is not acknowledged; not a worker's, whose jobs go on and are acknowledged on the next line."""
        if self.channel.held is None:
            super().restore_unacked_once(stderr)

    def restore_visible(self, start: int = 0, num: int | None = None, interval: int = 0) -> None:
        """Put back, some at once, what was taken so long ago by the server's clock that its taker must be gone."""
        del start, num, interval
        channel = self.channel
        seconds, _ = channel.scripts.time()
        index, held = channel.keys.index, channel.keys.held
        tags = channel.scripts.zrange(
            index, "-inf", seconds - self.visibility_timeout, byscore=True, offset=0, num=MOST_AT_ONCE
        )
        if not tags:
            return
        texts = {}
        broken = []
        for tag, record in zip(tags, channel.scripts.hmget(held, tags), strict=True):
            try:
                texts[tag] = channel.text_again(json.loads(record)[0])
            except NOT_UNDERSTOOD:  # also without a record
                broken.append(tag)
        restore(channel.scripts, channel.keys, texts)
        if broken:
            channel.scripts.zrem(index, *broken)
            channel.scripts.hdel(held, *broken)
        hub: Any = get_event_loop()
        if len(tags) == MOST_AT_ONCE and hub is not None:
            hub.call_later(SWEEP_AGAIN_S, channel.connection.cycle.maybe_restore_messages)


class Poller(_Poller):  # type: ignore[misc]
    """Has every channel tell and take before it waits."""

    def on_poll_start(self) -> None:
        """Prepare to wait for what the broker sends."""
        for channel in tuple(self._channels):
            channel.turn()
        super().on_poll_start()


class Channel(_Channel):  # type: ignore[misc]
    """Survives the loss of its connection, and keeps one client instead of making one for each command."""

    QoS = QoS
    held: HeldMessages | None = None  # of a worker's channel
    free: Callable[[], int]
    _kept: Any = None
    _dry: bool = False  # whether the last BRPOP waited in vain: what comes now, the next one brings

    def take_for(self, held: HeldMessages, free: Callable[[], int]) -> None:
        """Take messages for a worker from now on; `free` says how many more it can run."""
        self.free = free
        self.held = held

    def room(self) -> int:
        """Return how many messages may be taken."""
        return 0 if self.held is None else self.free() - len(self.held.waiting)

    def turn(self) -> None:
        """Tell the broker what there is to tell, and take what there is room for, unless a BRPOP waits for the next."""
        held = self.held
        if held is None or self._closing:
            return
        self._deliver_waiting()
        takes = bool(self.active_queues) and not self._dry and not self._in_poll
        while held.has_news or (takes and self.room() > 0):
            taken = held.exchange(self.scripts, self._lists() if takes else (), self.room() if takes else 0)
            takes = takes and taken == MOST_AT_ONCE
            self._deliver_waiting()

    def tell(self) -> None:
        """Tell the broker what there is to tell; takes nothing. Raises: one of `connection_errors`."""
        while self.held is not None and self.held.has_news:
            self.held.exchange(self.scripts, (), 0)

    def _deliver_waiting(self) -> None:
        while self.held is not None and self.held.waiting:
            self._hand_over(*self.held.waiting.popleft())

    def _hand_over(self, text: str, queue: str) -> None:
        """Give a message to Celery. One that is none is dropped: whatever is wrong in it would be wrong again."""
        try:
            self.connection._deliver(json.loads(text), queue)  # noqa: SLF001 - as kombu does
        except (RedisError, OSError):
            raise
        except Exception:  # noqa: BLE001 - anybody may write on a list
            _log.exception("not_a_message")
            if self.held is not None and (tag := tag_of(text)):
                self.held.ack(tag)

    def _lists(self) -> list[List]:
        """Return the lists of this channel's queues, in kombu's order: by priority, then by queue."""
        queues = self._queue_cycle.consume(len(self.active_queues))
        return [self._list(queue, step) for step in self.priority_steps for queue in queues]

    def _list(self, queue: str, step: int) -> List:
        return List(self.global_keyprefix + self._q_for_pri(queue, step), queue)

    def _brpop_read(self, **options: Any) -> bool:
        if self.held is None:
            return bool(super()._brpop_read(**options))
        try:
            found = self.client.parse_response(self.client.connection, "BRPOP", **options)
        except self.connection_errors:
            self.client.connection.disconnect()
            raise
        finally:
            self._in_poll = None
            self._flush_brpop_reauth()
        self._dry = not found
        if not found:
            raise Empty
        key, text = found[0].decode(), found[1].decode(errors="replace")
        queue = key.rsplit(self.sep, 1)[0]
        if self._closing or queue not in self.connection._callbacks:  # noqa: SLF001 - nobody consumes any more
            self.scripts.rpush(self.global_keyprefix + key, text)
            return True
        self.held.note(text, List(key, queue))
        self._deliver_waiting()
        return True

    def text_again(self, message: dict[str, Any]) -> tuple[str, str]:
        """Return the key of a message's list and its text there when it is put back. Raises: one of NOT_UNDERSTOOD."""
        info = message["properties"]["delivery_info"]
        message["headers"]["redelivered"] = info["redelivered"] = True
        place = self._list(info["routing_key"], self._get_message_priority(message, reverse=False))
        return place.key, json.dumps(message)

    @cached_property
    def keys(self) -> Keys:
        """The keys of held messages."""
        prefix = self.global_keyprefix
        return Keys(prefix + self.unacked_index_key, prefix + self.unacked_key, f"{prefix}taken:")

    @property
    def scripts(self) -> Any:
        """A client of the same pool that leaves keys as they are: kombu's own adds the prefix to some of them."""
        if self._plain is None or self._plain.connection_pool is not self.pool:
            self._plain = Redis(connection_pool=self.pool)
        return self._plain

    _plain: Any = None

    def _connparams(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu's own signature
        """Raise what Celery takes for a lost connection when the connection is gone.

        celery 5.7.0 may close a connection whose channel then has no client; the AttributeError that follows is none
        of the errors that it survives, and the worker ends.
        """
        if self.connection is None or getattr(self.connection, "client", None) is None:
            raise RedisConnectionError("the channel was closed with its connection")
        return super()._connparams(asynchronous)

    def _create_client(self, asynchronous: bool = False) -> Any:  # noqa: FBT001, FBT002 - kombu's own signature
        """Return the client for commands; measured with no-op jobs, making one took a quarter of the thread's time."""
        if asynchronous:
            return super()._create_client(asynchronous=True)
        if self._kept is None or self._kept.connection_pool is not self.pool:
            self._kept = super()._create_client()
        return self._kept

    def _queue_bind(self, exchange: str, routing_key: str, pattern: Any, queue: str) -> None:
        """Keep no record of who hears what is told to all: who is subscribed does, and a killed process ends none."""
        if self.typeof(exchange).type == "fanout":
            self._fanout_queues[queue] = (exchange, routing_key)
        else:
            super()._queue_bind(exchange, routing_key, pattern, queue)

    def _refresh_bindings(self, queues: list[str]) -> None:
        super()._refresh_bindings([queue for queue in queues if queue not in self._fanout_queues])

    def _subscribe(self) -> None:
        """Listen to channels by name: a pattern is refused to a user whose rights are a wider one (`&headrace:*`).

        Our topics have no wildcards, since `fanout_patterns` is off.
        """
        topics = [topic for queue in self.active_fanout_queues for topic in self._get_subscribe_topics(queue)]
        if not topics:
            return
        listener = self.subclient
        if listener.connection._sock is None:  # noqa: SLF001 - as kombu does
            listener.connection.connect()
        self._in_listen = listener.connection
        listener.subscribe(*topics)

    def _unsubscribe_from(self, queue: Any) -> None:
        """Listen no more."""
        listener = self.subclient
        if listener.connection and listener.connection._sock:  # noqa: SLF001 - as kombu does
            listener.unsubscribe(*self._get_subscribe_topics(queue))


class Transport(_Transport):  # type: ignore[misc]
    """The transport that has these channels, and takes every answer that is an error for a lost connection."""

    Channel = Channel

    # kombu knows those of a broken line. A broker that was made a replica, is full, or has another password answers
    # each command with an error of another kind, and the worker would end.
    connection_errors = (*_Transport.connection_errors, RedisError)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Make the transport, with its own poller."""
        super().__init__(*args, **options)
        self.cycle = Poller()


class SentinelChannel(Channel, _SentinelChannel):  # type: ignore[misc]
    """The same, to the master that sentinels name."""


class SentinelTransport(Transport, _SentinelTransport):  # type: ignore[misc]
    """The transport that has those."""

    Channel = SentinelChannel
