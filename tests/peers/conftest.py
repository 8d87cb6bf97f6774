"""A stack with two workers, and in front of it programs that nobody here wrote, each on a port of this machine."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, build_opener

import httpx2
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.settings import Settings
from app.llm.base import LOCAL_MODEL_NAME
from tests.conftest import ROOT, empty
from tests.peers.four_slots import SLOT_TOKENS, SLOTS
from tests.rig.forked import INHERITED
from tests.rig.ports import free_port
from tests.rig.stack import Process, Stack, eventually, running

PEERS = ROOT / ".cache" / "peers"
UP_WITHIN_S = 120.0
WORKERS = 2
MASTER_KEY = "sk-only-for-tests"
ROWS = text("SELECT id, status, error, error_code, attempt - refunds AS spent, refusals, result FROM jobs")
AIMOCK = "node_modules/@copilotkit/aimock/dist/cli.js"
_OPENER = build_opener(ProxyHandler({}))


@dataclass(slots=True)
class Peer:
    """One of them: its process, and its address without a path."""

    process: Process
    url: str

    def get(self, path: str) -> Any:
        """Return the JSON of one of its own endpoints."""
        with _OPENER.open(f"{self.url}{path}", timeout=10) as answer:
            return json.load(answer)

    def log(self) -> str:
        """Return what it wrote so far."""
        return self.process.log.read_text("utf-8", "replace")


@dataclass(slots=True)
class Peers:
    """The stack as a client sees it, and the peers by name."""

    client: httpx2.AsyncClient
    database: Database
    by_name: dict[str, Peer]

    async def run(self, jobs: Sequence[Mapping[str, Any]], *, within_s: float) -> list[Any]:
        """Submit jobs at once and return their rows in that order when all have ended."""
        answer = await self.client.post("/api/v1/jobs/batch", json={"jobs": list(jobs)})
        assert answer.status_code == 202, answer.text
        ids = [one["id"] for one in answer.json()["jobs"]]
        found: dict[str, Any] = {}

        async def are_final() -> bool:
            found.update({str(row.id): row for row in await self.database.rows(ROWS)})
            return all(found[one].status in {"completed", "failed"} for one in ids)

        await eventually(are_final, within_s=within_s, what=f"{len(ids)} jobs end")
        return [found[one] for one in ids]


def ends(rows: Sequence[Any]) -> list[tuple[str, str | None]]:
    """Return how jobs ended: status, and the code of the error."""
    return [(row.status, row.error_code) for row in rows]


def _litellm(folder: Path, model_url: str) -> Path:
    """Write the proxy's configuration: one model with limits, and the same without."""
    path = folder / "litellm.json"  # JSON is YAML
    asked = {"model": f"openai/{LOCAL_MODEL_NAME}", "api_base": f"{model_url}/v1", "api_key": "none"}
    content = {
        "model_list": [
            {"model_name": "limited", "litellm_params": {**asked, "rpm": 8, "tpm": 30_000}},
            {"model_name": "free", "litellm_params": asked},
        ],
        "general_settings": {"master_key": MASTER_KEY},
        "router_settings": {
            "routing_strategy": "usage-based-routing-v2",
            "enable_pre_call_checks": True,
            "num_retries": 0,
        },
    }
    path.write_text(json.dumps(content))
    return path


def _fixtures(folder: Path) -> Path:
    """Write what aimock answers."""
    path = folder / "fixtures.json"
    found = [
        {"match": {"userMessage": "Categories:"}, "response": {"content": json.dumps({"category": "history"})}},
        {"match": {"userMessage": "mill"}, "response": {"content": "The old mill now makes electricity."}},
    ]
    path.write_text(json.dumps({"fixtures": found}))
    return path


