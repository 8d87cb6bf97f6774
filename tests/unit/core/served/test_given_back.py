"""A server that keeps no memory which is free: after requests, and while it grows."""

from itertools import count

import pytest

from app.core import memory
from app.core.connections import Limits
from tests.rig.stack import eventually
from tests.unit.core.served.conftest import Serve


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[None]:
    """Count how often memory was given back."""
    found: list[None] = []
    monkeypatch.setattr(memory, "give_back", lambda: found.append(None))
    return found


async def test_memory_is_given_back_after_requests(
    serve: Serve, given: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "resident_bytes", lambda: 0)
    client = await (await serve(Limits())).connect()
    assert given == []
    await client.ask(b"GET /echo HTTP/1.1\r\nHost: h\r\n\r\n")
    await eventually(lambda: given, what="memory is given back")


async def test_memory_is_given_back_while_it_grows(
    serve: Serve, given: list[None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = count(step=2 * memory.STEP_BYTES)
    monkeypatch.setattr(memory, "resident_bytes", lambda: next(sizes))
    await serve(Limits())
    await eventually(lambda: given, what="memory is given back")
