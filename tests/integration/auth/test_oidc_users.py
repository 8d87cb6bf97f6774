"""Users who sign in at the provider: who they are here, what they may, and for how long their keys go on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from redis.asyncio import Redis
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from tests.rig.oidc import ADA, PROVIDERS, PlayedProvider, playing, refusal, sign_in
from tests.rig.people import AUTH, KEYS, ME, SERVICE, USERS, bearer, key_of, log_in, person, process, status_of

MAP = {
    "oidc_role_claim": "groups",
    "oidc_role_map": "staff=member;ops=operator;owners=admin",
    "oidc_default_role": "",
}
OWN = {"Origin": "http://headrace.test"}


@asynccontextmanager
async def at(settings: Settings, provider: PlayedProvider, **changes: Any) -> AsyncIterator[httpx2.AsyncClient]:
    """Yield a browser at an API process whose provider this is."""
    async with process(settings, **provider.settings(**changes)) as browser:
        yield browser


@pytest.fixture(autouse=True)
def _empty(database: Database, redis: Redis) -> None:
    """Every test begins with nobody."""


@pytest.fixture
async def provider() -> AsyncIterator[PlayedProvider]:
    async with playing() as played:
        yield played


async def come_back(browser: httpx2.AsyncClient, provider: PlayedProvider, **claims: Any) -> str | None:
    """Sign in with other claims, and return why not."""
    provider.claims = {**ADA, **claims}
    return refusal(await sign_in(browser, provider))


async def me(browser: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await browser.get(ME)
    assert answer.status_code == 200, answer.text
    said: dict[str, Any] = answer.json()
    return said


async def actions(browser: httpx2.AsyncClient) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = (await browser.get("/api/v1/admin/audit", headers=SERVICE)).json()["items"]
    return lines


@pytest.mark.parametrize("name", PROVIDERS)
async def test_the_same_user_comes_back_from_a_provider_of_each_kind(settings: Settings, name: str) -> None:
    kind = dict(PROVIDERS[name])
    claim = kind.pop("role_claim")
    roles = {"oidc_role_claim": claim, "oidc_role_map": "headrace-operators=operator", "oidc_default_role": ""}
    async with playing(**kind) as provider, at(settings, provider, **(roles if claim else {})) as browser:
        assert refusal(await sign_in(browser, provider)) is None
        first = await me(browser)
        assert first["role"] == ("operator" if claim else "member")
        assert refusal(await sign_in(browser, provider)) is None
        assert (await me(browser))["user_id"] == first["user_id"]
        (line,) = (one for one in await actions(browser) if one["action"] == "user.create")
        assert (line["detail"]["issuer"], line["detail"]["subject"]) == (provider.issuer, provider.claims["sub"])
        assert (line["user_id"], line["address"]) == (first["user_id"], "127.0.0.1")


async def test_who_somebody_is_goes_by_the_subject_and_never_by_an_address(
    settings: Settings, provider: PlayedProvider
) -> None:
    async with at(settings, provider) as browser:
        local = await person(browser, email="ada@example.org")
        assert await come_back(browser, provider) is None
        first = await me(browser)
        assert first["user_id"] != local.id
        assert first["name"] == "Ada Lovelace"  # the address stays the other one's
        assert await come_back(browser, provider, email="new@example.org", name="Ada King") is None
        assert (await me(browser))["user_id"] == first["user_id"]
        assert await come_back(browser, provider, sub="another") is None
        assert (await me(browser))["user_id"] not in {first["user_id"], local.id}
        shown = (await browser.get(USERS, headers=SERVICE)).json()["items"]
        assert [one["email"] for one in shown if one["email"]] == ["ada@example.org"]
        assert [one["detail"].get("email_taken") for one in await actions(browser)][:2] == [True, True]


async def test_two_providers_are_two_users(settings: Settings, provider: PlayedProvider) -> None:
    async with playing() as other:
        ids = set()
        for played in (provider, other):
            async with at(settings, played) as browser:
                assert await come_back(browser, played) is None
                ids.add((await me(browser))["user_id"])
    assert len(ids) == 2


async def test_an_unverified_address_is_nobody_s_name_here(settings: Settings, provider: PlayedProvider) -> None:
    async with at(settings, provider) as browser:
        assert await come_back(browser, provider, email="boss@example.org", email_verified=False) is None
        assert (await me(browser))["name"] == "Ada Lovelace"
        assert (await browser.get(USERS, params={"email": "boss@example.org"}, headers=SERVICE)).json()["items"] == []


async def test_domains_are_asked_of_who_is_new_alone(settings: Settings, provider: PlayedProvider) -> None:
    rule = {"oidc_allowed_domains": ("example.org",)}
    async with at(settings, provider, **rule) as browser:
        assert await come_back(browser, provider, email="ada@evil.example") == "sso_domain"
        assert await come_back(browser, provider, email_verified=False) == "sso_email_unverified"
        assert len((await browser.get(USERS, headers=SERVICE)).json()["items"]) == 1  # the service account
        assert await come_back(browser, provider) is None
        assert await come_back(browser, provider, email="ada@evil.example", email_verified=False) is None
    async with at(settings, provider, **rule, oidc_trust_email=True) as browser:
        assert await come_back(browser, provider, sub="2", email="bob@example.org", email_verified=False) is None
        assert (await me(browser))["email"] == "bob@example.org"


async def test_the_role_is_set_anew_at_each_sign_in(settings: Settings, provider: PlayedProvider) -> None:
    async with at(settings, provider, **MAP) as browser:
        await person(browser, "admin")
        assert await come_back(browser, provider, groups=["guests"]) == "sso_no_role"
        for groups, role in ((["staff"], "member"), (["staff", "owners"], "admin"), ("ops", "operator")):
            assert await come_back(browser, provider, groups=groups) is None
            assert (await me(browser))["role"] == role
        provider.claims = dict(ADA)  # absent: says nothing
        assert refusal(await sign_in(browser, provider)) is None
        assert (await me(browser))["role"] == "operator"
        assert await come_back(browser, provider, _claim_names={"groups": "src1"}) == "sso_groups_overage"
        assert (await me(browser))["role"] == "operator"
        changes = [one["detail"] for one in await actions(browser) if one["action"] == "user.update"]
        assert [(one["before"]["role"], one["after"]["role"]) for one in changes] == [
            ("admin", "operator"),
            ("member", "admin"),
        ]


async def test_a_lost_role_ends_sessions_and_pauses_keys_until_it_is_back(
    settings: Settings, provider: PlayedProvider
) -> None:
    async with at(settings, provider, **MAP) as browser, process(settings, oidc_keys_pause_days=0.0) as other:
        assert await come_back(browser, provider, groups=["staff"]) is None
        key = bearer((await key_of(browser, OWN))["key"])
        kept = dict(browser.cookies)
        assert await status_of(other, key) == 200
        assert await come_back(browser, provider, groups=[]) == "sso_no_role"
        browser.cookies.update(kept)
        assert await status_of(browser, {}) == 401
        assert [await status_of(one, key) for one in (browser, other)] == [401, 401]
        assert await come_back(browser, provider, groups=["staff"]) is None
        assert await status_of(browser, {}) == 200
        assert await status_of(other, key) == 200


async def test_the_last_administrator_stays_one_whatever_the_provider_says(
    settings: Settings, provider: PlayedProvider
) -> None:
    async with at(settings, provider, **MAP) as browser:
        assert await come_back(browser, provider, groups=["owners"]) is None
        for groups in (["staff"], []):
            assert await come_back(browser, provider, groups=groups) is None
            assert (await me(browser))["role"] == "admin"
        skipped = [one["detail"] for one in await actions(browser) if one["action"] == "user.role_sync_skipped"]
        assert [(one["kept"], one["wanted"], one["why"]) for one in skipped] == [
            ("admin", None, "last_administrator"),
            ("admin", "member", "last_administrator"),
        ]
        await person(browser, "admin")
        assert await come_back(browser, provider, groups=["staff"]) is None
        assert (await me(browser))["role"] == "member"


async def test_two_administrators_who_lose_the_role_at_once_are_not_both_lowered(
    settings: Settings, provider: PlayedProvider
) -> None:
    async with playing() as second, at(settings, provider, **MAP) as one, at(settings, second, **MAP) as two:
        pairs = ((one, provider), (two, second))
        for browser, played in pairs:
            assert await come_back(browser, played, groups=["owners"]) is None
        await asyncio.gather(*(come_back(browser, played, groups=["staff"]) for browser, played in pairs))
        assert sorted([(await me(browser))["role"] for browser, _ in pairs]) == ["admin", "member"]


async def test_the_first_who_signs_in_is_no_administrator_and_twenty_at_once_are_one(
    settings: Settings, provider: PlayedProvider
) -> None:
    async with at(settings, provider) as browser:
        answers = await asyncio.gather(*(sign_in(browser, provider) for _ in range(20)))
        assert [refusal(one) for one in answers] == [None] * 20
        assert (await me(browser))["role"] == "member"
        shown = (await browser.get(USERS, headers=SERVICE)).json()["items"]
        assert [one["is_service"] for one in shown] == [False, True]


async def test_a_closed_account_stays_closed(settings: Settings, provider: PlayedProvider) -> None:
    async with at(settings, provider) as browser:
        assert await come_back(browser, provider) is None
        user = (await me(browser))["user_id"]
        await browser.patch(f"{USERS}/{user}", json={"is_active": False}, headers=SERVICE)
        assert await status_of(browser, {}) == 401
        assert await come_back(browser, provider) == "sso_account_closed"
        await browser.patch(f"{USERS}/{user}", json={"is_active": True}, headers=SERVICE)
        assert await come_back(browser, provider) is None


async def test_keys_pause_when_their_owner_does_not_sign_in_any_more(
    settings: Settings, provider: PlayedProvider, database: Database
) -> None:
    async with at(settings, provider) as browser, process(settings, oidc_keys_pause_days=0.0) as never:
        assert await come_back(browser, provider) is None
        keys = [bearer((await key_of(browser, OWN))["key"]) for _ in range(2)]
        local = bearer((await key_of(browser, (await person(browser)).headers))["key"])
        assert await status_of(browser, keys[0]) == 200
        await database.rows(text("UPDATE user_identities SET signed_in_at = now() - interval '31 days'"))
        refused = await browser.get(ME, headers=keys[1])
        assert (refused.status_code, "pauses until its owner signs in" in refused.json()["detail"]) == (401, True)
        assert [await status_of(browser, local), await status_of(never, keys[1])] == [200, 200]
        assert await come_back(browser, provider) is None
        assert await status_of(browser, keys[1]) == 200


async def test_passwords_can_be_closed(settings: Settings, provider: PlayedProvider) -> None:
    async with at(settings, provider) as browser:
        ada = await person(browser)
        said = (await browser.get(f"{AUTH}/methods")).json()
    expected = {"name": "single sign-on", "is_automatic": False}
    assert said == {"password": True, "single_sign_on": expected, "registration": "closed"}
    shown = {"oidc_name": "Example ID", "oidc_auto_login": True}
    async with at(settings, provider, auth_password_login=False, **shown) as browser:
        said = (await browser.get(f"{AUTH}/methods")).json()
        assert said["password"] is False
        assert said["single_sign_on"] == {"name": "Example ID", "is_automatic": True}
        session = {"username": ada.email, "password": "the mill stood still"}
        answers = [await log_in(browser, ada.email), await browser.post("/api/v1/session", json=session, headers=OWN)]
        assert [(one.status_code, one.json()["code"]) for one in answers] == [(403, "passwords_closed")] * 2
        token = {"token": SERVICE["X-Service-Token"]}
        assert (await browser.post("/api/v1/session", json=token, headers=OWN)).status_code == 204
        made = {"email": "root@example.org", "name": "Root", "password": "the mill stood still", "role": "admin"}
        assert (await browser.post(USERS, json=made, headers=SERVICE)).status_code == 201
        assert (await browser.get(KEYS)).status_code == 200
    async with process(settings) as browser:
        said = (await browser.get(f"{AUTH}/methods")).json()
        assert said == {"password": True, "single_sign_on": None, "registration": "closed"}
