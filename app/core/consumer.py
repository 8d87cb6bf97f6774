"""Celery's consumer with some changes: it takes as much as the pool can run, tells Flower less often, is patient."""

import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty
from typing import Any

from celery.exceptions import CPendingDeprecationWarning
from celery.worker import consumer

from app.core.clock import monotonic_s
from app.core.held_messages import HeldMessages
from app.core.redis import REDIS_AWAY, is_answer

PUBLISH_EVERY_S = 0.2
REFUSED_PAUSE_S = 1.0
EVENTS_AT_ONCE = 1000


_Base: Any = consumer.Consumer  # its types do not know what it consists of


class Consumer(_Base):  # type: ignore[misc]
    """Named by `worker_consumer` of Celery's configuration."""

    before_stop: Callable[[], None] | None = None  # set once by the worker, to learn of an end that nobody asked for
    _planned_at_s = float("-inf")
    _held: HeldMessages | None = None  # kept when the connection is lost

    def on_ready(self) -> None:
        """Take messages as fast as the pool ends tasks."""
        channel = self.task_consumer.channel
        self._held = self._held or HeldMessages(channel.keys)
        channel.take_for(self._held, self.pool.free)
        self.pool.tell = partial(_tell, channel)
        super().on_ready()

    def call_soon_ack(self, p: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        """Acknowledge now: it only notes what the next exchange tells, and must not come after it."""
        p(*args, **kwargs)

    def on_send_event_buffered(self) -> None:
        """Plan the next publication, unless one is planned; a plan that a lost connection took away is made anew.

        Measured with no-op jobs: publishing at every turn of the event loop took two fifths of the consumer's thread.
        """
        now_s = monotonic_s()
        if not self.hub or now_s - self._planned_at_s < PUBLISH_EVERY_S:
            return
        self._planned_at_s = now_s
        self.event_dispatcher.buffer_limit = EVENTS_AT_ONCE
        self.hub.call_later(PUBLISH_EVERY_S, self._flush_events)

    def on_connection_error_before_connected(self, exc: Exception) -> None:
        """As after it."""
        super().on_connection_error_before_connected(exc)
        _pause_after(exc)

    def on_connection_error_after_connected(self, exc: Exception) -> None:
        """Wait a moment before the next try where the broker answers and refuses: it would refuse at once again."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CPendingDeprecationWarning)  # each time, of a setting that is set
            super().on_connection_error_after_connected(exc)
        _pause_after(exc)

    def stop(self) -> None:
        """Stop consuming, and put back what the broker hands over in this moment.

        kombu always has one BRPOP waiting, whose answer it would read only after all running jobs have ended: a job
        would stand still for the whole grace period. By now nobody consumes, so that kombu returns what it reads.
        """
        if Consumer.before_stop is not None:
            Consumer.before_stop()
        super().stop()
        channel: Any = getattr(self.task_consumer, "channel", None)
        if getattr(channel, "_in_poll", None):
            with suppress(Empty, *REDIS_AWAY):
                channel._brpop_read()  # noqa: SLF001 - as its close() does


def _tell(channel: Any) -> None:
    with suppress(*REDIS_AWAY):
        channel.tell()


def _pause_after(error: Exception) -> None:
    if is_answer(error):
        time.sleep(REFUSED_PAUSE_S)
