"""The services that run now, in the order of their start: added, scaled, listed, stopped in reverse."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from app.local import logpipe
from app.local.errors import LocalError
from app.local.output import Output
from app.local.process import ProcessSpec, kill_group
from app.local.supervised import Service

MOST_WORKERS = 64
WORKER = "worker-"


class Stack:
    """Every process that the runner answers for."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._services: list[Service] = []
        self._steps: set[int] = set()
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    async def add(self, spec: ProcessSpec, *, wait: bool = True) -> None:
        """Start a service, and wait until it is ready. Raises: LocalError when it will not be."""
        service = Service(spec, self._output)
        self._services.append(service)
        service.start()
        if wait:
            await service.first_ready()

    async def ready(self, names: Iterable[str]) -> None:
        """Wait until these services are ready. Raises: LocalError when one will not be."""
        wanted = set(names)
        await asyncio.gather(*(one.first_ready() for one in self._services if one.spec.name in wanted))

    async def step(self, spec: ProcessSpec) -> None:
        """Run a process that ends by itself. Raises: LocalError when it fails."""
        child = await logpipe.spawn(spec, self._output)
        self._steps.add(child.pid)
        try:
            code = await child.wait()
        finally:
            kill_group(child.pid)
            self._steps.discard(child.pid)
        if code != 0:
            raise LocalError(f"{spec.name} ended with code {code}: see above")

    def scale(self, count: int, worker: Callable[[int], ProcessSpec]) -> None:
        """Start or stop workers until `count` stay; the last ones go first, gracefully. Returns before they are gone.

        Raises: LocalError when the number is out of range or the stack stops.
        """
        if not 0 <= count <= MOST_WORKERS:
            raise LocalError(f"between 0 and {MOST_WORKERS} workers are possible")
        if self._closed:
            raise LocalError("it is stopping")
        staying = [service for service in self._workers() if service.status.state != "stopping"]
        for service in staying[count:]:
            task = asyncio.create_task(self._remove(service))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)
        used = {_number(service) for service in self._workers()}
        free = (number for number in range(1, 2 * MOST_WORKERS + 1) if number not in used)
        for _ in range(count - len(staying)):
            service = Service(worker(next(free)), self._output)
            self._services.insert(self._workers_end(), service)
            service.start()

    def describe(self) -> list[dict[str, Any]]:
        """Return what is known of each service, as JSON values."""
        rows = (asdict(service.status) for service in self._services)
        return [{**row, "since": row["since"].isoformat(timespec="milliseconds")} for row in rows]

    def worker_pids(self) -> list[int]:
        """Return the processes of the workers that still live."""
        return [service.status.pid for service in self._workers() if service.status.pid is not None]

    async def stop(self) -> None:
        """Stop everything in reverse order, the workers together; each has its grace period."""
        self._closed = True
        while self._services:
            group = self._workers() if _is_worker(self._services[-1]) else self._services[-1:]
            await asyncio.gather(*(service.stop() for service in group))
            self._services = [service for service in self._services if service not in group]

    def kill(self) -> None:
        """End everything at once."""
        self._closed = True
        for service in self._services:
            service.kill()
        for pid in self._steps:
            kill_group(pid)

    async def _remove(self, service: Service) -> None:
        await service.stop()
        if service in self._services:
            self._services.remove(service)

    def _workers(self) -> list[Service]:
        return sorted(filter(_is_worker, self._services), key=_number)

    def _workers_end(self) -> int:
        """Return the place for a new worker: before whatever was started after the first ones."""
        after = ("scheduler", "flower")
        return next(
            (at for at, service in enumerate(self._services) if service.spec.name in after), len(self._services)
        )


def _is_worker(service: Service) -> bool:
    return service.spec.name.startswith(WORKER)


def _number(service: Service) -> int:
    return int(service.spec.name.removeprefix(WORKER))
