"""The HTTP face of queue control: queues and job types are read, paused, resumed and limited."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.auth.asking import OperatorActor, Reader
from app.core import paging
from app.core.application_state import FromState
from app.core.problems import StrictRoute
from app.core.request_model import NAME
from app.jobs.repository.flow_control import Scope
from app.jobs.schemas import JobPage
from app.ops.queues.schemas import ControlOut, Limit, QueuesOut
from app.ops.queues.service import Queues

router = APIRouter(prefix="/api/v1", tags=["queues"], route_class=StrictRoute)
CurrentQueues = Annotated[Queues, Depends(FromState(Queues))]
Name = Annotated[str, Path(pattern=NAME, description="The name of a queue or job type.")]


@router.get("/queues")
async def list_queues(queues: CurrentQueues, _: Reader) -> QueuesOut:
    """List queues and job types: what waits and runs of each, whether it is paused, and its limit."""
    return await queues.read()


@router.get("/queues/{name}/jobs")
async def list_queue_jobs(
    request: Request,
    response: Response,
    queues: CurrentQueues,
    caller: Reader,
    name: Name,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> JobPage:
    """List the jobs that are due and wait in a queue, in the order in which they will start."""
    after = paging.decode_cursor(cursor)
    page, last = await queues.find_backlog(caller, name, after=after, limit=limit)
    return page if last is None else paging.with_next(page, last, request, response)


@router.post("/queues/{name}/pause")
async def pause_queue(queues: CurrentQueues, actor: OperatorActor, name: Name) -> ControlOut:
    """Let no job of a queue start. Running jobs go on, submits are accepted. May be repeated."""
    return await queues.pause(actor, Scope.QUEUE, name)


@router.post("/queues/{name}/resume")
async def resume_queue(queues: CurrentQueues, actor: OperatorActor, name: Name) -> ControlOut:
    """Let the jobs of a queue start again, at once."""
    return await queues.resume(actor, Scope.QUEUE, name)


@router.put("/queues/{name}/limit")
async def limit_queue(queues: CurrentQueues, actor: OperatorActor, name: Name, body: Limit) -> ControlOut:
    """Let at most so many jobs of a queue run at once. Running ones go on; a lower limit is reached as they end."""
    return await queues.limit(actor, Scope.QUEUE, name, max_running=body.max_running)


@router.post("/job-types/{name}/pause")
async def pause_job_type(queues: CurrentQueues, actor: OperatorActor, name: Name) -> ControlOut:
    """Let no job of a type start, in any queue; jobs of other types overtake them."""
    return await queues.pause(actor, Scope.TYPE, name)


@router.post("/job-types/{name}/resume")
async def resume_job_type(queues: CurrentQueues, actor: OperatorActor, name: Name) -> ControlOut:
    """Let the jobs of a type start again, at once."""
    return await queues.resume(actor, Scope.TYPE, name)


@router.put("/job-types/{name}/limit")
async def limit_job_type(queues: CurrentQueues, actor: OperatorActor, name: Name, body: Limit) -> ControlOut:
    """Let at most so many jobs of a type run at once, over all queues and workers."""
    return await queues.limit(actor, Scope.TYPE, name, max_running=body.max_running)
