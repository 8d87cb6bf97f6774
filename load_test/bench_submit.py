"""How fast a submit is answered, beside FastAPI that only validates and beside the usual inline insert and send.

All three get the same requests from the same generator, one after another, several rounds; medians are compared.
"""

import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Annotated, Any

import typer
from redis import Redis
from rich.console import Console
from rich.table import Table

from app.core.broker_messages import list_key, priority_step
from app.core.clock import monotonic_s
from app.jobs.broker_buffer import DEFAULT, open_key
from load_test import rig
from load_test.peers_submit import QUEUE
from load_test.rig import Rig

BODY = {"type": "echo", "input": {"message": "The river is high today, and the mill runs at full load. " * 4}}
RUN_TIMEOUT_S = 300
ROOM = 10**9
SENT_WITHIN_S = 5.0
POLL_S = 0.01
FASTER_THAN_NAIVE = 4.0
OF_VALIDATE_ONLY = 0.4
P99_MS = 25.0


@dataclass(frozen=True, slots=True)
class Peer:
    """One server under load, and the broker's list on which its messages must arrive, one for each request."""

    name: str
    url: str
    messages: str | None = None


def main(
    *,
    requests: Annotated[int, typer.Option(min=100, help="Requests a run.")] = 12_000,
    connections: Annotated[int, typer.Option(min=1, help="How many connections send at once.")] = 32,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare Headrace's submit with validating alone and with the naive way."""
    with rig.running() as servers:
        figures = _measure(servers, requests=requests, connections=connections, rounds=rounds)
    medians = {name: {key: median(run[key] for run in runs) for key in FIGURES} for name, runs in figures.items()}
    if as_json:
        typer.echo(json.dumps(medians, indent=2))
    else:
        _print(medians, connections)


FIGURES = ("per_s", "p50_ms", "p99_ms")


def _measure(servers: Rig, *, requests: int, connections: int, rounds: int) -> Mapping[str, list[dict[str, Any]]]:
    redis = Redis.from_url(servers.redis_url)
    ours = list_key("default", priority_step(DEFAULT))
    # Every job is to be sent by the API itself, as the naive one does it: the most work that a submit can be. Said
    # before the API begins, since an idle one looks only now and then.
    redis.set(open_key("default"), ROOM)
    peers = (
        Peer("validate only", servers.serve("validate", "load_test.peers_submit:validate_only")),
        Peer("headrace", servers.api("headrace"), ours),
        Peer("naive", servers.serve("naive", "load_test.peers_submit:naive"), QUEUE),
    )
    body = servers.folder / "body.json"
    body.write_text(json.dumps(BODY))
    figures: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in peers}
    for number in range(-1, rounds):
        count = requests if number >= 0 else requests // 10
        for peer in peers:
            run = load(peer, str(body), count, connections)
            if run["statuses"] != {"202": count}:
                raise SystemExit(f"{peer.name} answered {run['statuses']}; its log: {servers.logs}")
            if peer.messages is not None:
                take_messages(redis, peer.messages, count)
            if number >= 0:
                figures[peer.name].append(run)
                told = f"{run['per_s']:8.0f}/s  p99 {run['p99_ms']:6.1f} ms"
                rig.progress(f"  round {number + 1}  {peer.name:<14} {told}")
    return figures


def take_messages(redis: Redis, key: str, count: int) -> None:
    """Wait until each request's message is there, and delete them. Raises: SystemExit when some do not come."""
    until_s = monotonic_s() + SENT_WITHIN_S
    while (arrived := int(redis.llen(key))) < count:
        if monotonic_s() > until_s:
            raise SystemExit(f"only {arrived} of {count} messages arrived at {key!r}")
        time.sleep(POLL_S)
    redis.delete(key)


def load(peer: Peer, body: str, requests: int, connections: int, *, token: str = rig.TOKEN) -> dict[str, Any]:
    """Submit one body so often, and return what `http_load` measured. Raises: CalledProcessError."""
    argv = (f"{peer.url}/api/v1/jobs", body, token, str(requests), str(connections))
    done = subprocess.run(  # noqa: S603 - our own command line
        (sys.executable, "-m", "load_test.http_load", *argv),
        check=True,
        capture_output=True,
        cwd=rig.ROOT,
        timeout=RUN_TIMEOUT_S,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _print(medians: Mapping[str, Mapping[str, float]], connections: int) -> None:
    ours, floor, naive = (medians[name] for name in ("headrace", "validate only", "naive"))
    table = Table(title=f"POST /api/v1/jobs, {connections} connections, one API process, medians")
    for column in ("", "requests/s", "p50 ms", "p99 ms", "of validate-only", "of naive"):
        table.add_column(column, justify="left" if not column else "right")
    for name, one in medians.items():
        table.add_row(
            name,
            *(f"{one[key]:,.1f}" for key in FIGURES),
            f"{one['per_s'] / floor['per_s']:.2f}",
            f"{one['per_s'] / naive['per_s']:.2f}",
        )
    _console.print(table)
    for what, value, goal, is_met in (
        ("of validate-only", ours["per_s"] / floor["per_s"], f"≥ {OF_VALIDATE_ONLY}", OF_VALIDATE_ONLY.__le__),
        ("times naive", ours["per_s"] / naive["per_s"], f"≥ {FASTER_THAN_NAIVE}", FASTER_THAN_NAIVE.__le__),
        ("p99 ms", ours["p99_ms"], f"≤ {P99_MS}", P99_MS.__ge__),
    ):
        _console.print(f"  {what:<18} {value:8.2f}   goal {goal:<8} {'met' if is_met(value) else 'NOT met'}")


_console = Console()

if __name__ == "__main__":
    typer.run(main)
