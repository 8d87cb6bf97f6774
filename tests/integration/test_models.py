"""A job names a model of providers.toml or an alias; the answer to a wrong name says which there are."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from redis.asyncio import Redis

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import TOKEN
from tests.rig.applications import started

LONG_TEXT = "word " * 200_000
FILE = """
[providers.one]
kind = "simulated"
[models.wide]
provider = "one"
[models.narrow]
provider = "one"
context_tokens = 512
[models.tiny]
provider = "one"
context_tokens = 256
[aliases]
default = ["wide", "narrow"]
cramped = ["wide", "tiny"]
"""


@pytest.fixture
async def client(
    settings: Settings, database: Database, redis: Redis, tmp_path: Path
) -> AsyncIterator[httpx2.AsyncClient]:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    async with started(settings.model_copy(update={"providers_file": path})) as app:
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://headrace.test") as client:
            client.headers["X-Service-Token"] = TOKEN
            yield client


async def submit(client: httpx2.AsyncClient, text: str, model: str | None) -> httpx2.Response:
    body = {"type": "data_extraction", "input": {"text": text, "schema": {"total": "number"}}}
    return await client.post("/api/v1/jobs", json=body if model is None else {**body, "model": model})


@pytest.mark.parametrize("model", [None, "default", "wide", "narrow"])
async def test_a_job_keeps_the_name_that_it_gave(client: httpx2.AsyncClient, model: str | None) -> None:
    answer = await submit(client, "Total 5", model)
    assert answer.status_code == 202
    assert answer.json()["requested_model"] == (model or "default")


async def test_an_unknown_model_is_refused_with_the_known_names(client: httpx2.AsyncClient) -> None:
    answer = await submit(client, "Total 5", "big")
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"pointer": "#/model", "detail": "no model 'big'; there are: default, cramped, wide, narrow, tiny"}
    ]


@pytest.mark.parametrize(("model", "status"), [(None, 202), ("wide", 202), ("tiny", 422), ("cramped", 422)])
async def test_the_smallest_context_of_the_chain_must_have_room_for_the_question(
    client: httpx2.AsyncClient, model: str | None, status: int
) -> None:
    answer = await submit(client, "Total 5", model)
    assert answer.status_code == status
    if status == 422:
        assert "leave no room for a text in a context of 256 tokens" in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(("model", "status"), [("wide", 202), ("narrow", 422), (None, 422)])
async def test_a_text_must_fit_into_the_parts_that_the_smallest_context_allows(
    client: httpx2.AsyncClient, model: str | None, status: int
) -> None:
    answer = await submit(client, LONG_TEXT, model)
    assert answer.status_code == status
    if status == 422:
        assert "parts for a context of 512 tokens" in answer.json()["errors"][0]["detail"]
