"""Links that work once, as administrators make them and guests use them over the API."""

from typing import Any

import httpx2

from tests.rig.people import AUTH, PASSWORD, SERVICE

INVITES, ACCEPT, RESET = "/api/v1/admin/invites", f"{AUTH}/invite", f"{AUTH}/reset"
ADA = "ada@example.org"


async def invite(client: httpx2.AsyncClient, headers: dict[str, str] = SERVICE, **wanted: Any) -> dict[str, Any]:
    answer = await client.post(INVITES, json={"email": ADA, **wanted}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def token_of(made: dict[str, Any]) -> str:
    return str(made["link"]).partition("#")[2]


async def accept(client: httpx2.AsyncClient, made: dict[str, Any], **changes: str) -> httpx2.Response:
    return await client.post(ACCEPT, json={"token": token_of(made), "name": "Ada", "password": PASSWORD, **changes})


async def reset(client: httpx2.AsyncClient, made: dict[str, Any], password: str) -> httpx2.Response:
    return await client.post(RESET, json={"token": token_of(made), "password": password})
