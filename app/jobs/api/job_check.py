"""Checks new jobs against their types and the settings; beside the event loop where a check may take long."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError

from app.auth import key_limits
from app.auth.caller import Caller
from app.auth.key_limits import ModelNotAllowedError
from app.core import words
from app.core.clock import thread_s
from app.core.errors import FieldError, InvalidError, NotFoundError
from app.jobs.api.job_update import JobUpdate
from app.jobs.api.resources import Resources
from app.jobs.schemas import JobCreate
from app.llm.catalog import DEFAULT, UnknownModelError
from app.processors import registry
from app.processors.base import JobType
from app.processors.in_threads import in_thread

MAX_METADATA_BYTES = 16_384
MAX_CHECK_S = 5.0  # of processor time for the jobs of one request; a job takes a tenth of a second at worst

JobAt = tuple[str, JobCreate]  # a job, behind the pointer to it in the body


@dataclass(slots=True)
class Budget:
    """How much processor time is left for the checks of one request."""

    left_s: float = MAX_CHECK_S


async def faults_in(resources: Resources, jobs: Sequence[JobAt], budget: Budget | None = None) -> list[FieldError]:
    """Return what is wrong with jobs; a batch, and a type that says so, is checked in a thread.

    `budget` is that of the request, where its jobs are not checked at once.
    """
    if len(jobs) == 1 and not _is_long(jobs[0][1]):
        return _faults_of(resources, *jobs[0])
    return await in_thread(_faults_of_all, resources, jobs, budget or Budget())


def _is_long(job: JobCreate) -> bool:
    job_type = registry.get(job.type)
    return job_type is not None and job_type.checked_in_thread


def _faults_of_all(resources: Resources, jobs: Sequence[JobAt], budget: Budget) -> list[FieldError]:
    faults: list[FieldError] = []
    for pointer, one in jobs:
        if budget.left_s <= 0:
            reason = f"not checked: those before it took {MAX_CHECK_S:g} s; send fewer jobs in one batch"
            return [*faults, FieldError(pointer, reason)]
        started_s = thread_s()
        faults += _faults_of(resources, pointer, one)
        budget.left_s -= thread_s() - started_s
    return faults


def refuse_beyond_key(caller: Caller, wanted: JobCreate) -> None:
    """Refuse a job that the caller's key may not submit; `wanted` is valid.

    Raises: TypeNotAllowedError; NotFoundError for a model, as for one that is not there.
    """
    try:
        key_limits.refuse_job(caller, wanted.type, requested_model(wanted))
    except ModelNotAllowedError as error:
        raise NotFoundError(error.detail, code="model_not_found") from None


def requested_model(wanted: JobCreate) -> str | None:
    """Return the name of the model that a job asks, None where its type asks none; `wanted` is valid."""
    job_type = registry.get(wanted.type)
    return (wanted.model or DEFAULT) if job_type is not None and job_type.prompt else None


def check_update(resources: Resources, update: JobUpdate) -> None:
    """Check what is to be changed of a job against the settings. Raises: InvalidError."""
    if faults := _faults_of_place(resources, "#", update):
        raise InvalidError(f"{faults[0].pointer}: {faults[0].detail}", errors=faults)


def _faults_of_place(resources: Resources, pointer: str, given: JobCreate | JobUpdate) -> list[FieldError]:
    faults: list[FieldError] = []
    queues = resources.settings.queues
    if given.queue is not None and given.queue not in queues:
        faults.append(FieldError(f"{pointer}/queue", f"no queue {given.queue!r}; there are: {', '.join(queues)}"))
    if given.metadata is not None and len(json.dumps(given.metadata)) > MAX_METADATA_BYTES:
        faults.append(FieldError(f"{pointer}/metadata", f"longer than {MAX_METADATA_BYTES} bytes as JSON"))
    return faults


def _faults_of(resources: Resources, pointer: str, job: JobCreate) -> list[FieldError]:
    faults = _faults_of_place(resources, pointer, job)
    job_type = registry.get(job.type)
    if job_type is None:
        known = ", ".join(one.name for one in registry.all_types())
        return [*faults, FieldError(f"{pointer}/type", f"no job type {job.type!r}; there are: {known}")]
    context_tokens = None
    try:
        context_tokens = _context_tokens(resources, job_type, job.model)
    except ValueError as error:
        faults.append(FieldError(f"{pointer}/model", str(error)))
    return faults + _faults_of_input(job_type, job.input, f"{pointer}/input", context_tokens)


def _context_tokens(resources: Resources, job_type: JobType[Any, Any], model: str | None) -> int | None:
    """Return the context that an input must fit: the smallest of the models that may be asked. Raises: ValueError."""
    if not job_type.prompt:
        if model is not None:
            raise ValueError(f"{job_type.name} asks no model")
        return None
    try:
        return resources.catalog.context_tokens(model or DEFAULT)
    except UnknownModelError as error:
        raise ValueError(str(error)) from None


def _faults_of_input(
    job_type: JobType[Any, Any], given: Mapping[str, Any], pointer: str, context_tokens: int | None
) -> list[FieldError]:
    try:
        value: BaseModel = job_type.input_model.model_validate(given)
    except ValidationError as error:
        return field_errors(error.errors(include_url=False), pointer)
    reason = job_type.check(value, context_tokens) if job_type.check else None
    return [FieldError(pointer, reason)] if reason else []


def field_errors(errors: Sequence[Any], pointer: str) -> list[FieldError]:
    """Turn Pydantic's errors into ours; `pointer` is where the validated value stands in the body."""
    return [
        FieldError("/".join([pointer, *(str(part) for part in error["loc"])]), words.of_body(error)) for error in errors
    ]
