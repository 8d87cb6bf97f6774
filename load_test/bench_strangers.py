"""What strangers and clumsy callers cost the API: its memory, and how late it answers meanwhile.

`python -m load_test.bench_strangers`: bodies of many shapes up to the limits to every route, without and with the
token; then 2,000 idle connections and 200 slow uploads at once.
"""

import asyncio
import json
import re
import resource
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from app.core.clock import monotonic_s
from load_test import rig
from load_test.hostile_bodies import BATCHES, SHAPES, Shape

BATCH = "/api/v1/jobs/batch"
LIMITS = {BATCH: 31_900_000, "/api/v1/session": 8_000}
USUAL_LIMIT = 1_490_000
IDLE, UPLOADS = 2000, 200
UPLOAD_STEPS, STEP_S, STEP_BYTES = 40, 0.25, 2000
SIDE_BY_SIDE = 4
MEMORY_AIM_MB, LIVE_AIM_S = 60, 0.5
CALM_S = 3.0  # after which the API has given back what the first bodies took
RESET_PEAK = "5"  # of VmHWM. Source: proc(5), clear_refs
OK = 200
DOCUMENT = Path(__file__).parents[1] / "docs" / "openapi.json"


def _rss_mb(pid: int, name: str = "VmRSS") -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text(RESET_PEAK)


def _routes() -> Iterator[tuple[str, str]]:
    for path, verbs in json.loads(DOCUMENT.read_text("utf-8"))["paths"].items():
        for verb in verbs:
            yield verb.upper(), re.sub(r"{[^}]+}", "01a2007e-55ab-75a9-938d-01e576015f74", path)


async def _ask(port: int, method: str, path: str, body: bytes, *, token: str = "") -> int:
    """Send one request over a connection of its own; return the status, 0 when it was cut off."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"{method} {path} HTTP/1.1", "Host: h", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    if token:
        lines.append(f"X-Service-Token: {token}")
    if path == "/api/v1/session":
        lines.append("Origin: http://h")
    try:
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode())
        with suppress(ConnectionError):
            writer.write(body)
            await writer.drain()
        head = await reader.readline()
        await reader.read()
        return int(head.split()[1]) if head else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()


class Watch:
    """How late /live answers, and the most memory, while a block runs."""

    def __init__(self, port: int, pid: int) -> None:
        """Begin with nothing seen."""
        self.port, self.pid = port, pid
        self.slowest_s = 0.0
        self.most_mb = 0.0  # of all blocks
        self._ends = False

    @asynccontextmanager
    async def over(self, name: str) -> AsyncIterator[None]:
        """Watch a block, and print what was seen."""
        before_mb, self.slowest_s, self._ends = _rss_mb(self.pid), 0.0, False
        _forget_peak(self.pid)
        watching = asyncio.create_task(self._until_the_end())
        started_s = monotonic_s()
        yield
        self._ends = True
        await watching
        most_mb = _rss_mb(self.pid, "VmHWM")
        self.most_mb = max(self.most_mb, most_mb)
        print(  # noqa: T201 - its output
            f"{name:56} {most_mb - before_mb:+7.1f} MB at most, "
            f"{_rss_mb(self.pid) - before_mb:+6.1f} MB after, slowest /live {self.slowest_s:.3f} s, "
            f"in {monotonic_s() - started_s:.1f} s"
        )

    async def _until_the_end(self) -> None:
        while not self._ends:
            asked_s = monotonic_s()
            status = await _ask(self.port, "GET", "/live", b"")
            self.slowest_s = max(self.slowest_s, monotonic_s() - asked_s if status == OK else float("inf"))
            await asyncio.sleep(0.01)


async def _flood(port: int, routes: list[tuple[str, str]], shapes: dict[str, Shape], token: str) -> Counter[int]:
    turns = asyncio.Semaphore(SIDE_BY_SIDE)
    statuses: Counter[int] = Counter()

    async def one(method: str, path: str, body: bytes) -> None:
        async with turns:
            statuses[await _ask(port, method, path, body, token=token)] += 1

    for shape in shapes.values():
        bodies = {size: shape(size) for size in {LIMITS.get(path, USUAL_LIMIT) for _, path in routes}}
        await asyncio.gather(*(one(*route, bodies[LIMITS.get(route[1], USUAL_LIMIT)]) for route in routes))
    return statuses


async def _slow_upload(port: int, token: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    end, parts = b"\r\n--b--\r\n", b"slow text " * (STEP_BYTES // 10)
    size = len(head) + UPLOAD_STEPS * len(parts) + len(end)
    writer.write(
        b"POST /api/v1/files HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        b"X-Service-Token: %b\r\nContent-Length: %d\r\n\r\n%b" % (token.encode(), size, head)
    )
    for _ in range(UPLOAD_STEPS):
        writer.write(parts)
        await writer.drain()
        await asyncio.sleep(STEP_S)
    writer.write(end)
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status


async def _crowd(watch: Watch, token: str) -> None:
    idle = [await asyncio.open_connection("127.0.0.1", watch.port) for _ in range(IDLE)]
    async with watch.over(f"{IDLE} idle connections, {UPLOADS} slow uploads"):
        statuses = await asyncio.gather(*(_slow_upload(watch.port, token) for _ in range(UPLOADS)))
        ready = await _ask(watch.port, "GET", "/ready", b"")
    print(f"{'':44} uploads {dict(Counter(statuses))}, /ready {ready}")  # noqa: T201
    for _, writer in idle:
        writer.close()


async def _run(port: int, pid: int) -> None:
    watch = Watch(port, pid)
    usual = [route for route in _routes() if route[1] != BATCH]
    await _flood(port, usual, {"warm up": SHAPES["one long text"]}, rig.TOKEN)
    await asyncio.sleep(CALM_S)
    before_mb = _rss_mb(pid)
    for name, token in (("without a token", ""), ("with the token", rig.TOKEN)):
        for what, shape in SHAPES.items():
            async with watch.over(f"{name}: {what}"):
                statuses = await _flood(port, usual, {what: shape}, token)
            if 0 in statuses or max(statuses) >= 500:  # noqa: PLR2004
                print(f"{'':44} answers {dict(statuses)}")  # noqa: T201
        for what, shape in (SHAPES | BATCHES).items():
            async with watch.over(f"{name}, a batch: {what}"):
                statuses = await _flood(port, [("POST", BATCH)], {what: shape}, token)
            print(f"{'':44} answers {dict(statuses)}")  # noqa: T201
    await _crowd(watch, rig.TOKEN)
    await asyncio.sleep(CALM_S)
    print(  # noqa: T201
        f"memory {before_mb:.0f} MB before all of it, {watch.most_mb - before_mb:+.0f} MB at most, "
        f"{_rss_mb(pid) - before_mb:+.0f} MB after it; aims: +{MEMORY_AIM_MB} MB at most, /live within {LIVE_AIM_S} s"
    )


def main() -> None:
    """Run all of it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with rig.running() as servers:
        url = servers.api()
        asyncio.run(_run(urlsplit(url).port or 0, servers.pids["api"]))


if __name__ == "__main__":
    main()
