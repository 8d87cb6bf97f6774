"""Start the scripted server as a process and read what it saw."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

from tests.scripted_model.personalities import PERSONALITIES
from tests.scripted_model.witness import Record, read_calls

ROOT = Path(__file__).parents[2]
_OPENER = build_opener(ProxyHandler({}))  # no proxy on the way to this machine


@dataclass(frozen=True, slots=True)
class ScriptedModel:
    """A running server."""

    base_url: str
    log: Path

    def control(self, **wanted: Any) -> dict[str, Any]:
        """Change limits, outage, speed or account while it runs; return its state and what it has seen."""
        url = f"{self.base_url.removesuffix('/v1')}/control"
        request = Request(url, data=json.dumps(wanted).encode(), method="PUT")
        with _OPENER.open(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def url_of(self, personality: str) -> str:
        """Return the base URL under which this server is that provider."""
        return f"{self.base_url.removesuffix('/v1')}/as/{personality}/{PERSONALITIES[personality].root}"

    def calls(self, job: str) -> list[Record]:
        """Return the calls of one job so far."""
        return [record for record in read_calls(self.log) if record["job"] == job]


def command(log: Path, *, port: int = 0, **wanted: Any) -> tuple[str, ...]:
    """Return the arguments of Python that start a server, controlled as wanted."""
    options = ("--port", str(port), "--log", str(log), "--control", json.dumps(wanted))
    return ("-m", "tests.scripted_model", *options)


@contextmanager
def running(log: Path, **wanted: Any) -> Iterator[ScriptedModel]:
    """Run a server on a free port until the block ends."""
    with subprocess.Popen(
        (sys.executable, *command(log, **wanted)), cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[-1])
        try:
            yield ScriptedModel(f"http://127.0.0.1:{port}/v1", log)
        finally:
            process.terminate()
