"""Signing in with a password over HTTP: pairs of tokens, their renewal, and their end at every process."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.tokens import access
from app.core.database import Database
from app.core.settings import Settings
from tests.rig.audit import audit
from tests.rig.people import (
    AUTH,
    ME,
    PASSWORD,
    SERVICE,
    USERS,
    Person,
    bearer,
    log_in,
    person,
    process,
    status_of,
    warm,
)

JOBS = "/api/v1/jobs"
NEW = "the river ran high"


@pytest.fixture
async def two(
    settings: Settings, database: Database, redis: Redis
) -> AsyncIterator[tuple[httpx2.AsyncClient, httpx2.AsyncClient]]:
    async with process(settings) as first, process(settings) as second:
        yield first, second


async def renew(client: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await client.post(f"{AUTH}/refresh", json={"refresh_token": token})


async def test_a_pair_opens_the_api(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    answer = await log_in(anonymous, f" {ada.email.upper()} ")
    pair = answer.json()
    assert (answer.headers["cache-control"], pair["token_type"], pair["expires_in"]) == ("no-store", "bearer", 900)
    me = (await anonymous.get(ME, headers=bearer(pair["access_token"]))).json()
    assert (me["user_id"], me["email"], me["team_id"]) == (ada.id, ada.email, ada.id)
    assert [team["id"] for team in me["teams"]] == [ada.id]
    assert me["rights"] == ["files", "jobs:read", "jobs:write"]


async def test_a_form_is_read_and_json_is_not(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    form = {"grant_type": "password", "scope": "", "username": ada.email, "password": PASSWORD}
    assert (await anonymous.post(f"{AUTH}/login", data=form)).status_code == 200
    for sent in ({"json": form}, {"data": form, "files": {"file": b"x"}}, {"content": b"x"}):
        refused = await anonymous.post(f"{AUTH}/login", **sent)
        assert (refused.status_code, refused.json()["code"]) == (415, "unsupported_media_type")
        assert "as a form" in refused.json()["detail"]
        assert refused.headers["accept"] == "application/x-www-form-urlencoded"
    for wrong in ("a\x00@example.org", "\ud800@x".encode("utf-8", "surrogatepass").decode("latin-1"), "x" * 999):
        assert (await log_in(anonymous, wrong, "a\x00b")).status_code == 401


async def test_forged_tokens_open_nothing(app: FastAPI, anonymous: httpx2.AsyncClient, settings: Settings) -> None:
    ada = await person(anonymous)
    claims = jwt.decode(ada.access, options={"verify_signature": False})
    key = access.derived(settings.secret_key.get_secret_value(), "access")
    forged = [
        jwt.encode(claims, "", "none"),
        jwt.encode(claims, key * 2, "HS512"),
        jwt.encode({**claims, "iss": "other"}, key, "HS256"),
        jwt.encode({**claims, "aud": "other"}, key, "HS256"),
        jwt.encode({**claims, "typ": "refresh"}, key, "HS256"),
        jwt.encode({**claims, "ver": 1}, key, "HS256"),
        jwt.encode({**claims, "sid": claims["sub"]}, key, "HS256"),
        jwt.encode({**claims, "exp": claims["iat"] - 60}, key, "HS256"),
        ada.access[:-2] + ("AA" if ada.access[-2:] != "AA" else "BB"),
        ada.refresh,
    ]
    for number, token in enumerate(forged):
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False, client=(f"198.51.100.{number}", 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
            assert await status_of(client, bearer(token)) == 401, number
    assert await status_of(anonymous, ada.headers) == 200


async def test_a_token_that_is_over_is_no_guess(anonymous: httpx2.AsyncClient, settings: Settings) -> None:
    ada = await person(anonymous)
    claims = jwt.decode(ada.access, options={"verify_signature": False})
    key = access.derived(settings.secret_key.get_secret_value(), "access")
    for number in range(10):
        over = jwt.encode({**claims, "jti": str(number), "exp": claims["iat"] - 60}, key, "HS256")
        answer = await anonymous.get(ME, headers=bearer(over))
        assert (answer.status_code, "is over" in answer.json()["detail"]) == (401, True)
    assert await status_of(anonymous, ada.headers) == 200


async def end_by(how: str, client: httpx2.AsyncClient, ada: Person) -> httpx2.Response:
    match how:
        case "logout":
            return await client.post(f"{AUTH}/logout", json={"refresh_token": ada.refresh})
        case "logout-all":
            return await client.post(f"{AUTH}/logout-all", headers=ada.headers)
        case "password":
            body = {"current": PASSWORD, "new": NEW}
            return await client.post(f"{AUTH}/password", json=body, headers=ada.headers)
        case "reset":
            return await client.patch(f"{USERS}/{ada.id}", json={"password": NEW}, headers=SERVICE)
    return await client.patch(f"{USERS}/{ada.id}", json={"is_active": False}, headers=SERVICE)


@pytest.mark.parametrize("how", ["logout", "logout-all", "password", "reset", "disable"])
async def test_what_ends_tokens_ends_them_at_every_process_with_the_next_request(
    two: tuple[httpx2.AsyncClient, httpx2.AsyncClient], how: str
) -> None:
    first, second = two
    ada = await person(first)
    await warm(second, ada.headers)
    assert (await end_by(how, first, ada)).status_code in {200, 204}
    assert [await status_of(one, ada.headers) for one in (second, first)] == [401, 401]
    assert (await renew(second, ada.refresh)).status_code == 401
    assert (await log_in(second, ada.email)).status_code == (200 if how.startswith("logout") else 401)
    if how in {"password", "reset"}:
        assert (await log_in(second, ada.email, NEW)).status_code == 200


async def test_signing_out_here_leaves_the_others_open(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    other = (await log_in(anonymous, ada.email)).json()
    await end_by("logout", anonymous, ada)
    assert await status_of(anonymous, bearer(other["access_token"])) == 200
    assert (await renew(anonymous, other["refresh_token"])).status_code == 200
    for token in (ada.refresh, "unknown"):
        assert (await anonymous.post(f"{AUTH}/logout", json={"refresh_token": token})).status_code == 204


async def live(database: Database) -> tuple[int, int]:
    """Return how many families there are with a token that opens something, and how many such tokens."""
    row: Any = await database.row(
        text(
            "SELECT count(DISTINCT family), count(*) FROM refresh_tokens"
            " WHERE revoked_at IS NULL AND replaced_by IS NULL AND expires_at > now()"
        )
    )
    return row[0], row[1]


async def test_twenty_tabs_that_renew_at_once_get_the_same_successor(
    two: tuple[httpx2.AsyncClient, httpx2.AsyncClient], database: Database
) -> None:
    ada = await person(two[0])
    await asyncio.gather(*(one.get("/health") for one in two * 8))  # so that each has connections open
    answers = await asyncio.gather(*(renew(two[number % 2], ada.refresh) for number in range(20)))
    assert {one.status_code for one in answers} == {200}
    assert len({one.json()["refresh_token"] for one in answers}) == 1
    assert await live(database) == (1, 1)
    for one in answers:
        assert await status_of(two[0], bearer(one.json()["access_token"])) == 200


async def test_a_token_that_is_used_again_later_ends_its_family(
    two: tuple[httpx2.AsyncClient, httpx2.AsyncClient], database: Database
) -> None:
    first, second = two
    ada = await person(first)
    pair = (await renew(first, ada.refresh)).json()
    await database.rows(text("UPDATE refresh_tokens SET replaced_at = now() - interval '29 s' WHERE replaced_by <> id"))
    assert (await renew(first, ada.refresh)).json()["refresh_token"] == pair["refresh_token"]
    await database.rows(text("UPDATE refresh_tokens SET replaced_at = now() - interval '31 s' WHERE replaced_by <> id"))
    stolen = await renew(second, ada.refresh)
    assert (stolen.status_code, stolen.json()["code"]) == (401, "bad_refresh_token")
    assert "set-cookie" not in stolen.headers
    assert (await renew(first, pair["refresh_token"])).status_code == 401
    assert await status_of(first, bearer(pair["access_token"])) == 401
    assert await live(database) == (0, 0)
    assert [line[:2] for line in await audit(database)][-1] == ("tokens.reused", f"user:{ada.id}")


async def test_a_family_ends_thirty_days_after_the_sign_in(anonymous: httpx2.AsyncClient, database: Database) -> None:
    ada = await person(anonymous)
    pair = (await renew(anonymous, ada.refresh)).json()
    ends = await database.rows(text("SELECT DISTINCT expires_at FROM refresh_tokens"))
    assert len(ends) == 1
    await database.rows(text("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'"))
    assert (await renew(anonymous, pair["refresh_token"])).status_code == 401


async def test_a_wrong_current_password_changes_nothing(anonymous: httpx2.AsyncClient) -> None:
    ada = await person(anonymous)
    for body, code in (
        ({"current": "wrong one", "new": NEW}, "wrong_password"),
        ({"current": PASSWORD, "new": "password123"}, "weak_password"),
    ):
        answer = await anonymous.post(f"{AUTH}/password", json=body, headers=ada.headers)
        assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await status_of(anonymous, ada.headers) == 200
    service = await anonymous.post(f"{AUTH}/password", json={"current": "x", "new": NEW}, headers=SERVICE)
    assert (service.status_code, service.json()["code"]) == (409, "no_password")


async def test_registration_is_closed_unless_it_is_opened(settings: Settings, database: Database, redis: Redis) -> None:
    body = {"email": "New@Example.org", "name": "New", "password": NEW}
    async with process(settings) as closed, process(settings, registration="open") as open_:
        refused = await closed.post(f"{AUTH}/register", json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "registration_closed")
        answers = [await open_.post(f"{AUTH}/register", json=body) for _ in range(2)]
        assert [(one.status_code, one.text) for one in answers] == [(202, "null")] * 2
        again = await open_.post(f"{AUTH}/register", json={**body, "password": "quite another one"})
        assert again.status_code == 202
        assert (await log_in(open_, "new@example.org", "quite another one")).status_code == 401
        pair = (await log_in(open_, "new@example.org", NEW)).json()
        me = (await open_.get(ME, headers=bearer(pair["access_token"]))).json()
        assert me["role"] == "member"
        weak = await open_.post(f"{AUTH}/register", json={**body, "email": "b@x.org", "password": "iloveyou"})
        assert (weak.status_code, weak.json()["code"]) == (422, "weak_password")
