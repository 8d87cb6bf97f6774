"""A user of Redis who has the keys and channels of `headrace:` and no other can do all that Celery does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from kombu import Consumer
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from app.core import broker
from app.core.settings import Settings

RIGHTS = "on >only-for-tests-0123 ~headrace:* &headrace:* +@all -@admin -@dangerous"


@pytest.fixture
async def app(settings: Settings, redis: Any, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    await redis.execute_command("ACL", "SETUSER", "narrow", *RIGHTS.split())
    url = f"redis://narrow:only-for-tests-0123@127.0.0.1:{make_url(redis_url).port}/0"
    changed = settings.model_copy(update={"redis_url": SecretStr(url)})
    monkeypatch.setattr(broker, "get_settings", lambda: changed)
    made = broker._Application("tried")
    made.add_defaults(broker._configuration)
    yield made
    made.close()
    await redis.execute_command("ACL", "DELUSER", "narrow")


async def test_events_are_heard_as_flower_does(app: Any) -> None:
    heard: list[str] = []

    def listen() -> None:
        with app.connection_for_read() as connection:
            receiver = app.events.Receiver(connection, handlers={"*": lambda event: heard.append(event["type"])})
            channel = connection.default_channel
            (consumer,) = receiver.get_consumers(partial(Consumer, channel), channel)
            with consumer:
                while not heard:
                    connection.drain_events(timeout=30)

    def tell() -> None:
        with app.connection_for_write() as connection:
            app.events.Dispatcher(connection).send("worker-heartbeat")

    await _told_until_heard(listen, tell)
    assert heard[0] == "worker-heartbeat"


async def test_commands_are_heard_as_a_worker_does(app: Any) -> None:
    heard: list[str] = []

    def listen() -> None:
        with app.connection_for_read() as connection:
            node = app.control.mailbox.Node("tests", channel=connection.default_channel)
            node.handlers["hello"] = lambda *_, **__: heard.append("hello")
            with node.listen(callback=node.handle_message):
                while not heard:
                    connection.drain_events(timeout=30)

    def tell() -> None:
        with app.connection_for_write() as connection:
            app.control.broadcast("hello", connection=connection)

    await _told_until_heard(listen, tell)
    assert set(heard) == {"hello"}


async def _told_until_heard(listen: Callable[[], None], tell: Callable[[], None]) -> None:
    """Say something again and again: nobody knows when the other has begun to listen."""
    listening = asyncio.create_task(asyncio.to_thread(listen))
    while not listening.done():
        await asyncio.to_thread(tell)
        await asyncio.wait([listening], timeout=0.05)
    await listening


async def test_messages_are_sent_taken_and_acknowledged(app: Any) -> None:
    taken: list[Any] = []

    def pass_one() -> None:
        app.send_task("jobs.run", ("x",), queue="default")
        with app.connection_for_read() as connection:
            queue = connection.SimpleQueue("default")
            message = queue.get(timeout=30)
            message.ack()
            taken.append(message.headers["task"])
            connection.default_channel.qos.restore_visible()  # what a worker does every few seconds
            queue.close()

    await asyncio.wait_for(asyncio.to_thread(pass_one), 60)
    assert taken == ["jobs.run"]
