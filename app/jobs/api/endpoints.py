"""The HTTP face of the jobs room."""

import math
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.auth.asking import Reader, Writer, actor_of, refuse_blind, require
from app.auth.caller import Right
from app.core import conditional, paging
from app.core.application_state import part_of
from app.core.clock import utc_now
from app.core.conditional import NOT_MODIFIED
from app.core.errors import FieldError, InvalidError
from app.core.problems import Handler, StrictRequest, StrictRoute
from app.core.request_model import NAME, Flag
from app.core.root_path import link
from app.core.strict_json import LARGE_BYTES
from app.jobs import listing
from app.jobs.api import service, submission
from app.jobs.api.batch_body import LINES, ArrivingJobs, BatchBody, BatchLines
from app.jobs.api.idempotency import Idempotency, fingerprint
from app.jobs.api.job_update import JobUpdate
from app.jobs.api.resources import CurrentResources, Resources
from app.jobs.api.submission import Accepted
from app.jobs.api.submit_document import KEY, KEY_HEADER, SUBMIT_HEADERS
from app.jobs.listing import Sort
from app.jobs.repository.job_filter import JobFilter
from app.jobs.schemas import (
    BatchCreate,
    BatchOut,
    Instant,
    JobCreate,
    JobDetail,
    JobId,
    JobOut,
    JobPage,
    JobTypeOut,
    as_job,
)
from app.jobs.states import FINAL, ShownStatus
from app.processors import registry
from app.processors.base import schema_of


class _SubmitRoute(StrictRoute):
    """Calls the endpoint itself when the body is as it should be.

    FastAPI's way there takes a sixth of a submit's time; it is left for what is to be refused.
    """

    async def answer(self, request: StrictRequest, handler: Handler) -> Response:
        """Answer without FastAPI if that will do."""
        require(request.state.caller, Right.JOBS_WRITE)
        body = await request.usual_body(self.endpoint.__annotations__["body"])
        answer: Response = await (handler(request) if body is None else self.endpoint(request, body))
        return answer


class _BatchRoute(_SubmitRoute):
    """Reads a batch job by job, unless it is so small that it may as well be read at once."""

    other_media = LINES

    async def answer(self, request: StrictRequest, handler: Handler) -> Response:
        """Answer a small batch as a job, a large one, and one of lines, as it comes."""
        require(request.state.caller, Right.JOBS_WRITE)
        max_bytes = part_of(request.app, Resources).settings.body_max_bytes
        try:
            if request.media_type in LINES:
                return await _submit_as_it_comes(request, BatchLines(request.stream(), job_max_bytes=max_bytes))
            chunks = await request.unless_within(min(LARGE_BYTES, max_bytes))
            if chunks is not None:
                return await _submit_as_it_comes(request, BatchBody(chunks, job_max_bytes=max_bytes))
        except ClientDisconnect:
            raise HTTPException(400, "There was an error parsing the body") from None
        return await super().answer(request, handler)


router = APIRouter(prefix="/api/v1", tags=["jobs"], route_class=StrictRoute)
SUBMIT_PATH = "/api/v1/jobs"
BATCH_PATH = f"{SUBMIT_PATH}/batch"
POLL_S = 1


def _key_of(request: Request) -> str | None:
    key = request.headers.get(KEY_HEADER)
    if key is not None and not KEY.fullmatch(key):
        fault = FieldError(f"#header/{KEY_HEADER}", "1 to 255 visible ASCII characters")
        raise InvalidError(f"{fault.pointer}: {fault.detail}", errors=[fault])
    return key


def _idempotency(request: Request, body: BaseModel) -> Idempotency | None:
    key = _key_of(request)
    if key is None:
        return None
    hashed = fingerprint(body.model_dump(mode="json", exclude_unset=True))
    return Idempotency(_route_of(request), key, hashed)


def _route_of(request: Request) -> str:
    return f"{request.method} {get_route_path(request.scope)}"


def _accepted(request: Request, accepted: Accepted) -> Response:
    headers = {"Retry-After": str(POLL_S)}
    if accepted.job_id is not None:
        headers["Location"] = link(request, f"{SUBMIT_PATH}/{accepted.job_id}")
    if accepted.due_at is not None:
        headers["Retry-After"] = str(max(POLL_S, math.ceil((accepted.due_at - utc_now()).total_seconds())))
    if accepted.replayed:
        headers["Idempotency-Replayed"] = "true"
    return Response(accepted.content, submission.ACCEPTED, headers=headers, media_type="application/json")


async def submit_job(request: Request, body: JobCreate) -> Response:
    """Accept a job: it is stored when this answers, and runs as soon as it can."""
    key = _idempotency(request, body)
    return _accepted(
        request,
        await submission.submit(part_of(request.app, Resources), actor_of(request), body, key=key),
    )


async def submit_jobs(request: Request, body: BatchCreate) -> Response:
    """Accept up to 10,000 jobs in one transaction; when any is not valid none is stored.

    As `application/x-ndjson` each line of the body is a job; `#/jobs/3` in an error is the fourth of them.
    """
    key = _idempotency(request, body)
    return _accepted(
        request,
        await submission.submit_batch(part_of(request.app, Resources), actor_of(request), body.jobs, key=key),
    )


async def _submit_as_it_comes(request: Request, body: ArrivingJobs) -> Response:
    key = _key_of(request)
    return _accepted(
        request,
        await submission.submit_arriving(
            part_of(request.app, Resources),
            actor_of(request),
            body.jobs(),
            key=None if key is None else partial(Idempotency, _route_of(request), key),
        ),
    )


