"""A stack whose processes Prometheus scrapes, with our alerts, hurried."""

import json
import re
import signal
from dataclasses import dataclass, field
from typing import Any
from urllib.request import ProxyHandler, build_opener

import httpx2
import yaml

from app.core.database import Database
from tests.conftest import TOKEN
from tests.peers.servers import program
from tests.rig.exposition import RULES
from tests.rig.ports import free_port
from tests.rig.proxy import Proxy
from tests.rig.stack import Process, Stack, eventually

JOBS = "/api/v1/jobs"
# Two models: where the only one of a provider fails, the provider does.
PROVIDERS = """
[providers.openai]
base_url = "{base_url}"
api_key_env = "OPENAI_API_KEY"
[models.first]
provider = "openai"
[models.second]
provider = "openai"
"""
_OPENER = build_opener(ProxyHandler({}))


def hurried(expression: str) -> str:
    """Return a rule's expression for a test that waits seconds: shorter ranges and thresholds, the same question."""
    expression = re.sub(r"\[\d+m\]", "[60s]", expression)
    return re.sub(r"> 300$", "> 2", re.sub(r">= 10$", ">= 1", expression))


@dataclass
class Watched:
    """The stack, and Prometheus beside it."""

    stack: Stack
    database: Database
    line: Proxy  # from the stack to PostgreSQL
    broker_line: Proxy  # from a worker to the broker
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Process] = field(default_factory=dict)
    client: httpx2.AsyncClient = field(init=False)

    async def start(self) -> None:
        self.ports |= {name: free_port() for name in ("worker", "scheduler", "prometheus")}
        self.running["broker"] = self.stack.broker()
        provider = await self.stack.provider()
        path = self.stack.folder / "providers.toml"
        path.write_text(PROVIDERS.format(base_url=provider.base_url))
        self.stack.environment["PROVIDERS_FILE"] = str(path)
        self.client = await self.stack.api()
        self.running["api"] = self.stack.processes[-1]
        await self.worker()
        port = str(self.ports["scheduler"])
        self.running["scheduler"] = self.stack.scheduler(METRICS_PORT=port)
        self.stack.start("prometheus", self._prometheus())
        await eventually(self.has_scraped_all, what="Prometheus sees all processes")

    async def worker(self, **environment: str) -> None:
        given = {"METRICS_PORT": str(self.ports["worker"]), **environment}
        self.running["worker"] = await self.stack.worker(**given)

    async def end(self, name: str, number: int = signal.SIGKILL) -> None:
        self.running[name].signal(number)
        await self.running[name].ended()

    def _prometheus(self) -> list[str]:
        folder = self.stack.folder
        content = yaml.safe_load(RULES.read_text("utf-8"))
        for rule in content["groups"][0]["rules"]:
            rule["expr"] = hurried(rule["expr"])
            rule["for"] = "1s"
        (folder / "rules.yml").write_text(json.dumps(content))
        api = self.client.base_url
        jobs_ = {"api": f"{api.host}:{api.port}"} | {
            name: f"127.0.0.1:{self.ports[name]}" for name in ("worker", "scheduler")
        }
        (folder / "token").write_text(TOKEN)
        configuration: dict[str, Any] = {
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yml"],
            "scrape_configs": [
                {"job_name": f"headrace-{name}", "static_configs": [{"targets": [target]}]}
                | ({"authorization": {"credentials_file": "token"}} if name == "api" else {})
                for name, target in jobs_.items()
            ],
        }
        (folder / "prometheus.yml").write_text(json.dumps(configuration))
        listens = f"--web.listen-address=127.0.0.1:{self.ports['prometheus']}"
        stored = f"--storage.tsdb.path={folder / 'tsdb'}"
        return [program("prometheus", "prometheus"), f"--config.file={folder / 'prometheus.yml'}", listens, stored]

    def ask(self, path: str) -> Any:
        """Return the data of Prometheus' answer, None while it does not listen."""
        try:
            with _OPENER.open(f"http://127.0.0.1:{self.ports['prometheus']}/api/v1/{path}", timeout=10) as answer:
                return json.load(answer)["data"]
        except OSError:
            return None

    def has_scraped_all(self) -> bool:
        up = self.ask("query?query=sum(up)%20==%203")
        return bool(up and up["result"])

    def firing(self) -> set[str]:
        alerts = (self.ask("alerts") or {"alerts": []})["alerts"]
        return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

    async def forgive(self) -> None:
        """Close all breakers and end all waits."""
        assert (await self.client.post("/api/v1/providers/openai/breaker/reset")).status_code == 200

    async def submit(self, plan: str, count: int = 1, **changes: Any) -> None:
        body = {"type": "summarize", "input": {"text": f"[[plan:{plan}]]"}, "max_attempts": 1, **changes}
        for _ in range(count):
            answer = await self.client.post(JOBS, json=body)
            assert answer.status_code == 202, answer.text
