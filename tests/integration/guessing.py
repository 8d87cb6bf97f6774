"""Clients that guess at the service token."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from fastapi import FastAPI

from app.core.settings import Settings
from tests.rig.applications import started

JOBS, SESSION = "/api/v1/jobs", "/api/v1/session"
OWN = {"Origin": "http://headrace.test"}
CLOSED = [("GET", JOBS), ("POST", JOBS), ("GET", "/metrics"), ("DELETE", f"{JOBS}/x"), ("GET", "/api/v1/none")]


@asynccontextmanager
async def process(settings: Settings, host: str = "203.0.113.7", **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client of one more API process, whose address is `host`."""
    async with started(settings.model_copy(update=changes)) as app:
        yield client_of(app, host)


def client_of(app: FastAPI, host: str) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(host, 4711))
    return httpx2.AsyncClient(transport=transport, base_url="http://headrace.test")


async def guess(client: httpx2.AsyncClient, number: int, way: str = "header") -> httpx2.Response:
    wrong = f"wrong-{number}"
    match way:
        case "header":
            method, path = CLOSED[number % len(CLOSED)]
            return await client.request(method, path, headers={"X-Service-Token": wrong})
        case "bearer":
            return await client.get(JOBS, headers={"Authorization": f"Bearer {wrong}"})
        case "session":
            return await client.post(SESSION, json={"token": wrong}, headers=OWN)
    return await client.post(SESSION, json={"code": wrong}, headers=OWN)
