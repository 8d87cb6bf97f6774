"""kombu's Redis transports with three changes; they stand for kombu's own under the names of the URL's schemes.

They reach into kombu 5.7.0, to which the requirements are pinned; look here first when that changes.
"""

from typing import Any

from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

_Channel: Any = kombu_redis.Channel
_SentinelChannel: Any = kombu_redis.SentinelChannel
_Transport: Any = kombu_redis.Transport
_SentinelTransport: Any = kombu_redis.SentinelTransport


class Channel(_Channel):  # type: ignore[misc]
    """Survives the loss of its connection, and keeps one client instead of making one for each command."""

    _kept: Any = None

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


class SentinelChannel(Channel, _SentinelChannel):  # type: ignore[misc]
    """The same, to the master that sentinels name."""


class SentinelTransport(Transport, _SentinelTransport):  # type: ignore[misc]
    """The transport that has those."""

    Channel = SentinelChannel
