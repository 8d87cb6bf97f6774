"""Prepares a claimed job: finds its job type and its model, and checks its input as this version takes it."""

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError

from app.core.database import Database
from app.jobs.repository import workers
from app.jobs.repository.eligibility import fingerprint
from app.jobs.rows import Claim
from app.llm import loading
from app.llm.base import Model
from app.llm.catalog import UnknownModelError
from app.processors import registry
from app.processors.base import ProcessorError
from app.processors.in_threads import in_thread

WRONG_WORKER_S = 5.0


class WrongWorker(Exception):  # noqa: N818 - nothing is wrong with either
    """This worker cannot run the job, and one of another version can. Costs no attempt."""

    def __init__(self, code: str, message: str) -> None:
        """Keep what this worker does not know."""
        super().__init__(message)
        self.kind, self.message, self.delay_s = code, message, WRONG_WORKER_S


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that the code of a job type is called with, but for its context."""

    job_type: registry.AnyJobType
    given: BaseModel
    model: Model


async def prepare(claim: Claim, database: Database, model_of: Callable[[str | None], Model]) -> Prepared:
    """Return what the claim needs. Raises: WrongWorker; ProcessorError for an input that no worker takes."""
    job_type = registry.get(claim.type)
    if job_type is None:
        raise WrongWorker("unknown_type", f"This worker knows no job type {claim.type!r}.")
    validate = job_type.input_model.model_validate
    try:
        given = await in_thread(validate, claim.input) if job_type.checked_in_thread else validate(claim.input)
    except ValidationError:
        raise await _misfit(job_type, claim, database) from None
    if job_type.prompt is not None:
        await loading.load()  # here, since a call that was admitted must not be late by it
    try:
        return Prepared(job_type, given, model_of(claim.requested_model))
    except UnknownModelError as error:
        raise WrongWorker("unknown_model", f"This worker has {error}.") from None


async def _misfit(job_type: registry.AnyJobType, claim: Claim, database: Database) -> Exception:
    """Return the error for an input that the API accepted and this worker refuses; another version may take it."""
    message = f"The input does not fit this worker's version of {claim.type}."
    mine = fingerprint(job_type)
    for row in workers.serving(await workers.find_live(database), claim.queue):
        theirs = row.known.types or {}
        if theirs.get(claim.type, mine) != mine:
            return WrongWorker("invalid_input", f"{message} Another worker has another version.")
    return ProcessorError("invalid_input", message)
