"""Signing in to the browser interface: by the token, by a link that works once; and what a forged request gets."""

import httpx2
from redis.asyncio import Redis

from app.auth import session
from app.auth.session import COOKIE
from app.core.settings import Settings
from app.local.signin import make_link
from tests.conftest import TOKEN

SESSION = "/api/v1/session"
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
    assert (await sign_in(anonymous, code=code)).status_code == 204
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


async def test_a_changed_cookie_is_none(anonymous: httpx2.AsyncClient) -> None:
    await sign_in(anonymous, token=TOKEN)
    anonymous.cookies.set(COOKIE, anonymous.cookies[COOKIE][:-2] + "xx", domain="headrace.test")
    assert (await anonymous.get(JOBS)).status_code == 401


async def test_signing_out_takes_the_cookie_back(anonymous: httpx2.AsyncClient) -> None:
    await sign_in(anonymous, token=TOKEN)
    assert (await anonymous.delete(SESSION)).status_code == 204
    assert COOKIE not in anonymous.cookies
    assert (await anonymous.get(JOBS)).status_code == 401
