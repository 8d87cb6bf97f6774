"""What is revoked, over or made up is no guess: it locks out nobody; what is right gets in beside one who guesses."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.auth.guesses import FREE
from app.auth.keys.format import new_key
from app.auth.tokens import access, refresh
from app.core.clock import utc_now
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import JOBS, OWN, SESSION, client_of, guess, process
from tests.rig.exposition import risen, scrape
from tests.rig.people import AUTH, KEYS, ME, SERVICE, Person, bearer, key_of, person

MANY = 3 * FREE


@pytest.fixture
async def here(app: FastAPI, anonymous: httpx2.AsyncClient) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of an address that nobody knows yet."""
    async with client_of(app, "203.0.113.70") as client:
        yield client


@pytest.fixture
async def ada(anonymous: httpx2.AsyncClient) -> Person:
    return await person(anonymous)


async def nobody_is_locked_out(client: httpx2.AsyncClient, ada: Person) -> bool:
    """Whether each kind of right credential is looked at, and a wrong service token answered as the first one."""
    answers = [
        await client.get(JOBS, headers=SERVICE),
        await client.get(JOBS, headers=ada.headers),
        await client.post(SESSION, json={"token": TOKEN}, headers=OWN),
        await client.get(JOBS, headers={"X-Service-Token": "wrong"}),
    ]
    return [one.status_code for one in answers] == [200, 200, 204, 401]


@pytest.mark.parametrize("kind", ["revoked", "over", "made up", "damaged"])
async def test_keys_that_open_nothing(
    here: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, database: Database, ada: Person, kind: str
) -> None:
    for _ in range(MANY):
        key = (await key_of(anonymous, ada.headers))["key"]
        if kind == "revoked":
            await anonymous.delete(f"{KEYS}/{key[8:16]}", headers=ada.headers)
        elif kind == "over":
            await database.rows(text("UPDATE api_keys SET expires_at = now() - interval '1 s'"))
        elif kind == "damaged":
            key = key[:-1] + ("a" if key[-1] != "a" else "b")
        else:
            key = new_key().text
        for _ in range(2):
            answer = await here.get(JOBS, headers=bearer(key))
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert await nobody_is_locked_out(here, ada)


async def test_refresh_tokens_that_are_over_or_used_or_unknown(
    here: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, database: Database, ada: Person
) -> None:
    for number in range(MANY):
        one = await person(anonymous)
        if number % 3 == 0:
            await anonymous.post(f"{AUTH}/logout", json={"refresh_token": one.refresh})
        elif number % 3 == 1:
            await database.rows(text("UPDATE refresh_tokens SET expires_at = now() - interval '1 s'"))
        else:
            one.refresh = refresh.new_token()
        answer = await here.post(f"{AUTH}/refresh", json={"refresh_token": one.refresh})
        assert (answer.status_code, answer.json()["code"]) == (401, "bad_refresh_token")
    ada = await person(anonymous)
    assert await nobody_is_locked_out(here, ada)


async def test_access_tokens_of_another_secret_key_or_that_are_over(
    here: httpx2.AsyncClient, settings: Settings, ada: Person
) -> None:
    said = access.Access(uuid4(), 0, uuid4())
    secret_key = settings.secret_key.get_secret_value()
    for number in range(MANY):
        old = access.issue(f"the key before the rotation {number}" * 2, said)
        over = access.issue(secret_key, said, now=utc_now() - 2 * access.LASTS)
        none = jwt.encode({"sub": str(number)}, "", "none")
        for token in (old, over, none, access.issue(secret_key, access.Access(uuid4(), 0, uuid4()))):
            assert (await here.get(JOBS, headers=bearer(token))).status_code == 401
    assert await nobody_is_locked_out(here, ada)


async def test_what_is_signed_or_has_256_bits_gets_in_while_its_address_waits(
    settings: Settings, anonymous: httpx2.AsyncClient, ada: Person
) -> None:
    key = (await key_of(anonymous, ada.headers))["key"]
    async with process(settings, host="203.0.113.71") as client:
        for number in range(FREE):
            assert (await guess(client, number)).status_code == 401
        waits = [await guess(client, 90), await client.get(JOBS, headers=SERVICE)]
        assert [one.status_code for one in waits] == [429, 429]
        answers = [
            await client.get(ME, headers=bearer(key)),
            await client.get(ME, headers={"X-API-Key": key}),
            await client.get(ME, headers=ada.headers),
            await client.post(f"{AUTH}/refresh", json={"refresh_token": ada.refresh}),
        ]
        assert [one.status_code for one in answers] == [200] * 4
        assert (await client.get(ME, headers=bearer(new_key().text))).status_code == 401, "and a wrong one is none"


async def test_a_dead_key_asks_for_a_row_once_a_second_and_a_restored_one_opens_at_once(
    here: httpx2.AsyncClient, anonymous: httpx2.AsyncClient, settings: Settings, ada: Person
) -> None:
    made = await key_of(anonymous, ada.headers)
    async with process(settings) as other:
        await anonymous.delete(f"{KEYS}/{made['id']}", headers=ada.headers)
        for client in (here, other):
            assert (await client.get(ME, headers=bearer(made["key"]))).status_code == 401
        restored = await anonymous.post(f"{KEYS}/{made['id']}/restore", headers=ada.headers)
        assert restored.status_code == 200
        for client in (here, other):
            assert (await client.get(ME, headers=bearer(made["key"]))).status_code == 200


async def test_they_are_counted_apart_and_logged_now_and_then(
    here: httpx2.AsyncClient, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    before = await scrape(client)
    dead = new_key().text
    for _ in range(4):
        await here.get(JOBS, headers=bearer(dead))
    told = {name: count for name, count in risen(before, await scrape(client)).items() if "credentials" in name}
    assert told == {"wrong_credentials_total{kind=key,result=dead}": 4}
    lines = [one.msg for one in caplog.records if isinstance(one.msg, dict) and one.msg["event"] == "dead_credential"]
    assert [(one["kind"], one["address"], one["route"]) for one in lines] == [
        ("key", "203.0.113.70", f"GET {JOBS}"),
    ]
    assert dead[8:30] not in caplog.text