def add_submits(application: APIRouter) -> None:
    """Put both on the application's own router: in an included one FastAPI looks for each request's route twice."""
    for path, endpoint, model, route in (
        (SUBMIT_PATH, submit_job, JobOut, _SubmitRoute),
        (BATCH_PATH, submit_jobs, BatchOut, _BatchRoute),
    ):
        application.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            status_code=submission.ACCEPTED,
            response_model=model,
            tags=["jobs"],
            openapi_extra=SUBMIT_HEADERS,
            route_class_override=route,
        )


@router.get("/jobs", openapi_extra=listing.METADATA_PARAMETER)
async def list_jobs(  # noqa: PLR0917 - FastAPI passes by name
    request: Request,
    response: Response,
    resources: CurrentResources,
    caller: Reader,
    status: Annotated[ShownStatus | None, Query(description="Only jobs in this state.")] = None,
    type: Annotated[str | None, Query(pattern=NAME, description="Only jobs of this type.")] = None,  # noqa: A002 - the parameter's public name
    queue: Annotated[str | None, Query(pattern=NAME, description="Only jobs of this queue.")] = None,
    created_from: Annotated[Instant | None, Query(description="Created at or after this time.")] = None,
    created_to: Annotated[Instant | None, Query(description="Created before this time.")] = None,
    id_prefix: Annotated[str | None, Query(description="The first characters of the id.", max_length=36)] = None,
    sort: Annotated[
        Sort, Query(description="By when they were created or ended; `-`: latest first. By their end: only ended ones.")
    ] = Sort.NEWEST,
    count: Annotated[
        Literal["estimate"] | None, Query(description="`estimate`: say how many there are on all pages, roughly.")
    ] = None,
    cursor: paging.Cursor = None,
    limit: paging.PageSize = 20,
) -> JobPage:
    """List jobs without their inputs and results, newest first unless `sort` says otherwise.

    A cursor belongs to the order it was made in.
    """
    low, high = paging.id_range(id_prefix)
    wanted = JobFilter(
        status=status,
        type=type,
        queue=queue,
        created_from=created_from,
        created_to=created_to,
        id_from=low,
        id_to=high,
        metadata=listing.metadata_of(request.query_params.multi_items()),
        sort=sort,
        after=listing.decode(cursor, sort),
    )
    if wanted.metadata:
        refuse_blind(caller)  # a filter tells what it finds
    page, following = await service.find_page(resources, caller, wanted, limit=limit, count=count is not None)
    return page if following is None else paging.with_cursor(page, following, request, response)


@router.get("/jobs/{job_id}", response_model=JobDetail, responses=NOT_MODIFIED, openapi_extra=conditional.PARAMETER)
async def get_job(request: Request, resources: CurrentResources, caller: Reader, job_id: JobId) -> Response:
    """Return a job with its input, result, attempts and history."""
    peeked = await service.peek(resources, caller, job_id)
    headers = {"ETag": peeked.etag, "Cache-Control": "no-store"}
    if peeked.row.status not in FINAL:
        headers["Retry-After"] = str(POLL_S)
    if conditional.is_known(request, peeked.etag):
        return Response(status_code=304, headers=headers)
    detail = await service.detail(resources, caller, peeked)
    return Response(detail.model_dump_json(), headers=headers, media_type="application/json")


@router.patch("/jobs/{job_id}", response_model=JobOut, openapi_extra=conditional.MATCH_PARAMETER)
async def update_job(
    request: Request, resources: CurrentResources, caller: Writer, job_id: JobId, body: JobUpdate
) -> Response:
    """Change a job that waits: where it stands, when it may start and must end, how often it is tried, its metadata."""
    if_match = conditional.if_match(request)
    peeked = await service.update(resources, caller, job_id, body, if_match=if_match)
    content = as_job(peeked.row).model_dump_json()
    headers = {"ETag": peeked.etag, "Cache-Control": "no-store"}
    return Response(content, headers=headers, media_type="application/json")


@router.delete("/jobs/{job_id}", status_code=204)
async def delete_job(
    resources: CurrentResources,
    caller: Writer,
    job_id: JobId,
    force: Annotated[Flag, Query(description="Cancel a processing job first.")] = False,  # noqa: FBT002
) -> None:
    """Delete a job with its history."""
    await service.remove(resources, caller, job_id, force=force)


@router.post("/jobs/{job_id}/cancel")
async def cancel_job(resources: CurrentResources, caller: Writer, job_id: JobId) -> JobOut:
    """Ask for a job's end. A waiting job is cancelled at once; a running one as soon as its worker hears of it."""
    return await service.cancel(resources, caller, job_id)


@router.post("/jobs/{job_id}/retry")
async def retry_job(resources: CurrentResources, caller: Writer, job_id: JobId) -> JobOut:
    """Run a failed or cancelled job once more, with a full budget of attempts."""
    return await service.retry(resources, caller, job_id)


@router.get("/job-types", response_model=list[JobTypeOut])
async def list_job_types(_: Reader) -> list[dict[str, Any]]:
    """List the job types: what each takes and gives, as JSON Schema, with an example."""
    return [
        {
            "name": one.name,
            "title": one.title,
            "description": one.description,
            "input_schema": schema_of(one.input_model),
            "result_schema": schema_of(one.result_model),
            "example": one.example,
            "timeout_s": one.timeout_s,
            "prompt_version": one.prompt.version if one.prompt else None,
        }
        for one in registry.all_types()
    ]
