"""kombu's channel with our changes: what it sweeps up, and how it hands over."""

import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from kombu import Connection, Consumer, Exchange, Producer, Queue
from kombu.transport import redis as kombu_redis

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.clock import monotonic_s
from app.core.held_messages import MOST_AT_ONCE, HeldMessages
from app.core.redis import PREFIX
from app.core.transport import Transport
from tests.rig.held import KEYS, Broker, tag_of, take

VISIBILITY_S = 3600
LISTENERS = 100
OPTIONS = {
    "global_keyprefix": PREFIX,
    "priority_steps": list(PRIORITY_STEPS),
    "queue_order_strategy": "priority",
    "visibility_timeout": VISIBILITY_S,
}


@pytest.fixture
def channel(redis_url: str) -> Iterator[Any]:
    """A channel as a worker has it before it consumes."""
    with Connection(redis_url, transport=Transport, transport_options=OPTIONS) as connection:
        yield connection.channel()


def held_since(broker: Broker, count: int, age_s: float) -> list[str]:
    """Have messages held for so long; return their tags."""
    broker.put(count)
    tags: list[str] = []
    held = HeldMessages(KEYS)
    while len(tags) < count:
        tags += take(held, broker.redis, count - len(tags))
    seconds, _ = broker.redis.time()
    broker.redis.zadd(KEYS.index, dict.fromkeys(tags, seconds - age_s))
    return tags


def on_list(broker: Broker) -> list[Any]:
    """Return the messages of the default list, next to be taken first."""
    raw: Any = broker.redis.lrange(list_key("default", 3), 0, -1)
    return [json.loads(text) for text in reversed(raw)]


def test_only_what_was_taken_long_ago_is_put_back(channel: Any, broker: Broker) -> None:
    fresh = held_since(broker, 2, VISIBILITY_S - 60)
    old = held_since(broker, 3, VISIBILITY_S + 60)
    channel.qos.restore_visible()
    assert set(broker.held()) == set(fresh)
    restored = on_list(broker)
    assert {tag_of(json.dumps(message)) for message in restored} == set(old)
    assert all(message["headers"]["redelivered"] for message in restored)
    assert all(message["properties"]["delivery_info"]["redelivered"] for message in restored)


