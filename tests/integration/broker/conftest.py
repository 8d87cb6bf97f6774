"""A broker with lists, and connections to it that can be cut."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.rig.held import Broker, Line


@pytest.fixture
def broker(redis_url: str) -> Iterator[Broker]:
    """Valkey, empty."""
    client = Redis.from_url(redis_url)
    client.flushall()
    yield Broker(client)
    client.close()


@pytest.fixture
def line(broker: Broker) -> Line:
    """A worker's connection."""
    return Line(broker.redis)
