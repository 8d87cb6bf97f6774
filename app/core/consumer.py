"""Celery's consumer with one change: what Flower is told is published a few times a second, not at every turn.

Measured with no-op jobs: publishing at every turn of the event loop took two fifths of the consumer's thread.
"""

from typing import Any

from celery.worker import consumer

from app.core.clock import monotonic_s

PUBLISH_EVERY_S = 0.2
EVENTS_AT_ONCE = 1000


_Base: Any = consumer.Consumer  # its types do not know what it consists of


class Consumer(_Base):  # type: ignore[misc]
    """Named by `worker_consumer` of Celery's configuration."""

    _planned_at_s = float("-inf")

    def on_send_event_buffered(self) -> None:
        """Plan the next publication, unless one is planned; a plan that a lost connection took away is made anew."""
        now_s = monotonic_s()
        if not self.hub or now_s - self._planned_at_s < PUBLISH_EVERY_S:
            return
        self._planned_at_s = now_s
        self.event_dispatcher.buffer_limit = EVENTS_AT_ONCE
        self.hub.call_later(PUBLISH_EVERY_S, self._flush_events)
