"""Signing in to the browser interface: by the token, by a link that works once; and what a forged request gets."""

import http.cookies
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.sessions import repository
from app.auth.sessions import service as session
from app.core.database import Database
from app.core.settings import Settings
from app.local.signin import make_link
from tests.conftest import SECRET_KEY, TOKEN
from tests.rig.applications import started
from tests.rig.ports import free_port

COOKIE = session.cookie_name(SECRET_KEY)
SECURE_COOKIE = f"__Host-{COOKIE}"
SESSION = "/api/v1/session"
SESSIONS = "/api/v1/admin/sessions"
JOBS = "/api/v1/jobs"
GOOD = {"type": "echo", "input": {"message": "hello"}}
OWN = {"Origin": "http://headrace.test"}


async def sign_in(client: httpx2.AsyncClient, **body: str) -> httpx2.Response:
    return await client.post(SESSION, json=body, headers=OWN)


async def test_the_token_opens_a_session_whose_cookie_no_script_can_read(anonymous: httpx2.AsyncClient) -> None:
    assert (await anonymous.get(SESSION)).status_code == 401
    answer = await sign_in(anonymous, token=TOKEN)
    assert answer.status_code == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    shown = (await anonymous.get(SESSION)).json()
    assert (shown["name"], shown["environment"], shown["provider"]) == ("service", "development", "simulated")
    assert (await anonymous.get(JOBS)).status_code == 200


async def test_a_wrong_token_opens_nothing(anonymous: httpx2.AsyncClient) -> None:
    answer = await sign_in(anonymous, token="wrong")
    assert (answer.status_code, answer.headers.get("set-cookie")) == (401, None)


async def test_a_link_works_once(anonymous: httpx2.AsyncClient, redis: Redis) -> None:
    code = await session.make_code(redis)
    assert 0 < await redis.ttl(session._code_key(code)) <= session.CODE_S
    assert (await sign_in(anonymous, code=f' "{code}"\u200b ')).status_code == 204
    anonymous.cookies.clear()
    assert (await sign_in(anonymous, code=code)).status_code == 401
    assert (await sign_in(anonymous, code="made-up")).status_code == 401


async def test_a_link_leads_where_browsers_find_the_interface(settings: Settings, redis: Redis) -> None:
    assert (await make_link(settings)).startswith(f"{settings.api_url}/signin?code=")
    published = settings.model_copy(update={"public_url": "https://headrace.test/"})
    assert (await make_link(published)).startswith("https://headrace.test/signin?code=")


async def test_one_proof_at_a_time(anonymous: httpx2.AsyncClient) -> None:
    assert (await sign_in(anonymous)).status_code == 422
    assert (await sign_in(anonymous, token=TOKEN, code="x")).status_code == 422


async def test_only_our_own_pages_may_change_anything_with_a_cookie(anonymous: httpx2.AsyncClient) -> None:
    await sign_in(anonymous, token=TOKEN)
    for headers in ({}, {"Origin": "http://evil.test"}, {"Origin": "null"}, {"Origin": "http://headrace.test.evil"}):
        forged = await anonymous.post(JOBS, json=GOOD, headers=headers)
        assert (forged.status_code, forged.json()["code"]) == (403, "foreign_origin")
    assert (await anonymous.post(JOBS, json=GOOD, headers=OWN)).status_code == 202
    assert (await anonymous.get(JOBS)).json()["items"]


async def test_a_foreign_page_cannot_sign_anybody_in(anonymous: httpx2.AsyncClient) -> None:
    answer = await anonymous.post(SESSION, json={"token": TOKEN}, headers={"Origin": "http://evil.test"})
    assert answer.status_code == 403


async def test_a_foreign_page_cannot_sign_anybody_out(anonymous: httpx2.AsyncClient) -> None:
    await sign_in(anonymous, token=TOKEN)
    for headers in ({}, {"Origin": "http://headrace.test:9999", "Sec-Fetch-Site": "same-site"}):
        forged = await anonymous.delete(SESSION, headers=headers)
        assert (forged.status_code, forged.json()["code"]) == (403, "foreign_origin")
        assert (await anonymous.get(JOBS)).status_code == 200
    assert (await anonymous.delete(SESSION, headers=OWN)).status_code == 204
    assert (await anonymous.get(JOBS)).status_code == 401
    assert (await anonymous.delete(SESSION)).status_code == 204, "without a session there is nothing to forge"


