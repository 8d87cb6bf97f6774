"""What authentication and limits cost a submit, and how signing in behaves: `python -m load_test.bench_auth`.

The same submits go in turns to the API with authentication stubbed out, and to the API with a key, without limits of
requests and with them. Then wrong passwords: for accounts that exist and that do not, and many at once.
"""

import asyncio
import json
from collections.abc import Mapping
from statistics import median
from typing import Annotated, Any

import httpx2
import typer
from redis import Redis
from rich.console import Console
from rich.table import Table

from app.core.broker_messages import list_key, priority_step
from app.jobs.broker_buffer import DEFAULT, open_key
from load_test import rig, sign_ins
from load_test.bench_submit import BODY, ROOM, Peer, load, take_messages
from load_test.rig import Rig

STUBBED, KEY, LIMITED = "stubbed out", "API key", "API key, limits"
FIGURES = ("per_s", "p99_ms", "cpu_us")
MOST_TIMES = 1.15  # of the API's processor time for a submit with authentication stubbed out
MOST_APART = 0.05
MOST_HEALTH_MS = 200.0


def main(
    *,
    requests: Annotated[int, typer.Option(min=100, help="Requests a run.")] = 6_000,
    connections: Annotated[int, typer.Option(min=1, help="How many connections send at once.")] = 32,
    rounds: Annotated[int, typer.Option(min=1, help="Runs of each; their median counts.")] = 6,
    tries: Annotated[int, typer.Option(min=8, help="Sign-ins for known and for unknown accounts each.")] = 200,
    at_once: Annotated[int, typer.Option(min=1, help="How many sign in at once beside /health.")] = 20,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Measure what it costs to know who asks. Exits with 1 when an aim is missed."""
    with rig.running() as servers:
        figures: dict[str, Any] = _submits(servers, requests=requests, connections=connections, rounds=rounds)
        url = servers.api("sign-ins", TRUSTED_PROXIES="127.0.0.1", REQUESTS_PER_MINUTE_OF_ADDRESS="0")
        figures["sign-ins"] = asyncio.run(_sign_ins(url, tries, at_once))
    missed = [name for name, (value, most) in aims(figures).items() if value > most]
    if as_json:
        typer.echo(json.dumps(figures, indent=2))
    else:
        _print(figures, connections)
    if missed:
        raise typer.Exit(1)


def aims(figures: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return each figure that has an aim, with the most that it may be."""
    signed = figures["sign-ins"]
    return {
        "submit by a key, times stubbed out": (_times(figures, KEY), MOST_TIMES),
        "the same with limits of requests": (_times(figures, LIMITED), MOST_TIMES),
        "known and unknown accounts apart": (abs(signed["known"] / signed["unknown"] - 1), MOST_APART),
        "slowest /health beside sign-ins, ms": (signed["slowest_health_ms"], MOST_HEALTH_MS),
    }


def _times(figures: Mapping[str, Any], name: str) -> float:
    """Return the median, over the rounds, of how much more a submit cost than the stubbed one of the same round."""
    pairs = zip(figures[STUBBED], figures[name], strict=True)
    ratios: list[float] = [one["cpu_us"] / stubbed["cpu_us"] for stubbed, one in pairs]
    return median(ratios)


async def _sign_ins(url: str, tries: int, at_once: int) -> dict[str, float]:
    return await sign_ins.known_and_unknown(url, tries) | await sign_ins.slowest_health(url, at_once)


def _submits(servers: Rig, *, requests: int, connections: int, rounds: int) -> dict[str, list[dict[str, Any]]]:
    redis = Redis.from_url(servers.redis_url)
    redis.set(open_key("default"), ROOM)
    messages = list_key("default", priority_step(DEFAULT))
    limits = {KEY: "0", LIMITED: "1000000000"}
    peers = [
        Peer(STUBBED, servers.serve(STUBBED, "load_test.peers_auth:without_authentication"), messages),
        *(
            Peer(name, servers.serve(name, "load_test.peers_auth:with_authentication", REQUESTS_PER_HOUR=most))
            for name, most in limits.items()
        ),
    ]
    key = _key(peers[1].url)
    body = servers.folder / "body.json"
    body.write_text(json.dumps(BODY))
    figures: dict[str, list[dict[str, Any]]] = {peer.name: [] for peer in peers}
    for number in range(-1, rounds):
        first = number % len(peers)  # each comes first, second and last in turn: they find another table
        runs = [*peers[first:], *peers[:first]]
        for peer in runs:
            pid, count = servers.pids[peer.name], requests if number >= 0 else requests // 10
            before_s = rig.cpu_s(pid)
            run = load(peer, str(body), count, connections, token=key)
            run["cpu_us"] = (rig.cpu_s(pid) - before_s) / count * 1e6
            if set(run["statuses"]) != {"202"}:
                raise SystemExit(f"{peer.name} answered {run['statuses']}; its log: {servers.logs}")
            take_messages(redis, messages, count)
            if number >= 0:
                figures[peer.name].append({name: run[name] for name in FIGURES})
                told = f"{run['per_s']:8.0f}/s  p99 {run['p99_ms']:6.1f} ms  {run['cpu_us']:6.0f} µs"
                rig.progress(f"  round {number + 1}  {peer.name:<16} {told}")
    return figures


def _key(url: str) -> str:
    """Return an API key of a new user."""
    with httpx2.Client(base_url=url, timeout=60) as client:
        user = {"email": "bench@example.org", "name": "bench", "password": "the mill stood still"}
        made = client.post(sign_ins.USERS, json=user, headers={"X-Service-Token": rig.TOKEN})
        made.raise_for_status()
        form = {"username": user["email"], "password": user["password"]}
        access = client.post(sign_ins.LOGIN, data=form).json()["access_token"]
        shown = client.post(
            "/api/v1/keys", json={"description": "bench"}, headers={"Authorization": f"Bearer {access}"}
        )
        shown.raise_for_status()
        key: str = shown.json()["key"]
        return key


def _print(figures: Mapping[str, Any], connections: int) -> None:
    console = Console()
    table = Table(title=f"POST /api/v1/jobs, {connections} connections, one API process, medians")
    for column in ("authentication", "requests/s", "p99 ms", "processor µs", "times stubbed out"):
        table.add_column(column, justify="left" if column == "authentication" else "right")
    for name in (STUBBED, KEY, LIMITED):
        medians = (median(run[one] for run in figures[name]) for one in FIGURES)
        table.add_row(name, *(f"{one:,.1f}" for one in medians), f"{_times(figures, name):.3f}")
    console.print(table)
    signed = figures["sign-ins"]
    console.print(
        f"  signing in: {signed['known']:.1f} ms where the account exists, {signed['unknown']:.1f} ms where not; "
        f"{signed['sign_ins_per_s']:.0f} a second at once"
    )
    for name, (value, most) in aims(figures).items():
        console.print(f"  {name:<38} {value:8.3f}   aim ≤ {most:<6g} {'met' if value <= most else 'NOT met'}")


if __name__ == "__main__":
    typer.run(main)
