"""The queues and job types as an operator sees them: what waits, what runs, and the controls that hold jobs back."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from app.auth import audit
from app.auth.caller import Actor, Caller
from app.core.errors import FieldError, InvalidError, NotFoundError
from app.core.redis import REDIS_AWAY
from app.jobs.api import hidden
from app.jobs.api.resources import Resources
from app.jobs.broker_buffer import depths
from app.jobs.repository import backlog, flow_control, read, workers
from app.jobs.repository.counts import Count
from app.jobs.repository.flow_control import Control, Flow, Scope
from app.jobs.schemas import JobPage, as_summary
from app.jobs.states import ShownStatus
from app.ops.queues.schemas import ControlOut, QueueOut, QueuesOut, TypeFlowOut
from app.ops.stats.service import Stats
from app.processors import registry


class Queues:
    """Reads and controls queues and types; counts of waiting jobs may be as old as those of the statistics."""

    def __init__(self, resources: Resources, stats: Stats) -> None:
        self._resources = resources
        self._stats = stats

    async def read(self) -> QueuesOut:
        """Return every queue and type: of the settings and registry, and any that has jobs or a control."""
        database = self._resources.database
        snapshot = await self._stats.snapshot()
        found = await flow_control.read(database, counted=True)
        queues = self._names(Scope.QUEUE, snapshot.counts, found.controls)
        types = self._names(Scope.TYPE, snapshot.counts, found.controls)
        slots = workers.slots_of(snapshot.workers)
        ages_s = await backlog.oldest(database, queues)
        depth = await self._depths(queues)
        return QueuesOut(
            queues=[
                QueueOut(
                    **_flow_fields(Scope.QUEUE, name, found, snapshot.counts),
                    in_broker=depth.get(name),
                    slots=slots[name],
                    oldest_waiting_s=ages_s.get(name),
                )
                for name in queues
            ],
            types=[TypeFlowOut(**_flow_fields(Scope.TYPE, name, found, snapshot.counts)) for name in types],
        )

    def _names(self, scope: Scope, counts: Sequence[Count], controls: Sequence[Control]) -> list[str]:
        used = sorted(
            {getattr(row, scope.value) for row in counts} | {one.name for one in controls if one.scope == scope}
        )
        return list(dict.fromkeys([*self._known(scope), *used]))

    def _known(self, scope: Scope) -> list[str]:
        if scope is Scope.QUEUE:
            return [*self._resources.settings.queues]
        return [one.name for one in registry.all_types()]

    async def _depths(self, queues: Sequence[str]) -> dict[str, int]:
        try:
            return await depths(self._resources.redis, queues)
        except REDIS_AWAY:
            return {}

    async def _require(self, scope: Scope, name: str) -> None:
        if name in self._known(scope):  # most are; a pause that is needed now asks for no statistics
            return
        snapshot = await self._stats.snapshot()
        found = await flow_control.read(self._resources.database)
        names = self._names(scope, snapshot.counts, found.controls)
        if name not in names:
            what = "queue" if scope is Scope.QUEUE else "job type"
            raise NotFoundError(
                f"There is no {what} {name!r}; there are: {', '.join(names)}.", code=f"{scope}_not_found"
            )

    async def pause(self, actor: Actor, scope: Scope, name: str) -> ControlOut:
        """Let no job of a queue or type start; running ones go on, submits are accepted. Raises: NotFoundError."""
        return await self._change(actor, scope, name, "pause", flow_control.pause)

    async def resume(self, actor: Actor, scope: Scope, name: str) -> ControlOut:
        """Let jobs start again, at once. Raises: NotFoundError."""
        return await self._change(actor, scope, name, "resume", flow_control.resume)

    async def limit(self, actor: Actor, scope: Scope, name: str, *, max_running: int | None) -> ControlOut:
        """Let at most `max_running` jobs run at once, over all workers; None: any number. Raises: NotFoundError."""

        async def change(connection: AsyncConnection, scope: Scope, name: str) -> None:
            await flow_control.limit(connection, scope, name, max_running=max_running)

        detail = {"max_running": max_running}
        return await self._change(actor, scope, name, "limit", change, detail=detail)

    async def _change(
        self,
        actor: Actor,
        scope: Scope,
        name: str,
        action: str,
        change: Callable[[AsyncConnection, Scope, str], Awaitable[None]],
        *,
        detail: dict[str, Any] | None = None,
    ) -> ControlOut:
        await self._require(scope, name)
        async with self._resources.database.begin() as connection:
            await change(connection, scope, name)
            await audit.record(connection, actor, f"{scope}.{action}", name, detail=detail)
        found = await flow_control.read(self._resources.database, counted=True)
        return ControlOut(**_control_fields(scope, name, found))

    async def find_backlog(
        self, caller: Caller, queue: str, *, after: UUID | None, limit: int
    ) -> tuple[JobPage, UUID | None]:
        """Return a page of the caller's jobs that wait in a queue, next one first, and the id that it ended with.

        Raises: NotFoundError for an unknown queue; InvalidError when the job of the cursor has been deleted.
        """
        await self._require(Scope.QUEUE, queue)
        database = self._resources.database
        last = None if after is None else await read.get(database, caller.sees, after)
        if after is not None and last is None:
            fault = FieldError("#query/cursor", "the job it names has been deleted; begin again without it")
            raise InvalidError(f"{fault.pointer}: {fault.detail}", code="bad_cursor", errors=[fault])
        rows = await backlog.find_page(database, caller.sees, queue, after=last, limit=limit + 1)
        page = JobPage(items=[hidden.summary(caller, as_summary(row)) for row in rows[:limit]], next_cursor=None)
        return page, rows[limit - 1].id if len(rows) > limit else None


def _control_fields(scope: Scope, name: str, found: Flow) -> dict[str, Any]:
    control = found.find(scope, name)
    return {
        "name": name,
        "paused_at": control.paused_at if control else None,
        "max_running": control.max_running if control else None,
        "running": found.running[scope, name],
    }


def _flow_fields(scope: Scope, name: str, found: Flow, counts: Sequence[Count]) -> dict[str, Any]:
    by_status: Counter[str] = Counter()
    for row in counts:
        if getattr(row, scope.value) == name:
            by_status[row.status] += row.count
    return {
        **_control_fields(scope, name, found),
        "waiting": by_status[ShownStatus.PENDING],
        "scheduled": by_status[ShownStatus.SCHEDULED],
    }
