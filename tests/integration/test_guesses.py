"""Guessing tokens and links over HTTP: 401, then 429 at every process, whatever Redis does."""

import asyncio
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from redis.asyncio import Redis

from app.auth import guard
from app.auth.guesses import FREE, LONGEST_S, Kind
from app.auth.resources import Resources
from app.auth.sessions import service as session
from app.core.application_state import part_of
from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.integration.guessing import JOBS, OWN, SESSION, client_of, guess, process
from tests.rig.exposition import risen, scrape


@pytest.mark.parametrize("away", [False, True])
async def test_a_right_token_is_answered_like_a_wrong_one_while_its_address_waits(
    settings: Settings, database: Database, redis: Redis, *, away: bool
) -> None:
    changes: dict[str, Any] = {"redis_url": SecretStr("redis://127.0.0.1:1/0")} if away else {}
    async with process(settings, **changes) as client:
        for number, way in enumerate(["header", "bearer", "session", "header", "bearer"]):
            assert (await guess(client, number, way)).status_code == 401
        answers = [
            await guess(client, 9),
            await guess(client, 9, "session"),
            await client.get(JOBS, headers={"X-Service-Token": TOKEN}),
            await client.post(SESSION, json={"token": TOKEN}, headers=OWN),
            await client.post(SESSION, json={"code": "any"}, headers=OWN),
        ]
        assert {(one.status_code, one.json()["code"], one.headers["retry-after"]) for one in answers} == {
            (429, "too_many_guesses", "1")
        }
        assert {one.json()["detail"] for one in answers} == {answers[0].json()["detail"]}
        assert "set-cookie" not in {name for one in answers for name in one.headers}
        assert (await client.get("/live")).status_code == 200
        assert (await client.get(JOBS)).status_code == 401, "who shows nothing guesses nothing"


async def test_links_are_guessed_no_faster(settings: Settings, database: Database, redis: Redis) -> None:
    code = await session.make_code(redis)
    async with process(settings) as client:
        answers = [(await guess(client, number, "code")).status_code for number in range(FREE + 1)]
        assert answers == [401] * FREE + [429]
        assert (await client.post(SESSION, json={"code": code}, headers=OWN)).status_code == 429
    async with process(settings, host="203.0.113.8") as other:
        assert (await other.post(SESSION, json={"code": code}, headers=OWN)).status_code == 204


async def test_guesses_at_several_processes_count_together(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as first, process(settings) as second, process(settings) as third:
        answers = [(await guess((first, second)[number % 2], number)).status_code for number in range(FREE)]
        assert answers == [401] * FREE
        assert (await guess((first, second)[(FREE - 1) % 2], 90)).status_code == 429
        await redis.zadd(guard._BLOCKS, {"203.0.113.7": 4e9})
        await part_of(third._transport.app, Resources).guard.hear()  # type: ignore[attr-defined]
        right = await third.get(JOBS, headers={"X-Service-Token": TOKEN})
        assert (right.status_code, int(right.headers["retry-after"]) > LONGEST_S) == (429, True)


@pytest.mark.parametrize("way", ["bearer", "session", "code"])
async def test_a_burst_of_guesses_is_no_way_around(
    settings: Settings, database: Database, redis: Redis, way: str
) -> None:
    async with process(settings) as client:
        answers = await asyncio.gather(*(guess(client, number, way) for number in range(50)))
    assert sorted(answer.status_code for answer in answers) == [401] * FREE + [429] * (50 - FREE)


async def test_an_old_token_that_goes_on_being_sent_locks_out_nobody(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as client, process(settings) as other:
        for _ in range(20):
            for one in (client, other):
                assert (await guess(one, 1, "bearer")).status_code == 401
        assert (await client.get(JOBS, headers={"X-Service-Token": TOKEN})).status_code == 200


@pytest.mark.parametrize("way", ["session", "code"])
async def test_at_the_sign_in_the_same_again_is_one_guess_more(
    settings: Settings, database: Database, redis: Redis, way: str
) -> None:
    async with process(settings) as client:
        answers = [(await guess(client, 1, way)).status_code for _ in range(FREE + 1)]
    assert answers == [401] * FREE + [429]


async def test_who_is_signed_in_stays_so_beside_one_who_guesses(
    settings: Settings, database: Database, redis: Redis
) -> None:
    async with process(settings) as client:
        await client.post(SESSION, json={"token": TOKEN}, headers=OWN)
        for number in range(FREE):
            await guess(client, number)
        assert (await client.get(JOBS)).status_code == 200
        assert (await client.get(JOBS, headers={"X-Service-Token": TOKEN})).status_code == 429


@pytest.mark.parametrize(
    ("trusted", "spoofed", "expected"),
    [
        ((), [f"198.51.100.{number}" for number in range(FREE + 1)], 429),  # nobody is believed
        (("203.0.113.7/32",), [f"198.51.100.{number}, 192.0.2.1" for number in range(FREE + 1)], 429),
        (("203.0.113.7/32",), [f"198.51.100.{number}" for number in range(FREE + 1)], 401),  # really others
    ],
)
async def test_addresses_are_those_behind_trusted_proxies(
    settings: Settings, database: Database, redis: Redis, trusted: tuple[str, ...], spoofed: list[str], expected: int
) -> None:
    async with process(settings, trusted_proxies=trusted) as client:
        for number, forwarded in enumerate(spoofed):
            headers = {"X-Service-Token": f"wrong-{number}", "X-Forwarded-For": forwarded}
            answer = await client.get(JOBS, headers=headers)
    assert answer.status_code == expected


async def test_each_guess_is_told_and_the_first_wait_audited(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    before = await scrape(client)
    async with client_of(app, "2001:db8::1") as guesser:
        for number in range(FREE + 3):
            await guess(guesser, number, "session")
        caplog.clear()
        part_of(app, Resources).guard.guesses._entries.clear()
        await part_of(app, Resources).guard.failed(  # the next after the wait
            await _request_of(guesser), "the-secret-guess", Kind.TOKEN
        )
    changed = {name: count for name, count in risen(before, await scrape(client)).items() if "credentials" in name}
    assert changed == {
        "wrong_credentials_total{kind=sign_in,result=wrong}": FREE,
        "wrong_credentials_total{kind=token,result=wrong}": 1,
        "wrong_credentials_total{kind=sign_in,result=refused}": 3,
    }
    (line,) = [record.msg for record in caplog.records if "wrong_credential" in str(record.msg)]
    assert isinstance(line, dict)
    shown = {name: line[name] for name in ("event", "kind", "address", "route", "guesses")}
    assert shown == {
        "event": "wrong_credential",
        "kind": "token",
        "address": "2001:db8::/64",
        "route": "GET /api/v1/jobs",
        "guesses": FREE + 1,
    }
    assert "the-secret-guess" not in caplog.text
    (audited,) = (await client.get("/api/v1/admin/audit")).json()["items"]
    assert (audited["actor"], audited["action"], audited["target"]) == (
        "gate",
        "guesses.blocked",
        "address:2001:db8::/64",
    )
    assert audited["detail"] == {"guesses": FREE, "kind": "sign_in", "route": f"POST {SESSION}"}


async def _request_of(client: httpx2.AsyncClient) -> Any:
    from starlette.requests import Request

    scope = {"type": "http", "method": "GET", "path": JOBS, "headers": [], "client": ("2001:db8::1", 1)}
    return Request(scope)