async def test_a_changed_cookie_is_none(anonymous: httpx2.AsyncClient) -> None:
    await sign_in(anonymous, token=TOKEN)
    anonymous.cookies.set(COOKIE, f"x{anonymous.cookies[COOKIE][1:]}", domain="headrace.test")
    assert (await anonymous.get(JOBS)).status_code == 401


@asynccontextmanager
async def another_process(settings: Settings, **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a client without a credential of one more API process."""
    async with started(settings.model_copy(update=changes)) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
            yield client


async def status_of(client: httpx2.AsyncClient, cookie: str, name: str = COOKIE) -> int:
    client.cookies.clear()
    return (await client.get(JOBS, headers={"Cookie": f"{name}={cookie}"})).status_code


async def test_signing_out_ends_the_session_at_every_process(
    anonymous: httpx2.AsyncClient, settings: Settings, database: Database
) -> None:
    await sign_in(anonymous, token=TOKEN)
    kept = anonymous.cookies[COOKIE]
    async with another_process(settings) as other:
        assert await status_of(other, kept) == 200
        anonymous.cookies.set(COOKIE, kept, domain="headrace.test")
        assert (await anonymous.delete(SESSION, headers=OWN)).status_code == 204
        assert COOKIE not in anonymous.cookies
        assert [await status_of(one, kept) for one in (anonymous, other)] == [401, 401]
        assert (await other.delete(SESSION, headers={"Cookie": f"{COOKIE}={kept}", **OWN})).status_code == 204  # again
    assert not await repository.list_sessions(database)


async def test_others_stay_when_one_signs_out(anonymous: httpx2.AsyncClient) -> None:
    cookies = []
    for _ in range(2):
        anonymous.cookies.clear()
        await sign_in(anonymous, token=TOKEN)
        cookies.append(anonymous.cookies[COOKIE])
    await anonymous.delete(SESSION, headers=OWN)
    assert [await status_of(anonymous, cookie) for cookie in cookies] == [200, 401]


@pytest.mark.parametrize("rotated", ["service_token", "secret_key"])
async def test_a_rotated_secret_ends_the_sessions(
    anonymous: httpx2.AsyncClient, settings: Settings, rotated: str
) -> None:
    await sign_in(anonymous, token=TOKEN)
    cookie = anonymous.cookies[COOKIE]
    async with another_process(settings, **{rotated: SecretStr("another-one-0123456789-abcdefghij")}) as other:
        assert await status_of(other, cookie) == 401
    assert await status_of(anonymous, cookie) == 200


async def test_a_session_is_over_with_its_age(anonymous: httpx2.AsyncClient, database: Database) -> None:
    await sign_in(anonymous, token=TOKEN)
    await database.rows(text("UPDATE sessions SET expires_at = now() - interval '1 s'"))
    assert await status_of(anonymous, anonymous.cookies[COOKIE]) == 401
    await repository.prune(database)
    assert (await database.row(text("SELECT count(*) FROM sessions"))) == (0,)


async def test_losing_redis_signs_nobody_out(anonymous: httpx2.AsyncClient, redis: Redis) -> None:
    await sign_in(anonymous, token=TOKEN)
    await redis.flushall()
    assert (await anonymous.get(JOBS)).status_code == 200


async def test_without_the_database_a_session_is_neither_good_nor_over(
    anonymous: httpx2.AsyncClient, settings: Settings
) -> None:
    await sign_in(anonymous, token=TOKEN)
    cookie = anonymous.cookies[COOKIE]
    nowhere = SecretStr(f"postgresql://u:p@127.0.0.1:{free_port()}/x_test")
    async with another_process(settings, database_url=nowhere) as other:
        answer = await other.get("/api/v1/job-types", headers={"Cookie": f"{COOKIE}={cookie}"})
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert (await other.get("/api/v1/job-types", headers={"X-Service-Token": TOKEN})).status_code == 200
        forged = f"x{cookie[1:]}"  # not the last sign, of which two bits count for nothing
        assert await status_of(other, forged) == 401  # without a statement


async def test_an_operator_signs_everybody_out(client: httpx2.AsyncClient, settings: Settings) -> None:
    async with another_process(settings) as browser:
        kept = []
        for _ in range(3):
            browser.cookies.clear()
            await sign_in(browser, token=TOKEN)
            kept.append(browser.cookies[COOKIE])
        shown = (await client.get(SESSIONS)).json()["items"]
        assert [(one["name"], one["address"]) for one in shown] == [("service", "127.0.0.1")] * 3
        assert (await client.delete(f"{SESSIONS}/{shown[0]['id']}")).status_code == 204
        assert (await client.delete(f"{SESSIONS}/{shown[0]['id']}")).status_code == 404
        assert (await client.delete(f"{SESSIONS}/{uuid4()}")).status_code == 404
        assert [await status_of(browser, one) for one in kept] == [200, 200, 401]
        assert (await client.delete(SESSIONS)).json() == {"ended": 2}
        assert [await status_of(browser, one) for one in kept] == [401, 401, 401]
    lines = (await client.get("/api/v1/admin/audit")).json()["items"]
    assert [(line["action"], line["target"]) for line in lines] == [
        ("sessions.end", "all"),
        ("sessions.end", f"session:{shown[0]['id']}"),
    ]


async def test_over_tls_the_cookie_is_sent_over_tls_alone_and_set_by_no_neighbour(app: FastAPI) -> None:
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="https://headrace.test") as client:
        answer = await client.post(SESSION, json={"token": TOKEN}, headers={"Origin": "https://headrace.test"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SECURE_COOKIE}=")
        assert {"HttpOnly", "Secure", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        value = cookie.partition("=")[2].partition(";")[0]
        assert await status_of(client, value, SECURE_COOKIE) == 200
        assert await status_of(client, value, COOKIE) == 401  # a page of a neighbouring host could set this one
        gone = await client.delete(
            SESSION, headers={"Cookie": f"{SECURE_COOKIE}={value}", "Origin": "https://headrace.test"}
        )
        assert [one.partition("=")[0] for one in gone.headers.get_list("set-cookie")] == [COOKIE, SECURE_COOKIE]
        assert await status_of(client, value, SECURE_COOKIE) == 401


PUBLIC = "https://public.test"
BEHIND = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "public.test"}
OF_PROXY = {"trusted_proxies": ("127.0.0.1/32",)}


@pytest.mark.parametrize(
    ("changes", "headers", "is_taken"),
    [
        ({}, {"Origin": "http://headrace.test"}, True),
        ({}, {"Origin": "https://headrace.test"}, False),  # another scheme is another origin
        ({}, {"Origin": PUBLIC}, False),
        ({}, {"Origin": PUBLIC, **BEHIND}, False),  # nobody may say of himself that he is a proxy
        ({}, {"Origin": PUBLIC, "Sec-Fetch-Site": "same-origin"}, True),
        ({}, {"Origin": PUBLIC, "Sec-Fetch-Site": "same-site"}, False),
        ({}, {"Sec-Fetch-Site": "cross-site"}, False),
        ({"public_url": f"{PUBLIC}/"}, {"Origin": PUBLIC}, True),
        ({"public_url": f"{PUBLIC}/"}, {"Origin": "http://public.test"}, False),
        (OF_PROXY, {"Origin": PUBLIC, **BEHIND}, True),
        (OF_PROXY, {"Origin": "http://public.test", **BEHIND}, False),
    ],
)
async def test_the_origin_of_our_pages_is_known_behind_proxies(
    settings: Settings, database: Database, changes: dict[str, Any], headers: dict[str, str], *, is_taken: bool
) -> None:
    async with another_process(settings, **changes) as client:
        answer = await client.post(SESSION, json={"token": TOKEN}, headers=headers)
    assert answer.status_code == (204 if is_taken else 403)
    if is_taken:
        assert answer.headers["set-cookie"].startswith(SECURE_COOKIE) == headers["Origin"].startswith("https://")
    else:
        assert "PUBLIC_URL" in answer.json()["detail"]
        assert "http://headrace.test" in answer.json()["detail"] or "public.test" in answer.json()["detail"]


async def test_a_cookie_costs_no_more_than_its_bytes(
    anonymous: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    unquote = http.cookies._unquote

    def linear(text: str) -> str:
        assert "\\" not in text, "quadratic in Python below 3.11.10"
        return str(unquote(text))

    monkeypatch.setattr("http.cookies._unquote", linear)
    for name in (COOKIE, SECURE_COOKIE, "other"):
        for path, status in ((JOBS, 401), ("/live", 200), ("/api/v1/nothing", 401)):
            answer = await anonymous.get(path, headers={"Cookie": f'a=1; {name}="' + "\\" * 1000 + '"'})
            assert answer.status_code == status
    await sign_in(anonymous, token=TOKEN)
    own = "; ".join(f"{name}={value}" for name, value in anonymous.cookies.items())
    anonymous.cookies.clear()
    mixed = {"Cookie": f'a="\\\\"; b;{own} ; =c'}
    assert (await anonymous.get(JOBS, headers=mixed)).status_code == 200
