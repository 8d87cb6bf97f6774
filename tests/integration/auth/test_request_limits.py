"""How many requests who may make: users, their keys, bursts, strangers by address; and what each answer tells of it."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import OWN, client_of, process
from tests.rig.exposition import risen, scrape
from tests.rig.people import AUTH, KEYS, ME, PASSWORD, SERVICE, USERS, bearer, key_of, log_in, person

JOBS, SESSION = "/api/v1/jobs", "/api/v1/session"
AWAY = SecretStr("redis://127.0.0.1:1/0")


async def statuses(client: httpx2.AsyncClient, times: int, headers: dict[str, str], path: str = ME) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for _ in range(times)]


async def test_two_keys_and_a_token_of_one_user_share_his_hour(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=20) as client:
        ada, bob = await person(client), await person(client)
        first = bearer((await key_of(client, ada.headers))["key"])
        second = bearer((await key_of(client, ada.headers))["key"])
        seen = [*await statuses(client, 6, first), *await statuses(client, 6, second)]
        assert [*seen, *await statuses(client, 8, ada.headers)] == [200] * 18 + [429] * 2
        answer = await client.get(ME, headers=second)
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_requests")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["ratelimit-policy"] == '"burst";q=300;w=60, "hour";q=20;w=3600'
        wait_s = int(answer.headers["retry-after"])
        assert 1 <= wait_s <= 3600
        assert answer.headers["ratelimit"].endswith(f', "hour";r=0;t={wait_s}')
        assert f"20 requests an hour. Try again in {wait_s} s." in answer.json()["detail"]
        assert (await client.get(ME, headers=bob.headers)).status_code == 200
        assert await statuses(client, 30, SERVICE) == [200] * 30


async def test_each_answer_tells_how_many_are_left(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=100) as client:
        ada = await person(client)
        answers = [await client.get(path, headers=ada.headers) for path in (ME, "/api/v1/jobs/none", f"{KEYS}?x=1")]
        left = [one.headers["ratelimit"].split('"hour";r=')[1].split(";")[0] for one in answers]
        assert left == ["99", "98", "97"]
        assert "ratelimit" not in (await client.get(ME, headers=SERVICE)).headers


async def test_a_browser_that_polls_uses_up_no_hour(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=10) as client:
        ada = await person(client)
        await client.post(SESSION, json={"username": ada.email, "password": PASSWORD}, headers=OWN)
        assert await statuses(client, 40, {}, SESSION) == [200] * 40
        assert await statuses(client, 1, ada.headers) == [200]
        assert (await client.get(SESSION)).headers["ratelimit-policy"] == '"burst";q=300;w=60'


async def test_a_burst_is_less_than_the_hour_and_for_a_browser_too(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=400, requests_burst=20) as client:
        ada = await person(client)
        await client.post(SESSION, json={"username": ada.email, "password": PASSWORD}, headers=OWN)
        assert await statuses(client, 12, {}, SESSION) == [200] * 12
        assert await statuses(client, 12, ada.headers) == [200] * 8 + [429] * 4
        refused = await client.get(ME, headers=ada.headers)
        assert "within a minute" in refused.json()["detail"]
        assert int(refused.headers["retry-after"]) <= 60


async def test_an_administrator_gives_one_user_another_limit(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=10) as client:
        ada = await person(client)

        async def allow(most: int | None) -> None:
            changed = await client.patch(f"{USERS}/{ada.id}", json={"requests_per_hour": most}, headers=SERVICE)
            assert (changed.status_code, changed.json()["requests_per_hour"]) == (200, most)

        assert 429 in await statuses(client, 11, ada.headers)
        await allow(30_000)
        answer = await client.get(ME, headers=ada.headers)
        assert answer.headers["ratelimit-policy"] == '"burst";q=1000;w=60, "hour";q=30000;w=3600'
        await allow(0)
        answer = await client.get(ME, headers=ada.headers)
        assert (answer.status_code, "ratelimit" in answer.headers) == (200, False)
        await allow(None)
        assert await statuses(client, 1, ada.headers) == [429]
        wrong = await client.patch(f"{USERS}/{ada.id}", json={"requests_per_hour": -1}, headers=SERVICE)
        assert wrong.status_code == 422


async def test_a_key_may_have_a_limit_beside_its_users(settings: Settings, redis: Redis) -> None:
    async with process(settings) as client:
        ada = await person(client)
        made = await key_of(client, ada.headers, requests_per_hour=3)
        assert await statuses(client, 5, bearer(made["key"])) == [200] * 3 + [429] * 2
        answer = await client.get(ME, headers=bearer(made["key"]))
        assert answer.headers["ratelimit-policy"].endswith('"key";q=3;w=3600')
        assert await statuses(client, 1, ada.headers) == [200]
        rotated = await client.post(f"{KEYS}/{made['id']}/rotate", headers=ada.headers)
        assert rotated.json()["requests_per_hour"] == 3
        of_service = await key_of(client, SERVICE, requests_per_hour=2)
        assert await statuses(client, 3, bearer(of_service["key"])) == [200, 200, 429]


async def test_what_one_limit_refuses_costs_nothing_of_the_others(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=20, requests_burst=12) as client:
        ada = await person(client)
        await client.post(SESSION, json={"username": ada.email, "password": PASSWORD}, headers=OWN)
        made = await key_of(client, ada.headers, requests_per_hour=3)
        assert await statuses(client, 20, bearer(made["key"])) == [200] * 3 + [429] * 17
        assert await statuses(client, 9, {}, SESSION) == [200] * 8 + [429], "12 in a minute, of which a key was made"
    async with process(settings, requests_per_hour=4, requests_burst=12) as client:
        eve = await person(client)
        await client.post(SESSION, json={"username": eve.email, "password": PASSWORD}, headers=OWN)
        assert await statuses(client, 20, eve.headers) == [200] * 4 + [429] * 16
        assert await statuses(client, 8, {}, SESSION) == [200] * 8


async def test_the_service_account_has_a_setting_of_its_own(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour_of_service=5, requests_per_hour=0) as client:
        assert await statuses(client, 7, SERVICE) == [200] * 5 + [429] * 2


async def test_two_processes_count_together(settings: Settings, redis: Redis) -> None:
    async with process(settings, requests_per_hour=100) as first, process(settings, requests_per_hour=100) as second:
        ada = await person(first)
        seen = [await statuses(one, 60, ada.headers) for one in (first, second)]
        assert 100 - 2 <= [*seen[0], *seen[1]].count(200) <= 100  # a block of 2


@pytest.mark.parametrize("way", ["session", "login", "refresh", "logout", "none", "key", "page"])
async def test_strangers_are_counted_by_their_address(
    settings: Settings, database: Database, redis: Redis, way: str
) -> None:
    async with process(settings, requests_per_minute_of_address=20) as client:
        answers = [await as_stranger(client, way) for _ in range(22)]
        assert [one.status_code for one in answers[20:]] == [429] * 2
        assert 429 not in [one.status_code for one in answers[:20]]
        assert answers[0].headers["ratelimit-policy"] == '"address";q=20;w=60'
        assert answers[0].headers["ratelimit"].startswith('"address";r=19;t=')
        assert answers[-1].json()["code"] == "too_many_requests"
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        for probe in ("/live", "/health", "/ready"):
            assert (await client.get(probe)).status_code == 200
        assert (await client.get(ME, headers=SERVICE)).status_code == 200, "who shows what is right is no stranger"
        assert (await client.post(SESSION, json={"token": TOKEN}, headers=OWN)).status_code == 429


async def as_stranger(client: httpx2.AsyncClient, way: str) -> httpx2.Response:
    unknown = {"refresh_token": "hr_refresh_x"}
    asked: dict[str, tuple[str, str, dict[str, Any]]] = {
        "session": ("POST", SESSION, {"json": {"token": "wrong", "code": "both"}, "headers": OWN}),
        "login": ("POST", f"{AUTH}/login", {"data": {}}),
        "refresh": ("POST", f"{AUTH}/refresh", {"json": unknown}),
        "logout": ("POST", f"{AUTH}/logout", {"json": unknown}),
        "none": ("GET", JOBS, {}),
        "key": ("GET", JOBS, {"headers": bearer("hr_live_damaged")}),
        "page": ("GET", "/docs", {}),
    }
    method, path, rest = asked[way]
    return await client.request(method, path, **rest)


async def test_an_ipv6_customer_is_one_stranger(
    app: FastAPI, settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings, host="2001:db8:1:2::1", requests_per_minute_of_address=5) as client:
        seen = []
        for number in range(7):
            async with client_of(client._transport.app, f"2001:db8:1:2::{number}") as one:  # type: ignore[attr-defined]
                seen.append((await one.get(JOBS)).status_code)
        assert seen == [401] * 5 + [429] * 2
        for other, expected in (("2001:db8:1:3::1", 401), ("::ffff:203.0.113.9", 401)):
            async with client_of(client._transport.app, other) as one:  # type: ignore[attr-defined]
                assert (await one.get(JOBS)).status_code == expected


async def test_without_redis_reads_and_submits_go_on_and_sign_ins_wait(
    anonymous: httpx2.AsyncClient, settings: Settings
) -> None:
    ada = await person(anonymous)
    anonymous.headers |= SERVICE
    tight: dict[str, Any] = {"requests_per_hour": 1, "requests_per_minute_of_address": 1, "redis_url": AWAY}
    async with process(settings, **tight) as client:
        before = await scrape(anonymous)
        job = {"type": "echo", "input": {"message": "x"}}
        for _ in range(4):
            assert (await client.get(ME, headers=ada.headers)).status_code == 200
            assert (await client.post(JOBS, json=job, headers=ada.headers)).status_code == 202
        waits = [
            await log_in(client, ada.email),
            await log_in(client, "nobody@example.org", "wrong"),
            await client.post(SESSION, json={"username": ada.email, "password": PASSWORD}, headers=OWN),
            await client.post(
                f"{AUTH}/password", json={"current": PASSWORD, "new": "a mill stood still"}, headers=ada.headers
            ),
        ]
        assert {(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in waits} == {
            (503, "sign_in_unavailable", "5")
        }
        renewed = await client.post(f"{AUTH}/refresh", json={"refresh_token": ada.refresh})
        assert renewed.status_code == 200, "nobody guesses one"
        told = {name: count for name, count in risen(before, await scrape(anonymous)).items() if "uncounted" in name}
        passed = told.pop("requests_uncounted_total{result=passed}")
        assert told == {"requests_uncounted_total{result=refused}": 4}
        assert passed >= 8 + 4


async def test_what_is_refused_is_counted_by_its_limit(client: httpx2.AsyncClient, settings: Settings) -> None:
    async with process(settings, requests_per_hour=2, requests_per_minute_of_address=1) as other:
        before = await scrape(client)
        ada = await person(client)
        await statuses(other, 4, ada.headers)
        await statuses(other, 4, {})
        told = {name: count for name, count in risen(before, await scrape(client)).items() if "limited" in name}
    assert told == {
        "requests_limited_total{limit=hour}": 2,
        "requests_limited_total{limit=address}": 3,
    }
