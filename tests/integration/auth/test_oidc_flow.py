"""The way to the provider and back: cookies of attempts, sessions, signing out, and what a forged return gets."""

import re
import time
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.auth.sessions.service import cookie_name
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import SECRET_KEY
from tests.rig.oidc import (
    CALLBACK,
    CLIENT_ID,
    LOGIN,
    OWN_PAGE,
    In,
    PlayedProvider,
    begin,
    key_of,
    playing,
    refusal,
    shared_secret,
    sign_in,
)
from tests.rig.people import process, status_of

LOGOUT, SESSION = "/api/v1/auth/oidc/logout", "/api/v1/session"
ATTEMPT = "headrace_oidc_"
COOKIE = cookie_name(SECRET_KEY)


def shown(given: object) -> str:
    """Return a case's name, which is the same in every process: a key by its kind, not by where it lies."""
    return re.sub(r"<[\w.]*\.(\w+) object at \w+>", r"\1", str(given))


@pytest.fixture(autouse=True)
def _empty(database: Database, redis: Redis) -> None:
    """Every test begins with nobody."""


@pytest.fixture
async def provider() -> AsyncIterator[PlayedProvider]:
    async with playing() as played:
        yield played


@pytest.fixture
async def browser(settings: Settings, provider: PlayedProvider) -> AsyncIterator[httpx2.AsyncClient]:
    async with process(settings, **provider.settings()) as client:
        yield client


def attempts_of(browser: httpx2.AsyncClient) -> list[str]:
    return [name for name in browser.cookies if ATTEMPT in name]


