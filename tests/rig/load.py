"""A client that submits jobs through every outage, and keeps what it was told."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx2

from app.core.clock import monotonic_s

JOBS = "/api/v1/jobs"
ACCEPTED = 202
UNAVAILABLE = frozenset({502, 503})
AGAIN_S = 0.2
KEYED_EACH = 2  # every second job has an Idempotency-Key


@dataclass(slots=True)
class Load:
    """Submits jobs one by one. `accepted`: the ids of all 202s; `latencies_s`: the time of each of those answers."""

    client: httpx2.AsyncClient
    make_body: Callable[[int], dict[str, Any]]
    accepted: list[str] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    refused: int = 0  # answers of 503
    broken: int = 0  # requests without an answer
    without_hint: int = 0  # 503s without Retry-After
    other: list[str] = field(default_factory=list)
    _number: int = 0

    async def send(self, count: int, *, per_s: float = 0.0) -> None:
        """Submit so many jobs, evenly at `per_s` (0: as fast as 20 at once get through); returns when all are 202."""
        if not per_s:
            gate = asyncio.Semaphore(20)

            async def one() -> None:
                async with gate:
                    await self.submit()

            await asyncio.gather(*(one() for _ in range(count)))
            return
        begun_s = monotonic_s()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await asyncio.sleep(begun_s + number / per_s - monotonic_s())
                group.create_task(self.submit())

    async def submit(self) -> None:
        """Submit one job until it is accepted; with a key a repetition is safe, without one it is another job."""
        self._number += 1
        number = self._number
        headers = {} if number % KEYED_EACH else {"Idempotency-Key": uuid4().hex}
        body = self.make_body(number)
        while True:
            begun_s = monotonic_s()
            try:
                answer = await self.client.post(JOBS, json=body, headers=headers)
            except httpx2.TransportError:
                self.broken += 1
                await asyncio.sleep(AGAIN_S)
                continue
            if answer.status_code == ACCEPTED:
                self.latencies_s.append(monotonic_s() - begun_s)
                self.accepted.append(answer.json()["id"])
                return
            if answer.status_code not in UNAVAILABLE:
                self.other.append(f"{answer.status_code} {answer.text[:200]}")
                assert answer.status_code in UNAVAILABLE, self.other[-1]
            self.refused += 1
            self.without_hint += "retry-after" not in answer.headers
            await asyncio.sleep(AGAIN_S)


def quantile(values: list[float], ratio: float) -> float:
    """Return the value below which `ratio` of all values lie, 0 when there is none."""
    return sorted(values)[min(len(values) - 1, int(len(values) * ratio))] if values else 0.0
