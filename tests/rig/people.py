"""Users of the tests: made over the API, as an administrator makes them, with what they sign in by."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import httpx2

from app.auth.resources import Resources
from app.core.application_state import part_of
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.rig.applications import started
from tests.rig.stack import eventually

PASSWORD = "the mill stood still"
USERS, KEYS, AUTH, ME = "/api/v1/admin/users", "/api/v1/keys", "/api/v1/auth", "/api/v1/auth/me"
SERVICE = {"X-Service-Token": TOKEN}
_numbers = count(1)


@dataclass(slots=True)
class Person:
    """A user with an open pair of tokens."""

    id: str
    email: str
    access: str
    refresh: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}


@asynccontextmanager
async def process(settings: Settings, **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client without a credential of one more API process."""
    async with started(settings.model_copy(update=changes)) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
            yield client


async def log_in(client: httpx2.AsyncClient, email: str, password: str = PASSWORD) -> httpx2.Response:
    return await client.post(f"{AUTH}/login", data={"username": email, "password": password})


async def person(client: httpx2.AsyncClient, role: str = "member", email: str = "") -> Person:
    """Make a user and sign in."""
    email = email or f"{role}-{next(_numbers)}@example.org"
    body = {"email": email, "name": f"the {role}", "password": PASSWORD, "role": role}
    made = await client.post(USERS, json=body, headers=SERVICE)
    assert made.status_code == 201, made.text
    answer = await log_in(client, email)
    assert answer.status_code == 200, answer.text
    pair = answer.json()
    return Person(made.json()["id"], email, pair["access_token"], pair["refresh_token"])


async def key_of(client: httpx2.AsyncClient, headers: dict[str, str], **wanted: Any) -> dict[str, Any]:
    """Make an API key, and return what is shown once."""
    answer = await client.post(KEYS, json={"description": "a test's", **wanted}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def status_of(client: httpx2.AsyncClient, headers: dict[str, str], path: str = ME) -> int:
    return (await client.get(path, headers=headers)).status_code


async def warm(client: httpx2.AsyncClient, headers: dict[str, str]) -> None:
    """Ask until a process answers without a statement: its line to Redis is proven, and it remembers the caller."""
    principals = part_of(client._transport.app, Resources).principals  # type: ignore[attr-defined]

    async def is_proven() -> bool:
        assert await status_of(client, headers) == 200
        return principals._proven_at_s > float("-inf")

    await eventually(is_proven)
    assert await status_of(client, headers) == 200
