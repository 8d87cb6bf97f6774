"""The API's sender: whatever ends it, it is started again."""

import asyncio
from contextlib import suppress
from typing import cast

import pytest

from app import main
from app.jobs.broker_buffer import DirectSender


class Sender:
    """Fails the first time as DirectSender does: by a task of its group."""

    def __init__(self) -> None:
        self.runs = 0
        self.started_again = asyncio.Event()

    async def run(self) -> None:
        self.runs += 1
        if self.runs > 1:
            self.started_again.set()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._fail())

    async def _fail(self) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("anything")


async def test_a_sender_that_failed_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "RESTART_S", 0.01)
    sender = Sender()
    sending = asyncio.create_task(main._send_forever(cast(DirectSender, sender)))
    async with asyncio.timeout(60):
        await sender.started_again.wait()
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