def _arguments(stack: Stack, name: str, port: int, urls: Mapping[str, str]) -> list[str]:
    """Return the command that starts a peer."""
    llmock = [str(PEERS / "bin/llmock"), "serve", "--host", "127.0.0.1", "--port", str(port)]
    llmock += ["--log-level", "warning", "--response-style", "hello"]
    match name:
        case "slots":
            return [sys.executable, "-m", "tests.peers.four_slots", str(port)]
        case "litellm":
            config = _litellm(stack.folder, urls["slots"])
            options = ["--config", str(config), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
            return [str(PEERS / "bin/litellm"), *options]
        case "llmock":
            return [*llmock, "--rpm", "60", "--tpm", "40000", "--error-rate", "503=0.15", "--error-rate", "500=0.1"]
        case "llmock-stream":
            faults = ("truncate=0.15", "disconnect=0.1", "malformed=0.1", "stall=0.05")
            stalls = ["--stream-stall-seconds", "30"]
            return [*llmock, *(part for fault in faults for part in ("--stream-fault", fault)), *stalls]
    rates = {"ratelimit": "0.2", "drop": "0.15", "malformed": "0.1", "disconnect": "0.1"}
    chaos = [part for kind, rate in rates.items() for part in (f"--chaos-{kind}", rate)]
    return ["node", str(PEERS / AIMOCK), "-p", str(port), "-f", str(_fixtures(stack.folder)), *chaos]


HEALTH = {
    "slots": "/health",
    "litellm": "/health/liveliness",
    "llmock": "/_llmock/requests",
    "llmock-stream": "/_llmock/requests",
    "aimock": "/health",
}


async def start(stack: Stack) -> dict[str, Peer]:
    """Start all of them, and wait until each answers."""
    assert (PEERS / ".installed").exists(), "`make test-peers` installs them"
    ports = {name: free_port() for name in HEALTH}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    own = {"HOME": str(stack.folder), "LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONUNBUFFERED": "1"}
    theirs = {name: stack.environment[name] for name in INHERITED if name in stack.environment} | own
    outside = Stack(stack.settings, stack.folder, theirs, stack.processes)  # they must not find our DATABASE_URL
    found = {
        name: Peer(outside.start(name, _arguments(stack, name, port, urls)), urls[name]) for name, port in ports.items()
    }
    for name, peer in found.items():
        await eventually(_answers(peer, HEALTH[name]), within_s=UP_WITHIN_S, what=f"{name} answers")
    return found


def _answers(peer: Peer, path: str) -> Callable[[], bool]:
    def check() -> bool:
        assert peer.process.is_alive, peer.log()
        try:
            peer.get(path)
        except (OSError, ValueError):
            return False
        return True

    return check


def providers_toml(peers: Mapping[str, Peer]) -> str:
    """Return the file that makes them providers."""
    own = {"slots": f"calls_at_once = {SLOTS // WORKERS}", "llmock-stream": "stream = true"}
    providers = [
        f'[providers.{name}]\nbase_url = "{peer.url}/v1"\napi_key_env = "PEERS_KEY"\n{own.get(name, "")}'
        for name, peer in peers.items()
    ]
    models = {
        "slots": f'provider = "slots"\nmodel = "{LOCAL_MODEL_NAME}"\ncontext_tokens = {SLOT_TOKENS}',
        **{name: f'provider = "litellm"\n{more}' for name, more in _BEHIND_LITELLM.items()},
        **{name: f'provider = "{name}"\nmodel = "gpt-4o"' for name in ("llmock", "llmock-stream", "aimock")},
    }
    return "\n".join([*providers, *(f"[models.{name}]\n{keys}" for name, keys in models.items())])


_BEHIND_LITELLM = {
    "limited": f"context_tokens = {SLOT_TOKENS}",
    "free": f"context_tokens = {SLOT_TOKENS}",
    "boundless": 'model = "free"',  # what it holds is not said
    "gone": "",
}


@pytest.fixture(scope="session")
async def peers(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[Peers]:
    await empty(open_database)
    patience = {"RETRY_SCALE": "0.1", "LLM_TIMEOUT_S": "60"}
    async with running(settings, tmp_path_factory.mktemp("peers"), **patience) as stack:
        found = await start(stack)
        path = stack.folder / "providers.toml"
        path.write_text(providers_toml(found))
        stack.environment |= {"PROVIDERS_FILE": str(path), "PEERS_KEY": MASTER_KEY}
        for _ in range(WORKERS):
            await stack.worker()
        client = await stack.api()
        stack.scheduler()
        yield Peers(client, open_database, found)