async def test_who_comes_back_is_signed_in_where_he_was(browser: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    url = await begin(browser, next="/jobs?status=failed")
    (kept,) = attempts_of(browser)
    assert len(kept) + len(browser.cookies[kept]) < 400
    answer = await browser.get(provider.approve(url))
    assert answer.status_code == 200
    assert 'content="0;url=/jobs?status=failed"' in answer.text
    cookies = {name: one for line in answer.headers.get_list("set-cookie") for name, one in SimpleCookie(line).items()}
    assert cookies[COOKIE]["samesite"] == "strict"
    assert cookies[COOKIE]["httponly"]
    assert cookies[kept]["max-age"] == "0"
    assert attempts_of(browser) == []
    assert (await browser.get(SESSION)).json()["name"] == "ada@example.org"


async def test_an_attempt_s_cookie_comes_back_from_another_site_and_is_read_by_no_script(
    browser: httpx2.AsyncClient, settings: Settings, provider: PlayedProvider
) -> None:
    plain = (await browser.get(LOGIN)).headers["set-cookie"]
    assert plain.startswith(ATTEMPT)
    assert {"HttpOnly", "SameSite=lax", "Path=/", "Max-Age=600"} <= set(plain.split("; "))
    assert "Secure" not in plain
    for changes, start in (({}, f"__Host-{ATTEMPT}"), ({"root_path": "/tools"}, f"__Secure-{ATTEMPT}")):
        public = {"public_url": f"https://jobs.example.org{changes.get('root_path', '')}"}
        async with process(settings, **provider.settings(**public), **changes) as behind:
            answer = await behind.get(LOGIN)  # over http, as a proxy passes it on
            assert answer.headers["set-cookie"].startswith(start)
            assert "Secure" in answer.headers["set-cookie"]
            asked = parse_qs(urlsplit(answer.headers["location"]).query)
            assert asked["redirect_uri"] == [f"https://jobs.example.org{changes.get('root_path', '')}{CALLBACK}"]
            sent = answer.headers["set-cookie"].partition(";")[0]
            back = urlsplit(provider.approve(answer.headers["location"]))
            opened = await behind.get(f"{back.path}?{back.query}", headers={"Cookie": sent})
            assert opened.status_code == 200, opened.headers.get("location")
            assert opened.headers.get_list("set-cookie")[-1].startswith(start.replace(ATTEMPT, COOKIE))
            assert f'content="0;url={changes.get("root_path", "")}/"' in opened.text


async def test_ten_abandoned_attempts_leave_five_cookies_and_the_next_succeeds(
    browser: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    for _ in range(10):
        await begin(browser)
        assert len(attempts_of(browser)) <= 5
    assert refusal(await sign_in(browser, provider)) is None


async def test_two_tabs_both_succeed(browser: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    tabs = [await begin(browser, next=f"/jobs?tab={number}") for number in (1, 2)]
    for number, url in ((2, tabs[1]), (1, tabs[0])):
        answer = await browser.get(provider.approve(url))
        assert f"/jobs?tab={number}" in answer.text


async def test_the_way_back_may_reach_another_process(
    browser: httpx2.AsyncClient, settings: Settings, provider: PlayedProvider
) -> None:
    back = provider.approve(await begin(browser))
    async with process(settings, **provider.settings()) as other:
        other.cookies.update(browser.cookies)
        assert refusal(await other.get(back)) is None
        assert await status_of(other, {}) == 200


async def test_a_lost_attempt_begins_again_once(browser: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    back = provider.approve(await begin(browser))
    browser.cookies.clear()
    again = await browser.get(back)
    assert again.status_code == 303
    assert again.headers["location"].startswith(f"{provider.host}/authorize")
    assert refusal(await browser.get(provider.approve(again.headers["location"]))) is None


async def test_a_browser_that_keeps_no_cookie_goes_round_once(
    browser: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    url = await begin(browser)
    browser.cookies.clear()
    again = await browser.get(provider.approve(url))
    browser.cookies.clear()
    assert refusal(await browser.get(provider.approve(again.headers["location"]))) == "sso_state_lost"
    for query in ("", "?code=x", "?error=access_denied"):
        assert refusal(await browser.get(CALLBACK + query)) == "sso_state_lost"


async def test_an_attempt_is_good_once_and_for_this_browser_alone(
    browser: httpx2.AsyncClient, provider: PlayedProvider, settings: Settings
) -> None:
    back = provider.approve(await begin(browser))
    kept = dict(browser.cookies)
    assert refusal(await browser.get(back)) is None
    browser.cookies.update(kept)  # the code is used up at the provider
    assert refusal(await browser.get(back)) == "sso_bad_token"
    state = parse_qs(urlsplit(back).query)["state"][0]
    name = f"{ATTEMPT}{state[:8]}"
    for forged in (kept[name][:-2] + "xx", "", next(iter(kept.values())).replace(".", "..")):
        answer = await browser.get(back, headers={"Cookie": f"{name}={forged}"})
        assert answer.headers["location"].startswith(provider.host)


async def test_an_attempt_is_over_after_ten_minutes(
    browser: httpx2.AsyncClient, provider: PlayedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    back = provider.approve(await begin(browser))
    later = time.time() + 601  # noqa: TID251 - what signs the cookie goes by it
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert (await browser.get(back)).headers["location"].startswith(provider.host)


@pytest.mark.parametrize("path", ["//evil.example", "/\\evil.example", "https://evil.example", "/%0d%0a"])
async def test_nobody_is_led_elsewhere(browser: httpx2.AsyncClient, provider: PlayedProvider, path: str) -> None:
    assert 'content="0;url=/"' in (await sign_in(browser, provider, next=path)).text


@pytest.mark.parametrize(
    "lie",
    [
        {"token": {"nonce": "another"}},
        {"token": {"nonce": None}},
        {"token": {"aud": "another-client"}},
        {"token": {"aud": "another-client", "azp": CLIENT_ID}},
        {"token": {"aud": [CLIENT_ID, "another"], "azp": "another"}},
        {"token": {"aud": None}},
        {"token": {"iss": "https://evil.example"}},
        {"token": {"iss": None}},
        {"token": {"exp": In(-121)}},
        {"token": {"exp": None}},
        {"token": {"iat": In(1000)}},
        {"token": {"nbf": In(1000)}},
        {"token": {"sub": None}},
        {"token": {"sub": ""}},
        {"token": {"sub": "a\x00b"}},
        {"token": {"sub": "a" * 256}},
        {"token": {"sub": 7}},
        {"token": {"at_hash": "of-another-token"}},
        {"signs_with": key_of("unknown")},
        {"signs_with": key_of("other"), "header": {"kid": "first"}},
        {"signs_with": shared_secret()},
        {"unsigned": True},
        {"claims": {"sub": "thin"}, "userinfo": {"sub": "somebody else"}},
    ],
    ids=shown,
)
async def test_a_lie_opens_nothing(browser: httpx2.AsyncClient, provider: PlayedProvider, lie: dict[str, Any]) -> None:
    for name, value in lie.items():
        setattr(provider, name, value)
    answer = await sign_in(browser, provider)
    assert refusal(answer) == "sso_bad_token"
    assert "headrace_session" not in "".join(answer.headers.get_list("set-cookie"))
    assert attempts_of(browser) == []
    assert await status_of(browser, {}) == 401


@pytest.mark.parametrize(
    "truth",
    [
        {"token": {"iat": In(100), "nbf": In(100)}},  # its clock is ahead
        {"token": {"exp": In(-60)}},
        {"token": {"aud": [CLIENT_ID]}},
        {"token": {"aud": [CLIENT_ID, "another"], "azp": CLIENT_ID}},
        {"header": {"typ": "JWT", "x5t": "abc"}},
        {"keys": [key_of("rsa", "RSA"), key_of("first")]},
    ],
    ids=shown,
)
async def test_what_is_only_odd_is_taken(
    browser: httpx2.AsyncClient, provider: PlayedProvider, truth: dict[str, Any]
) -> None:
    for name, value in truth.items():
        setattr(provider, name, value)
    assert refusal(await sign_in(browser, provider)) is None


async def test_a_code_of_another_provider_is_not_redeemed(
    browser: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    evil = provider.approve(await begin(browser), iss="https://evil.example")
    assert refusal(await browser.get(evil)) == "sso_bad_token"
    assert provider.calls["token"] == 0
    right = provider.approve(await begin(browser), iss=provider.issuer)
    assert refusal(await browser.get(right)) is None


async def test_what_the_provider_refuses_and_its_absence_are_told_apart(
    browser: httpx2.AsyncClient, provider: PlayedProvider, caplog: pytest.LogCaptureFixture
) -> None:
    state = parse_qs(urlsplit(await begin(browser)).query)["state"][0]
    denied = {"state": state, "error": "access_denied", "error_description": "x" * 900}
    assert refusal(await browser.get(CALLBACK, params=denied)) == "sso_denied"
    provider.statuses = {"token": 503}
    assert refusal(await sign_in(browser, provider)) == "sso_provider_away"
    provider.statuses = {"jwks": 500}
    assert refusal(await sign_in(browser, provider)) == "sso_provider_away"
    assert "access_denied" in caplog.text


async def test_the_api_starts_and_serves_without_the_provider(settings: Settings) -> None:
    nobody = PlayedProvider(port=1)
    async with process(settings, **nobody.settings()) as browser:
        assert (await browser.get("/ready")).status_code == 200
        assert refusal(await browser.get(LOGIN)) == "sso_provider_away"


async def test_signing_out_ends_the_session_here_and_there(
    browser: httpx2.AsyncClient, provider: PlayedProvider, database: Database
) -> None:
    await sign_in(browser, provider)
    kept = dict(browser.cookies)
    assert all(len(value) < 400 for value in kept.values()), "the ID token is kept here, not by the browser"
    row = await database.row(text("SELECT id_token FROM sessions"))
    assert row == (provider.last_id_token,)
    answer = await browser.post(LOGOUT, headers=OWN_PAGE)
    asked = parse_qs(urlsplit(answer.json()["url"]).query)
    assert answer.json()["url"].startswith(f"{provider.host}/end?")
    assert asked["id_token_hint"] == [provider.last_id_token]
    assert asked["post_logout_redirect_uri"] == ["http://headrace.test/signin"]
    browser.cookies.update(kept)
    assert await status_of(browser, {}) == 401
    assert (await browser.post(LOGOUT, headers=OWN_PAGE)).json() == {"url": "/signin?local=1"}


async def test_a_session_of_another_way_is_not_ended_at_the_provider(
    browser: httpx2.AsyncClient, provider: PlayedProvider
) -> None:
    assert (await browser.post(LOGOUT, headers=OWN_PAGE)).json() == {"url": "/signin?local=1"}
    assert provider.calls["openid-configuration"] == 0


async def test_without_a_provider_there_is_nothing_there(anonymous: httpx2.AsyncClient) -> None:
    answers = [await anonymous.get(LOGIN), await anonymous.get(CALLBACK), await anonymous.post(LOGOUT)]
    assert [(one.status_code, one.json()["code"]) for one in answers] == [(404, "sso_not_configured")] * 3
