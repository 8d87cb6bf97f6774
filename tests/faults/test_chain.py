"""A lone job whose chain begins with a dead model completes in its first attempt, however that one dies."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from app.core.database import Database
from tests.faults.asking import JOBS, wait_none_open
from tests.rig.invariants import check_invariants
from tests.rig.ports import free_port
from tests.rig.stack import Stack

LIMIT_S = 2  # of one call
ERROR = json.dumps({"error": {"message": "No.", "type": "error", "code": None, "param": None}}).encode()
WHOLE = json.dumps({"choices": [{"message": {"content": "Hello"}, "finish_reason": "stop"}]}).encode()
EVENT = b'data: {"choices": [{"index": 0, "delta": {"content": "Half of it"}, "finish_reason": null}]}\n\n'
# How the first model dies: what it sends (None: nothing, and the connection stays open), and what that is to us.
DEATHS: dict[str, tuple[bytes | None, str]] = {
    "refused": (None, "network"),
    "reset": (b"", "network"),
    "hang": (None, "timeout"),
    "slow": (b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 900\r\n\r\n{", "timeout"),
    "cut": (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\nconnection: close\r\n\r\n" + WHOLE[:20], "bad_response"),
    "page": (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 5\r\n\r\n<p>Hi", "bad_response"),
    "stream": (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n" + EVENT,
        "bad_response",
    ),
    **{
        str(status): (b"HTTP/1.1 %d X\r\ncontent-length: %d\r\n\r\n" % (status, len(ERROR)) + ERROR, kind)
        for status, kind in {
            500: "unavailable",
            503: "unavailable",
            401: "auth_failed",
            402: "insufficient_credits",
            404: "model_not_found",
            429: "rate_limited",
        }.items()
    },
}
STAYS_OPEN = {"hang", "slow"}
FILE = """
[providers.alive]
base_url = "{alive}"
[models.ok]
provider = "alive"
"""
DEAD = """
[providers.p{name}]
base_url = "http://127.0.0.1:{port}/{name}/v1"
stream = {stream}
[models.dead-{name}]
provider = "p{name}"
"""


@asynccontextmanager
async def dying() -> AsyncIterator[int]:
    """Serve one port on which each path dies in its own way."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            name = head.split(b" ", 2)[1].split(b"/")[1].decode()
            sent, _ = DEATHS[name]
            writer.write(sent or b"")
            await writer.drain()
            if name in STAYS_OPEN:
                await gone.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            gone.set()


async def begin(stack: Stack, port: int, **environment: str) -> Any:
    """Start a stack whose file has a chain for each death; return its API."""
    provider = await stack.provider()
    refusing = free_port()
    parts = [FILE.format(alive=provider.base_url)]
    parts += [
        DEAD.format(name=name, port=refusing if name == "refused" else port, stream=str(name == "stream").lower())
        for name in DEATHS
    ]
    chains = [f'chain-{name} = ["dead-{name}", "ok"]' for name in DEATHS]
    path = stack.folder / "providers.toml"
    path.write_text("\n".join([*parts, "[aliases]", *chains]))
    stack.environment |= {"PROVIDERS_FILE": str(path), "LLM_TIMEOUT_S": str(LIMIT_S), **environment}
    stack.broker()
    client = await stack.api()
    await stack.worker()
    stack.scheduler()
    return client, provider


async def submit(client: Any, **job: Any) -> str:
    answer = await client.post(JOBS, json={"type": "summarize", "input": {"text": "The mill was built."}, **job})
    assert answer.status_code == 202, answer.text
    found: str = answer.json()["id"]
    return found


async def test_a_lone_job_completes_in_its_first_attempt_however_its_first_model_dies(
    stack: Stack, database: Database
) -> None:
    async with dying() as port:
        client, provider = await begin(stack, port)
        ids = {name: await submit(client, model=f"chain-{name}") for name in DEATHS}
        await wait_none_open(database)
        await check_invariants(database, calls=provider.log)
        for name, (_, kind) in DEATHS.items():
            job = (await client.get(f"{JOBS}/{ids[name]}")).json()
            [attempt] = job["attempts"]
            assert (job["status"], job["attempts_used"], attempt["model"]) == ("completed", 1, "ok"), name
            assert attempt["fallback"] == f"dead-{name}: {kind}"
            explained = (await client.get(f"{JOBS}/{ids[name]}/explain")).json()
            assert explained["summary"].endswith(f" ok answered instead of dead-{name} ({kind}).")
        steps = {call["step"] for job in ids.values() for call in provider.calls(job)}
        assert steps == {"1.2"}


async def test_where_it_is_wanted_an_error_ends_the_attempt(stack: Stack, database: Database) -> None:
    async with dying() as port:
        client, provider = await begin(stack, port, FALLBACK_ON_ERROR="false")
        job = await submit(client, model="chain-401")
        await wait_none_open(database)
        shown = (await client.get(f"{JOBS}/{job}")).json()
        assert (shown["status"], shown["error"]["code"], provider.calls(job)) == ("failed", "auth_failed", [])


async def test_when_all_models_fail_the_job_says_what_each_of_them_did(stack: Stack, database: Database) -> None:
    async with dying() as port:
        client, provider = await begin(stack, port, RETRY_SCALE="0.01")
        provider.control(down="503")
        job = await submit(client, model="chain-404", max_attempts=2)
        await wait_none_open(database)
        error = (await client.get(f"{JOBS}/{job}")).json()["error"]
        assert error["code"] == "unavailable"
        assert error["message"].endswith("(dead-404: model_not_found, ok: unavailable)")
