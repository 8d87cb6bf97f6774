"""Providers over HTTP: what is listed, and what operators change."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.settings import Settings
from app.governor.governor import Governor
from app.governor.limiter.capacity import capacity_of, rules_of
from app.governor.limiter.quota import Quota, Rate, parse_quota
from app.governor.limiter.scripts import Report, Scripts
from app.governor.overrides import Overrides
from app.governor.providers import Providers
from app.governor.states import CallResult
from app.llm.catalog_source import load_catalog
from tests.integration.governor.played_provider import PlayedProvider
from tests.integration.governor.provider_kit import LARGE, PROVIDERS, SMALL, fail, read
from tests.rig.audit import audit
from tests.rig.outage import without_redis


@pytest.fixture
def scripts(redis: Redis, settings: Settings) -> Scripts:
    return Scripts(redis, rules_of(settings))


async def test_providers_models_and_aliases_are_listed(client: httpx2.AsyncClient, provider: PlayedProvider) -> None:
    answer = (await client.get(PROVIDERS)).json()
    assert answer["aliases"] == {"default": ["small", "large"], "quick": ["small", "pretend"]}
    played, sim = answer["providers"]
    small, large = played["models"]
    assert (small["name"], small["model"], small["context_tokens"], small["vision"]) == (
        "small",
        "small-1",
        8192,
        False,
    )
    assert (large["name"], large["vision"], large["context_tokens"]) == ("large", True, None)
    assert (small["price"], large["price"]) == ({"input": 0.15, "output": 0.6}, None)  # unknown is not nothing
    assert played["host"] == provider.url.removeprefix("http://").removesuffix("/v1")
    assert (small["quota"]["configured"], large["quota"]["configured"]) == ("60/min,20000tok/min", "5/10s")
    assert small["quota"] == {
        "configured": "60/min,20000tok/min",
        "override": None,
        "advertised": None,
        "effective": "60/min,20000tok/min",
        "factor": 1.0,
        "requests_left": 60.0,
        "tokens_left": 20_000.0,
        "startable": small["quota"]["startable"],
        "next_start_s": 0.0,
        "reserved": 0,
        "rejected": 0,
    }
    assert small["quota"]["startable"] >= 1
    assert (sim["name"], sim["kind"], sim["host"]) == ("sim", "simulated", "")
    assert (sim["models"][0]["quota"]["configured"], sim["models"][0]["quota"]["startable"]) == (None, None)
    assert played["breaker"]["state"] == sim["breaker"]["state"] == "closed"


async def test_what_calls_take_is_no_longer_left(client: httpx2.AsyncClient, scripts: Scripts) -> None:
    caps = parse_quota("60/min,20000tok/min")
    begun_s = monotonic_s()
    for number in range(3):
        await scripts.admit(SMALL, caps, call=str(number), prompt_tokens=300, output_tokens=50, longest_wait_s=60)
    await scripts.admit(
        SMALL, caps, call="x", prompt_tokens=1, output_tokens=1, reservation="a job", longest_wait_s=0.0
    )
    quota = (await read(client))["models"][0]["quota"]
    passed_s = monotonic_s() - begun_s  # in which a call and some hundred tokens come back each second
    assert 55 <= quota["requests_left"] <= 57 + passed_s
    assert 19_000 <= quota["tokens_left"] < 19_500 + 20_000 / 60 * passed_s
    assert (quota["reserved"], quota["next_start_s"] > 1) == (1, True)


async def test_what_headers_advertise_is_shown_and_the_tighter_one_holds(
    client: httpx2.AsyncClient, scripts: Scripts
) -> None:
    verdict = await scripts.admit(SMALL, Quota(), call="c", prompt_tokens=1, output_tokens=1)
    advertised = Quota(Rate(30, 60), Rate(90_000, 60))
    await scripts.settle(SMALL, Quota(), "c", Report(CallResult.OK, verdict.tokens, 2, advertised=advertised))
    quota = (await read(client))["models"][0]["quota"]
    assert (quota["advertised"], quota["effective"]) == ("30/min,90000tok/min", "30/min,20000tok/min")


async def test_without_redis_the_catalogue_is_shown(client: httpx2.AsyncClient, app: FastAPI) -> None:
    with without_redis(app):
        found = await read(client)
    assert found["breaker"] is None
    assert (found["models"][1]["quota"]["configured"], found["models"][1]["quota"]["effective"]) == ("5/10s", None)


async def test_a_quota_is_changed_for_one_model_and_for_all_and_taken_back(
    client: httpx2.AsyncClient, database: Database
) -> None:
    path = f"{PROVIDERS}/played/quota"
    answer = await client.put(path, json={"model": "small", "quota": "300 per min, 100000 tok/min"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["small"]["override"] == answer.json()["small"]["effective"] == "300/min,100000tok/min"
    assert answer.json()["large"]["override"] is None
    answer = await client.put(path, json={"model": None, "quota": "7/s"})
    assert {name: one["effective"] for name, one in answer.json().items()} == {"small": "7/s", "large": "7/s"}
    answer = await client.put(path, json={"quota": ""})
    assert [(one["override"], one["effective"], one["startable"]) for one in answer.json().values()] == [
        ("", None, None)
    ] * 2
    answer = await client.put(path, json={"model": "large", "quota": None})
    assert (answer.json()["large"]["override"], answer.json()["large"]["effective"]) == (None, "5/10s")
    await client.put(path, json={"quota": None})
    assert [one["quota"]["override"] for one in (await read(client))["models"]] == [None, None]
    assert [line for line in await audit(database) if line[0] == "provider.quota"] == [
        ("provider.quota", "provider:played", {"model": "small", "quota": "300/min,100000tok/min"}),
        ("provider.quota", "provider:played", {"model": None, "quota": "7/s"}),
        ("provider.quota", "provider:played", {"model": None, "quota": ""}),
        ("provider.quota", "provider:played", {"model": "large", "quota": None}),
        ("provider.quota", "provider:played", {"model": None, "quota": None}),
    ]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"quota": "many"}, "#/quota", "bad_quota"),
        ({"quota": "0/min"}, "#/quota", "bad_quota"),
        ({"quota": "6/min", "model": "gpt"}, "#/model", "model_not_found"),
        ({"quota": "6/min", "model": "pretend"}, "#/model", "model_not_found"),
        ({"quota": 6}, "#/quota", "invalid_request"),
        ({}, "#/quota", "invalid_request"),
        ({"quota": "6/min", "more": 1}, "#/more", "invalid_request"),
    ],
)
async def test_a_bad_quota_is_refused_with_a_pointer(
    client: httpx2.AsyncClient, database: Database, body: dict[str, Any], pointer: str, code: str
) -> None:
    answer = await client.put(f"{PROVIDERS}/played/quota", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert await audit(database) == []


@pytest.mark.parametrize(
    ("method", "what"),
    [
        ("GET", "status"),
        ("GET", "metrics"),
        ("PUT", "quota"),
        ("POST", "breaker/open"),
        ("POST", "breaker/close"),
        ("POST", "breaker/reset"),
    ],
)
async def test_an_unknown_provider_is_not_found(
    client: httpx2.AsyncClient, database: Database, method: str, what: str
) -> None:
    body = {"quota": "6/min"} if method == "PUT" else None
    answer = await client.request(method, f"{PROVIDERS}/nobody/{what}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (404, "provider_not_found")
    assert "played, sim" in answer.json()["detail"]
    assert await audit(database) == []


async def test_every_process_follows_what_operators_ordered(
    client: httpx2.AsyncClient, database: Database, redis: Redis, providers: Providers, governed: Settings
) -> None:
    governor = Governor(
        governed, providers.catalog, redis, worker_id="w1", on_transition=lambda _: None, on_call=lambda _: None
    )
    overrides = Overrides(database, governor.limits)
    await client.put(f"{PROVIDERS}/played/quota", json={"model": "small", "quota": "7/s"})
    await client.post(f"{PROVIDERS}/played/breaker/open")
    await overrides.refresh()
    assert (governor.limits.of(SMALL), governor.limits.closed) == (Quota(Rate(7, 1)), frozenset({"played"}))
    await client.put(f"{PROVIDERS}/played/quota", json={"quota": None})
    await client.post(f"{PROVIDERS}/played/breaker/close")
    await overrides.refresh()
    assert str(governor.limits.of(SMALL)) == "60/min,20000tok/min"
    assert governor.limits.closed == set()


async def test_a_change_is_told_once_when_every_worker_has_heard_it(
    client: httpx2.AsyncClient, database: Database, redis: Redis, governed: Settings, providers: Providers
) -> None:
    """What a worker put off meanwhile by the old quota is tried again then."""
    heard_after_s = 0.3
    await client.put(f"{PROVIDERS}/played/quota", json={"quota": "5/s"})
    limits = capacity_of(governed, providers.catalog, redis).limits
    scheduler = Overrides(database, limits, heard_after_s=heard_after_s)
    assert await scheduler.enforce(redis) == []
    await asyncio.sleep(heard_after_s)
    assert await scheduler.enforce(redis) == [], "what held before this process began is no change"
    for change in (
        client.put(f"{PROVIDERS}/played/quota", json={"quota": "6/s"}),
        client.put(f"{PROVIDERS}/played/quota", json={"quota": None}),
        client.post(f"{PROVIDERS}/played/breaker/open"),
        client.post(f"{PROVIDERS}/played/breaker/close"),
    ):
        await change
        assert await scheduler.enforce(redis) == []
        assert await scheduler.enforce(redis) == [], "not heard yet"
        await asyncio.sleep(heard_after_s)
        assert await scheduler.enforce(redis) == ["played"]
        assert await scheduler.enforce(redis) == []


async def test_a_flushed_redis_does_not_reopen_what_an_operator_closed(
    client: httpx2.AsyncClient, redis: Redis, providers: Providers, scripts: Scripts
) -> None:
    await client.post(f"{PROVIDERS}/played/breaker/open")
    await redis.flushall()
    await providers.overrides.enforce(redis)
    assert (await scripts.admit(SMALL, Quota(), call="c", prompt_tokens=1, output_tokens=1)).word == "forced_open"
    await client.post(f"{PROVIDERS}/played/breaker/close")
    await redis.hset("headrace:breaker:played", "forced_open", 1)  # who wrote it had read the order before
    await providers.overrides.enforce(redis)
    assert (await scripts.admit(SMALL, Quota(), call="c", prompt_tokens=1, output_tokens=1)).is_granted


async def test_health_names_a_provider_that_fails_and_is_degraded(client: httpx2.AsyncClient, scripts: Scripts) -> None:
    assert (await client.get("/health")).json()["parts"]["providers"]["status"] == "ok"
    await fail(scripts, 5)
    answer = await client.get("/health")
    part = answer.json()["parts"]["providers"]
    assert (answer.status_code, part["status"], part["detail"]) == (
        200,
        "degraded",
        "The model small of played is failing; its jobs wait.",
    )
    await fail(scripts, 5, target=LARGE)
    part = (await client.get("/health")).json()["parts"]["providers"]
    assert part["detail"] == "played is failing; its jobs wait."
    await client.post(f"{PROVIDERS}/sim/breaker/open")
    assert "sim was closed by an operator" in (await client.get("/health")).json()["parts"]["providers"]["detail"]


async def test_metrics_have_breakers_and_what_is_left(client: httpx2.AsyncClient, app: FastAPI) -> None:
    await client.post(f"{PROVIDERS}/sim/breaker/open")
    lines = (await client.get("/metrics")).text.splitlines()
    assert 'headrace_breaker_state{provider="sim",state="forced_open"} 1.0' in lines
    assert 'headrace_breaker_state{provider="played",state="closed"} 1.0' in lines
    assert 'headrace_breaker_state{provider="played",state="open"} 0.0' in lines
    assert 'headrace_model_breaker_state{model="small-1",provider="played",state="closed"} 1.0' in lines
    assert 'headrace_quota_left{kind="requests",model="small-1",provider="played"} 60.0' in lines


async def test_a_catalogue_may_have_more_models_than_a_client_has_connections(
    redis: Redis, settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "many.toml"
    models = "".join(f'[models.m{number}]\nprovider = "one"\n' for number in range(250))
    path.write_text(f'[providers.one]\nbase_url = "http://127.0.0.1:9/v1"\n{models}')
    capacity = capacity_of(settings, load_catalog(settings.model_copy(update={"providers_file": path})), redis)
    assert len(await capacity.outlooks()) == 250
