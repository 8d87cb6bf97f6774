"""Several models of providers.toml through every process: who answers, what it costs, and a start that is refused."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import REFUSED_CODE, Settings
from tests.conftest import empty
from tests.rig.stack import Stack, eventually, running

JOBS = "/api/v1/jobs"
FILE = """
[providers.one]
base_url = "{url}"
api_key_env = "ONE_KEY"
[providers.played]
kind = "simulated"
[models.small]
provider = "one"
model = "vendor/small"
price = {{ input = 1000, output = 2000 }}
[models.large]
provider = "one"
[models.free]
provider = "played"
[aliases]
default = ["small", "large"]
cheap = ["free"]
"""


@pytest.fixture(scope="module")
async def stack(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Stack]:
    await empty(open_database)
    async with running(settings, tmp_path_factory.mktemp("providers")) as stack:
        await stack.scripted_model()
        path = stack.folder / "providers.toml"
        path.write_text(FILE.format(url=stack.environment["OPENAI_BASE_URL"]))
        stack.environment |= {"PROVIDERS_FILE": str(path), "ONE_KEY": "sk-only-for-tests"}
        yield stack


@pytest.fixture(scope="module")
async def client(stack: Stack) -> httpx2.AsyncClient:
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    return client


async def ended(client: httpx2.AsyncClient, **job: Any) -> dict[str, Any]:
    """Submit a job and return it when it has ended."""
    answer = await client.post(JOBS, json={"type": "summarize", "input": {"text": "A text of some words."}, **job})
    assert answer.status_code == 202, answer.text
    shown: dict[str, Any] = {}

    async def is_final() -> bool:
        shown.update((await client.get(f"{JOBS}/{answer.json()['id']}")).json())
        return shown["status"] in {"completed", "failed"}

    await eventually(is_final, what="the job ends")
    return shown


@pytest.mark.parametrize(
    ("name", "provider", "model", "cost"),
    [
        (None, "one", "vendor/small", lambda job: job["prompt_tokens"] * 0.001 + job["completion_tokens"] * 0.002),
        ("small", "one", "vendor/small", lambda job: job["prompt_tokens"] * 0.001 + job["completion_tokens"] * 0.002),
        ("large", "one", "large", lambda _: None),
        ("cheap", "played", "simulated-1", lambda _: 0),
    ],
)
async def test_the_model_that_a_job_names_answers_and_has_its_price(
    client: httpx2.AsyncClient,
    name: str | None,
    provider: str,
    model: str,
    cost: Callable[[dict[str, Any]], float | None],
) -> None:
    job = await ended(client, model=name)
    assert (job["status"], job["provider"], job["model"]) == ("completed", provider, model)
    assert job["requested_model"] == (name or "default")
    wanted = cost(job)
    assert job["cost_usd"] == (None if wanted is None else pytest.approx(wanted))


@pytest.mark.parametrize(
    ("name", "limit", "code"),
    [("small", 0.5, "cost_limit"), ("large", 100, "price_unknown"), ("default", 100, "price_unknown")],
)
async def test_a_limit_that_cannot_be_kept_ends_the_job(
    client: httpx2.AsyncClient, name: str, limit: float, code: str
) -> None:
    job = await ended(client, model=name, max_cost_usd=limit)
    assert (job["status"], job["error"]["code"], job["cost_usd"]) == ("failed", code, None)


async def test_what_was_spent_is_summed(client: httpx2.AsyncClient) -> None:
    jobs = [await ended(client, model="small") for _ in range(2)]
    found = (await client.get("/api/v1/costs", params={"group_by": "model"})).json()
    by_model = {one["key"]: one for one in found["items"]}
    assert by_model["vendor/small"]["jobs"] >= 2
    assert by_model["vendor/small"]["cost_usd"] >= sum(job["cost_usd"] for job in jobs) - 1e-9


@pytest.mark.parametrize(
    ("role", "environment", "line"),
    [
        ("worker", {"ONE_KEY": ""}, "[providers.one] api_key_env: the variable ONE_KEY is not set"),
        ("scheduler", {"PROVIDERS_FILE": "missing.toml"}, "PROVIDERS_FILE: missing.toml cannot be read"),
        ("worker", {"RETRY_SCHEDULES": "magic=5"}, "RETRY_SCHEDULES: no error class 'magic'"),
    ],
)
async def test_a_mistake_ends_the_start_with_one_line(
    stack: Stack, role: str, environment: dict[str, str], line: str
) -> None:
    process = stack.python(role, "-m", "app", role, **environment)
    assert await asyncio.to_thread(process.popen.wait, 120) == REFUSED_CODE
    said = [one for one in process.log.read_bytes().decode().splitlines() if one]
    assert len(said) == 1
    assert line in said[0]
