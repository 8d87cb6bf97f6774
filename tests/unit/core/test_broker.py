"""The message that we build ourselves is the one that Celery would have sent."""

import json
from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest
from celery import Celery
from kombu import Connection
from kombu.transport import redis as kombu_redis
from redis.asyncio import Redis
from redis.exceptions import (
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError

from app.core import broker
from app.core.broker_messages import PRIORITY_STEPS, RUN_TASK, encode_message, list_key, priority_step
from app.core.redis import PREFIX
from app.core.settings import Settings
from app.core.transport import Channel, SentinelTransport, Transport


async def test_our_message_has_celery_s_own_form(redis: Redis, redis_url: str) -> None:
    job_id = uuid4()
    sender = Celery("sender", broker=redis_url)
    sender.conf.update(
        broker_transport_options={"global_keyprefix": PREFIX, "priority_steps": list(PRIORITY_STEPS)},
        task_ignore_result=True,
    )
    task_id = f"{job_id}:1"
    sender.send_task(
        RUN_TASK, (str(job_id),), queue="default", priority=5, task_id=task_id, shadow="echo", ignore_result=True
    )
    sent: Any = await redis.rpop(list_key("default", priority_step(5)))
    theirs = json.loads(sent)
    sender.close()
    ours = json.loads(encode_message(job_id, attempt=1, job_type="echo", queue="default", priority=5))
    assert json.loads(b64decode(ours["body"])) == json.loads(b64decode(theirs["body"]))
    for message in (ours, theirs):
        message["properties"].pop("delivery_tag")
        message["properties"].pop("reply_to")  # a queue for answers, which nobody gives
        message["headers"].pop("origin")  # the sender's process
        message.pop("body")
    assert ours["headers"] == theirs["headers"]
    assert ours == theirs


def test_priorities_go_to_the_lists_that_kombu_reads() -> None:
    channel: Any = kombu_redis.Channel
    for priority in range(10):
        theirs = channel._q_for_pri(_Steps(), "default", priority)
        assert list_key("default", priority_step(priority)) == PREFIX + theirs


class _Steps:
    sep = kombu_redis.Channel.sep
    priority_steps = PRIORITY_STEPS

    def priority(self, n: int) -> int:
        channel: Any = kombu_redis.Channel
        return int(channel.priority(self, n))


def test_every_delivery_has_a_tag_of_its_own() -> None:
    job_id = uuid4()
    messages = [encode_message(job_id, attempt=1, job_type="echo", queue="q", priority=5) for _ in range(2)]
    tags = {json.loads(message)["properties"]["delivery_tag"] for message in messages}
    assert len(tags) == 2


def test_the_broker_is_reached_by_our_transport(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "get_settings", lambda: settings)
    named = broker._configuration()
    with Connection(named["broker_url"]) as connection:
        assert type(connection.transport) is Transport


def test_a_channel_without_its_connection_raises_what_celery_takes_for_a_lost_one() -> None:
    channel: Any = object.__new__(Channel)
    channel.connection = None
    with pytest.raises(RedisConnectionError):
        channel._connparams()


def test_a_channel_keeps_its_client(redis_url: str) -> None:
    with Connection(redis_url, transport=Transport) as connection:
        channel: Any = connection.channel()
        with channel.conn_or_acquire() as first, channel.conn_or_acquire() as second:
            assert first is second
            assert first.ping()
        assert channel.client is not first, "what waits for messages has a connection of its own"


@pytest.mark.parametrize("transport", [Transport, SentinelTransport])
def test_whatever_redis_refuses_with_is_a_lost_connection(transport: Any) -> None:
    """Celery ends the worker for every other error; a read-only or full broker is no reason to end."""
    for error in (ReadOnlyError, OutOfMemoryError, NoPermissionError, MasterDownError, ClusterDownError, ResponseError):
        assert issubclass(error, transport.connection_errors)
