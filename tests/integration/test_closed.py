"""The API is closed: every route without a credential, and open only where it must be."""

import httpx2
import pytest
from fastapi import FastAPI

OPEN = {"/live", "/ready", "/health"}
OPEN_VERBS = {("POST", "/api/v1/session"), ("DELETE", "/api/v1/session")}  # signing in and out


def routes(app: FastAPI) -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, verbs in app.openapi()["paths"].items() for method in verbs]


async def test_every_route_needs_a_credential(app: FastAPI, anonymous: httpx2.AsyncClient) -> None:
    closed = [one for one in routes(app) if one[1] not in OPEN and one not in OPEN_VERBS]
    assert len(closed) >= 9
    for method, path in closed:
        url = path.replace("{job_id}", "01a2007e-55ab-75a9-938d-01e576015f74").replace("{name}", "echo")
        for headers in ({}, {"X-Service-Token": "wrong"}, {"Authorization": "Bearer wrong"}, {"X-Service-Token": ""}):
            answer = await anonymous.request(method, url, headers=headers)
            assert answer.status_code == 401, f"{method} {path} is open"
            assert answer.json()["code"] == "unauthorized"
            assert answer.headers["www-authenticate"] == "Bearer"


async def test_the_token_is_taken_in_both_headers(client: httpx2.AsyncClient) -> None:
    token = client.headers.pop("X-Service-Token")
    assert (await client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await client.get("/api/v1/jobs", headers={"X-Service-Token": token})).status_code == 200
    assert (await client.get("/api/v1/jobs", params={"token": token})).status_code == 401


@pytest.mark.parametrize(
    "path", ["/live", "/ready", "/health", "/docs", "/openapi.json", "/docs/assets/swagger-ui.css"]
)
async def test_probes_and_documentation_are_open(anonymous: httpx2.AsyncClient, path: str) -> None:
    answer = await anonymous.get(path)
    assert answer.status_code == 200
    assert "cdn" not in answer.text[:5000]
