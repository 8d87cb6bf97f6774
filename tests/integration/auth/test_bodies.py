"""What is wrong with a body is said in our words, with what to write instead, and never in Pydantic's."""

import re
from typing import Any

import httpx2
import pytest

from tests.rig.people import AUTH, KEYS, SERVICE, USERS

TEAMS = "/api/v1/admin/teams"
USER = {"email": "ada@example.org", "name": "Ada", "password": "the mill stood still"}
PYDANTIC = re.compile(
    r"Input should|should have|should match|Field required|Extra inputs|valid (?:str|int|list|dict|enum)"
)


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        (KEYS, {}, "#/description: it is missing"),
        (KEYS, {"description": 5}, "#/description: write a text"),
        (KEYS, {"description": "x", "scopes": ["god"]}, "#/scopes/0: write 'jobs:read', 'jobs:write', "),
        (KEYS, {"description": "x", "scopes": []}, "#/scopes: it is empty"),
        (KEYS, {"description": "x", "scopes": "admin"}, "#/scopes: write a list"),
        (KEYS, {"description": "x", "expires_in_days": 400}, "#/expires_in_days: write a number, at most 365"),
        (KEYS, {"description": "x", "expires_in_days": 1.5}, "#/expires_in_days: write a whole number"),
        (KEYS, {"description": "x", "owner": "eve"}, "#/owner: it is not known here"),
        (KEYS, {"description": "x", "models": ["m"] * 101}, "#/models: name at most 100"),
        (KEYS, {"description": "x", "job_types": ["a b"]}, "#/job_types/0: it does not have the form ^["),
        (KEYS, [], "#: write a JSON object"),
        (USERS, {**USER, "role": "god"}, "#/role: write 'admin', 'operator', 'member' or 'viewer'"),
        (USERS, {**USER, "password": "short"}, "#/password: write at least 8 characters"),
        (USERS, {**USER, "email": "x" * 300}, "#/email: write at most 254 characters"),
        (TEAMS, {"name": "Mills", "hides_payloads": "yes"}, "#/hides_payloads: write true or false"),
        (f"{AUTH}/refresh", {}, "#/refresh_token: it is missing"),
        (f"{AUTH}/logout", {"refresh_token": ""}, "#/refresh_token: it is empty"),
        (f"{AUTH}/password", {"current": "x"}, "#/new: it is missing"),
        ("/api/v1/session", {"token": "x" * 1001}, "#/token: write at most 1000 characters"),
        (
            "/api/v1/jobs",
            {"type": "echo", "input": {"message": "x"}, "priority": "x"},
            "#/priority: write 'high', 'default' or 'low'",
        ),
        ("/api/v1/jobs", {"type": "echo", "input": {"x": 1}}, "#/input/message: it is missing"),
    ],
)
async def test_a_wrong_body(anonymous: httpx2.AsyncClient, path: str, body: Any, said: str) -> None:
    answer = await anonymous.post(path, json=body, headers=SERVICE)
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(said)
    assert not PYDANTIC.search(answer.text)


async def test_a_form_that_lacks_a_part(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(f"{AUTH}/login", data={"username": "ada@example.org"})
    assert (answer.status_code, answer.json()["detail"]) == (422, "#/password: it is missing")


@pytest.mark.parametrize("query", ["limit=x", "limit=0", "limit=", "user_id=x"])
async def test_a_wrong_query(anonymous: httpx2.AsyncClient, query: str) -> None:
    answer = await anonymous.get(f"{KEYS}?{query}", headers=SERVICE)
    assert answer.status_code == 422
    assert not PYDANTIC.search(answer.text)
