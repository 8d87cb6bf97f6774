"""What must hold of the two scripts, each a check that a script of one's own can be put through."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from app.core.broker_messages import list_key
from app.core.held_messages import REMEMBER_S, HeldMessages, List, restore
from tests.rig.held import KEYS, Broker, Line, lists, tag_of, take

Check: TypeAlias = Callable[[Broker, str | None], None]


def takes_in_order_and_no_more(broker: Broker, script: str | None) -> None:
    """By priority, then by queue, oldest first, up to the room there is; each is recorded once it is off its list."""
    low = broker.put(2, priority=9)
    other = broker.put(2, queue="other")
    default = broker.put(2)
    high = broker.put(2, priority=1)
    held = HeldMessages(KEYS, script)
    queues = ("default", "other")
    assert take(held, broker.redis, 3, queues) == [*high, default[0]]
    assert set(broker.held()) == {*high, default[0]}
    assert take(held, broker.redis, 10, queues) == [default[1], *other, *low]
    assert broker.waiting() == broker.waiting("other") == 0
    assert take(held, broker.redis, 10, queues) == []
    queue_of = {tag: json.loads(record)[2] for tag, record in broker.held().items()}
    assert [queue_of[tag] for tag in (*default, *other)] == ["default", "default", "other", "other"]


def records_by_the_servers_clock(broker: Broker, script: str | None) -> None:
    """A record says when it was taken, in seconds."""
    seconds, _ = broker.redis.time()
    broker.put(1)
    tag = take(HeldMessages(KEYS, script), broker.redis, 1)[0]
    score = broker.redis.zscore(KEYS.index, tag)
    assert isinstance(score, float)
    assert seconds <= score <= seconds + 5


def forgets_what_is_acknowledged(broker: Broker, script: str | None) -> None:
    """What was acknowledged is neither held nor indexed; the rest is."""
    broker.put(3)
    held = HeldMessages(KEYS, script)
    first, second, third = take(held, broker.redis, 3)
    held.ack(first)
    held.ack(third)
    assert held.has_news
    assert take(held, broker.redis, 0) == []
    assert set(broker.held()) == {second}
    assert not held.has_news


def records_what_brpop_took(broker: Broker, script: str | None) -> None:
    """It is held like any other, and not once it is acknowledged before that."""
    broker.put(2)
    held = HeldMessages(KEYS, script)
    source = lists("default")[1]
    popped: Any = broker.redis.rpop(source.key, 2)
    texts = [text.decode() for text in popped]
    for text in texts:
        held.note(text, source)
    held.ack(tag_of(texts[0]))
    assert take(held, broker.redis, 0) == [tag_of(text) for text in texts]
    assert broker.held() == {tag_of(texts[1]): f'[{texts[1]},"","default"]'}


def brings_again_what_a_lost_answer_brought(broker: Broker, script: str | None) -> None:
    """However many answers are lost, also between tries that never reached the server; never what did arrive."""
    tags = broker.put(9)
    line = Line(broker.redis)
    held = HeldMessages(KEYS, script)
    assert take(held, line, 2) == tags[:2]
    line.cut = ["asked", "lost", "asked", "lost"]
    for room in (2, 2, 4, 4):
        with pytest.raises(RedisConnectionError):
            held.exchange(line, lists("default"), room)
    held.ack(tags[2])
    assert take(held, line, 4) == tags[3:7]
    assert take(held, line, 4) == tags[7:]
    assert set(broker.held()) == set(tags) - {tags[2]}
    line.cut = ["lost"]
    with pytest.raises(RedisConnectionError):
        held.exchange(line, lists("default"), 3)
    assert take(held, line, 4) == [], "what had arrived"


def tells_again_what_a_lost_call_told(broker: Broker, script: str | None) -> None:
    """Acknowledgements of a call that failed are told by the next."""
    first, second = broker.put(2)
    line = Line(broker.redis)
    held = HeldMessages(KEYS, script)
    take(held, line, 2)
    line.cut = ["lost", "asked"]
    held.ack(first)
    with pytest.raises(RedisConnectionError):
        held.exchange(line, (), 0)
    held.ack(second)
    with pytest.raises(RedisConnectionError):
        held.exchange(line, (), 0)
    assert take(held, line, 0) == []
    assert broker.held() == {}
    assert not held.has_news


def keeps_what_others_gave_when_a_list_is_none(broker: Broker, script: str | None) -> None:
    """A key of a wrong kind costs nothing that came from the lists before it."""
    high = broker.put(1, priority=1)
    broker.redis.set(list_key("default", 3), "no list")
    low = broker.put(1, priority=9)
    assert take(HeldMessages(KEYS, script), broker.redis, 5) == [*high, *low]
    assert set(broker.held()) == {*high, *low}


def remembers_for_a_while(broker: Broker, script: str | None) -> None:
    """What a process took last is forgotten after an hour, when others may have it."""
    broker.put(1)
    take(HeldMessages(KEYS, script), broker.redis, 1)
    (key,) = broker.redis.keys(f"{KEYS.last}*")
    assert 0 < int(broker.redis.ttl(key)) <= REMEMBER_S


def puts_back_what_is_held(broker: Broker, script: str | None) -> None:
    """As the next to be taken, with its new text; what was acknowledged meanwhile stays away."""
    tags = broker.put(3)
    held = HeldMessages(KEYS)
    take(held, broker.redis, 2)
    held.ack(tags[0])
    take(held, broker.redis, 0)
    records = {tag: (list_key("default", 3), json.loads(broker.held()[tags[1]])[0]) for tag in tags[:2]}
    texts = {tag: (key, json.dumps({**message, "again": True})) for tag, (key, message) in records.items()}
    assert restore(broker.redis, KEYS, texts, script) == 1
    assert broker.held() == {}
    assert broker.waiting() == 2
    held.exchange(broker.redis, [List(list_key("default", 3), "default")], 1)
    assert json.loads(held.waiting[0][0])["again"]
    assert tag_of(held.waiting[0][0]) == tags[1]


EXCHANGE: Mapping[str, Check] = {
    check.__name__: check
    for check in (
        takes_in_order_and_no_more,
        records_by_the_servers_clock,
        forgets_what_is_acknowledged,
        records_what_brpop_took,
        brings_again_what_a_lost_answer_brought,
        tells_again_what_a_lost_call_told,
        keeps_what_others_gave_when_a_list_is_none,
        remembers_for_a_while,
    )
}
RESTORE: Mapping[str, Check] = {puts_back_what_is_held.__name__: puts_back_what_is_held}
