"""A cancel ends a model's call at whatever moment it comes, also in the one in which a connection takes too long."""

import asyncio
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from random import Random

import pytest

from app.llm.base import ModelError
from app.llm.connection import Connection
from app.llm.openai import OpenAIModel
from tests.scripted_model.process import ScriptedModel
from tests.unit.llm.asking import ask, make

CALLS = 400
AT_ONCE = 25
CONNECT_S = 0.02
HANGS_S = 30.0
SEED = 20_261_129


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that never takes a connection: its queue is full."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        address = listening.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}/v1"
        for one in waiting:
            one.close()


def impatient(base_url: str) -> OpenAIModel:
    """Return a model whose connections may take CONNECT_S."""
    model = make(base_url)
    provider = replace(model._connection.provider, connect_timeout_s=CONNECT_S)
    return OpenAIModel(replace(model._config, provider=provider), Connection(provider))


async def end_of(model: OpenAIModel, after_s: float) -> str:
    """Cancel a call after so long, and say how it ended."""
    calling = asyncio.create_task(model.complete(ask("slow:0.5")))
    await asyncio.wait({calling}, timeout=after_s)
    was_over = calling.done()
    calling.cancel()
    await asyncio.wait({calling}, timeout=HANGS_S)
    if not calling.done():
        return "goes on"
    if calling.cancelled():
        return "cancelled"
    assert isinstance(calling.exception(), ModelError), "a cancel that met the end of a call is no answer"
    return "over before" if was_over else "over meanwhile"


async def ends(model: OpenAIModel, longest_s: float) -> Counter[str]:
    """Cancel CALLS calls, each at a moment of its own."""
    chance = Random(SEED)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one() -> str:
        async with gate:
            return await end_of(model, chance.uniform(0, longest_s))

    await model._connection.load()
    try:
        return Counter(await asyncio.gather(*(one() for _ in range(CALLS))))
    finally:
        await model.close()


async def test_a_cancel_beside_a_connection_that_takes_too_long_ends_the_call(silent: str) -> None:
    ended = await ends(impatient(silent), 4 * CONNECT_S)
    assert ended["cancelled"] > 0
    assert ended["over before"] > 0, "connections did take too long"
    assert ended["goes on"] == ended["over meanwhile"] == 0


async def test_a_cancel_of_a_call_that_is_answered_ends_it(scripted: ScriptedModel) -> None:
    assert await ends(make(scripted.base_url), CONNECT_S) == {"cancelled": CALLS}
