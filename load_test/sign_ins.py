"""How long signing in takes, for accounts that exist and for those that do not, and what many at once do to others.

Each try comes from an address of its own, as the API takes it from a proxy that it trusts: so none has to wait.
"""

import asyncio
from collections.abc import Iterator
from itertools import count
from statistics import median

import httpx2

from app.core.clock import monotonic_s
from load_test import rig

LOGIN, USERS = "/api/v1/auth/login", "/api/v1/admin/users"
TRIES_EACH = 8  # of one account, which waits from the eleventh wrong password on
FLOOD_S = 4.0
PAUSE_S = 0.005
UNAUTHORIZED = 401
_WRONG = "this is not the password"


def _addresses() -> Iterator[dict[str, str]]:
    for number in count(1):
        yield {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


_from = _addresses()


async def _sign_in(client: httpx2.AsyncClient, email: str) -> float:
    """Try a wrong password, and return how many seconds the answer took. Raises: SystemExit for another answer."""
    begun_s = monotonic_s()
    answer = await client.post(LOGIN, data={"username": email, "password": _WRONG}, headers=next(_from))
    if answer.status_code != UNAUTHORIZED:
        raise SystemExit(f"a sign-in answered {answer.status_code}: {answer.text[:200]}")
    return monotonic_s() - begun_s


async def known_and_unknown(url: str, tries: int) -> dict[str, float]:
    """Return the median milliseconds of wrong passwords for known and for unknown accounts, taken in turns."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    async with httpx2.AsyncClient(base_url=url, timeout=60) as client:
        for number in range(-(-tries // TRIES_EACH)):
            body = {"email": f"user-{number}@example.org", "name": "a user", "password": f"the mill stood {number}"}
            made = await client.post(USERS, json=body, headers={"X-Service-Token": rig.TOKEN})
            made.raise_for_status()
        for number in range(TRIES_EACH):
            await _sign_in(client, f"warm-up-{number}@example.org")
        for number in range(tries):
            took["known"].append(await _sign_in(client, f"user-{number // TRIES_EACH}@example.org"))
            took["unknown"].append(await _sign_in(client, f"nobody-{number // TRIES_EACH}@example.org"))
    return {kind: median(one) * 1000 for kind, one in took.items()}


async def slowest_health(url: str, at_once: int) -> dict[str, float]:
    """Return the slowest `/health` in milliseconds while so many sign in at once, and how many did a second."""
    signed_in, slowest_s = 0, 0.0
    limits = httpx2.Limits(max_connections=None)
    async with httpx2.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        await client.get("/health")
        until_s = monotonic_s() + FLOOD_S

        async def keep_signing_in(number: int) -> None:
            nonlocal signed_in
            while monotonic_s() < until_s:
                await _sign_in(client, f"flood-{number}-{signed_in}@example.org")
                signed_in += 1

        async with asyncio.TaskGroup() as group:
            for number in range(at_once):
                group.create_task(keep_signing_in(number))
            while monotonic_s() < until_s:
                begun_s = monotonic_s()
                (await client.get("/health")).raise_for_status()
                slowest_s = max(slowest_s, monotonic_s() - begun_s)
                await asyncio.sleep(PAUSE_S)
    return {"slowest_health_ms": slowest_s * 1000, "sign_ins_per_s": signed_in / FLOOD_S}