def test_the_clock_of_a_worker_s_host_does_not_matter(
    channel: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = held_since(broker, 2, 0)
    for name in ("time", "monotonic"):
        monkeypatch.setattr(kombu_redis, name, lambda: 4e9)
    channel.qos.restore_visible()
    assert set(broker.held()) == set(fresh)


def test_thousands_are_put_back_a_part_at_a_time(channel: Any, broker: Broker) -> None:
    held_since(broker, MOST_AT_ONCE + 10, VISIBILITY_S + 60)
    channel.qos.restore_visible()
    assert len(broker.held()) == 10
    channel.qos.restore_visible()
    assert broker.held() == {}
    assert broker.waiting() == MOST_AT_ONCE + 10


def test_a_tag_without_a_record_is_forgotten(channel: Any, broker: Broker) -> None:
    broker.redis.zadd(KEYS.index, {"nobody's": 1})
    channel.qos.restore_visible()
    assert broker.redis.zcard(KEYS.index) == 0
    assert broker.waiting() == 0


@pytest.mark.parametrize("record", ["garbage", "[]", "5", '[{"properties": {}}, "", "default"]', '[[1], "", "q"]'])
def test_a_record_that_is_none_is_forgotten_and_keeps_no_other(channel: Any, broker: Broker, record: str) -> None:
    broker.redis.zadd(KEYS.index, {"broken": 1})
    broker.redis.hset(KEYS.held, "broken", record)
    held_since(broker, 1, VISIBILITY_S + 60)
    channel.qos.restore_visible()
    assert broker.held() == {}
    assert broker.waiting() == 1


def test_what_kombu_s_own_workers_hold_is_put_back_too(channel: Any, broker: Broker, redis_url: str) -> None:
    """During an upgrade both serve the same lists."""
    tags = broker.put(1)
    with Connection(redis_url, transport=kombu_redis.Transport, transport_options=OPTIONS) as theirs:
        other: Any = theirs.channel()
        text: Any = broker.redis.rpop(list_key("default", 3))
        other.qos.append(other.Message(json.loads(text), channel=other), tags[0])
        recorded = broker.held()
        other.qos._delivered.clear()  # who is killed puts nothing back
    assert set(recorded) == set(tags)
    broker.redis.zadd(KEYS.index, {tags[0]: 1})
    channel.qos.restore_visible()
    assert [tag_of(json.dumps(message)) for message in on_list(broker)] == tags


def test_kombu_s_own_workers_read_our_records(broker: Broker, redis_url: str) -> None:
    tags = held_since(broker, 1, VISIBILITY_S + 60)
    with Connection(redis_url, transport=kombu_redis.Transport, transport_options=OPTIONS) as theirs:
        other: Any = theirs.channel()
        other.qos.restore_visible(num=10, interval=1)
    assert [tag_of(json.dumps(message)) for message in on_list(broker)] == tags


def consuming(channel: Any, *, room: int) -> tuple[HeldMessages, list[Any]]:
    """Have the channel consume as a worker's does, with so many slots."""
    received: list[Any] = []
    held = HeldMessages(channel.keys)
    channel.basic_consume("default", no_ack=False, callback=received.append, consumer_tag="t")
    channel.take_for(held, lambda: room - len(received))
    return held, received


def test_a_turn_takes_as_many_as_there_are_slots(channel: Any, broker: Broker) -> None:
    tags = broker.put(600)
    _, received = consuming(channel, room=500)
    assert channel.qos.can_consume()
    channel.turn()
    assert [message.delivery_tag for message in received] == tags[:500]
    assert not channel.qos.can_consume()
    assert len(broker.held()) == 500
    for message in received:
        message.ack()
    channel.tell()
    assert broker.held() == {}


def test_what_is_no_message_is_dropped_and_what_follows_it_arrives(channel: Any, broker: Broker) -> None:
    broker.redis.lpush(list_key("default", 3), b"garbage", b"{}", b'{"properties": 5}', b"[1]", b"\xff")
    broker.redis.lpush(
        list_key("default", 3), b'{"body": 5, "properties": {"delivery_tag": "x", "body_encoding": "base64"}}'
    )
    tags = broker.put(2)
    held, received = consuming(channel, room=50)
    channel.turn()
    assert [message.delivery_tag for message in received] == tags
    assert not held.waiting
    assert broker.waiting() == 0
    channel.tell()
    assert set(broker.held()) == set(tags)


def test_a_closed_channel_s_messages_are_acknowledged_on_the_next(channel: Any, broker: Broker, redis_url: str) -> None:
    broker.put(2)
    held, received = consuming(channel, room=5)
    channel.turn()
    channel.close()
    assert len(broker.held()) == 2, "what runs here is not put back for others"
    assert broker.waiting() == 0
    received[0].ack()
    with Connection(redis_url, transport=Transport, transport_options=OPTIONS) as connection:
        following: Any = connection.channel()
        following.take_for(held, lambda: 3)
        following.turn()
        assert set(broker.held()) == {received[1].delivery_tag}


def test_a_rejected_message_goes_back_or_away(channel: Any, broker: Broker) -> None:
    tags = broker.put(2)
    _, received = consuming(channel, room=5)
    channel.turn()
    received[0].reject()
    received[1].requeue()
    channel.tell()
    assert broker.held() == {}
    assert [tag_of(json.dumps(message)) for message in on_list(broker)] == tags[1:]


def test_who_waited_in_vain_asks_for_no_more_until_something_came(
    channel: Any, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, asked = HeldMessages(KEYS), 0
    got: list[Any] = []
    exchange = held.exchange

    def counted(scripts: Any, lists: Any, room: int) -> int:
        nonlocal asked
        asked += room > 0
        return exchange(scripts, lists, room)

    monkeypatch.setattr(held, "exchange", counted)
    channel.take_for(held, lambda: 10 - len(got))
    consumer = Consumer(channel, [Queue("default")], on_message=got.append)
    consumer.consume()

    def drain(until: int) -> None:
        ends_s = monotonic_s() + 5
        while len(got) < until and monotonic_s() < ends_s:
            with suppress(TimeoutError):
                channel.connection.client.drain_events(timeout=0.5)

    for _ in range(6):  # a BRPOP waits for a second
        with suppress(TimeoutError):
            channel.connection.client.drain_events(timeout=0.5)
    assert asked == 1
    broker.put(5)
    drain(5)
    assert len(got) == 5
    assert asked > 1, "a BRPOP brings one at a time"
    broker.put(2)
    drain(7)
    assert len(got) == 7


def test_listeners_that_were_killed_leave_nothing(redis_url: str, broker: Broker) -> None:
    """Workers and Flowers hear events and commands on queues of their own, each with a new name."""
    heard: list[Any] = []
    told = Exchange("told", type="fanout", durable=False)

    def listen(connection: Connection, name: str) -> Any:
        channel: Any = connection.channel()
        consumer = Consumer(
            channel,
            [Queue(name, told, auto_delete=True, expires=60)],
            on_message=heard.append,
            no_ack=True,
        )
        consumer.consume()
        channel._refresh_bindings([name])  # as it does now and then
        return channel

    def kept() -> dict[bytes, Any]:
        return {key: broker.redis.dump(key) for key in broker.redis.scan_iter()}

    def drain() -> None:
        with suppress(TimeoutError):
            living.drain_events(timeout=1)

    with Connection(redis_url, transport=Transport, transport_options=OPTIONS) as living:
        listen(living, "living")
        drain()  # it subscribes
        before = kept()
        for number in range(LISTENERS):
            killed = Connection(redis_url, transport=Transport, transport_options=OPTIONS)
            listen(killed, f"killed-{number}").pool.disconnect()
        assert kept() == before
        Producer(living.channel(), told).publish({}, routing_key="")
        drain()
    assert len(heard) == 1
