"""Helpers for the tests of a job type, also of another package: a played Context, and a run of one attempt.

They need no database, no Redis, no worker and no network. No process of Headrace imports this module.
"""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.core.strict_json import refuse_unstorable
from app.llm.base import Message
from app.processors.base import JobType
from app.processors.plug_in import fault_in
from app.storage.base import LocalFile
from app.storage.local import FileMissing, FileStore

In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


@dataclass
class Asked:
    """One question as the job type put it to the model."""

    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None
    max_output_tokens: int | None
    keep: bool = False


@dataclass
class PlayedContext:
    """A Context whose model gives the answers of the test, and which records what the job type did.

    `answers` are given in their order, and the last one repeats; an exception among them (ModelError, NotAdmitted) is
    raised in its turn. `uploads` are the files that `file` finds. Afterwards `asked` has the questions, `reported` the
    progress as (done, total), and `saved` the saved parts. Pass `saved` to a new context to play a later attempt.
    """

    answers: Sequence[str | Exception] = ("An answer.",)
    context_tokens: int | None = 128_000
    files: FileStore = field(default_factory=lambda: FileStore(Path("nowhere"), 1_000_000))
    uploads: dict[UUID, LocalFile] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    vision: bool = False
    ocr: tuple[str, ...] = ()
    saved: dict[str, Any] = field(default_factory=dict)
    reported: list[tuple[int, int]] = field(default_factory=list)

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        """Record the question and give the next answer. Raises: the exception whose turn it is."""
        self.asked.append(Asked(messages, schema, max_output_tokens, keep))
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def parts(self) -> Mapping[str, Any]:
        """Return the saved parts."""
        return self.saved

    async def save_part(self, key: str, value: Any) -> None:
        """Save a part; the first value of a key stands. Raises: TypeError, ValueError for what JSON cannot hold."""
        self.saved.setdefault(key, json.loads(json.dumps(value, allow_nan=False)))

    async def progress(self, done: int, total: int, message: str = "") -> None:  # noqa: ARG002 - of the protocol
        """Record the progress."""
        self.reported.append((done, total))

    @asynccontextmanager
    async def file(self, file_id: UUID) -> AsyncIterator[LocalFile]:
        """Give the uploaded file. Raises: FileMissing."""
        if file_id not in self.uploads:
            raise FileMissing(f"there is no file {file_id}")
        yield self.uploads[file_id]


class NotUsableError(Exception):
    """The job type, the input or the result would be refused by the platform; says why."""


async def attempt(job_type: JobType[In, Out], given: Mapping[str, Any], context: PlayedContext | None = None) -> Out:
    """Run one attempt of a job type with an input as the API receives it, and return the result.

    The job type is checked as at the start of a process, the input as at a submit, the result as after an attempt.
    Raises: NotUsableError where the platform would refuse one of the three; pydantic.ValidationError for an input
    that does not fit the input model; what the job type raises.
    """
    played = context or PlayedContext()
    if fault := fault_in(job_type):
        raise NotUsableError(f"the job type cannot be used: {fault}")
    model = job_type.input_model.model_validate(json.loads(json.dumps(dict(given))))
    if job_type.check and (reason := job_type.check(model, played.context_tokens)):
        raise NotUsableError(f"the input is refused at submit: {reason}")
    return _stored(job_type, await job_type.run(model, played))


def _stored(job_type: JobType[In, Out], returned: Any) -> Out:
    """Return a result as its model, if PostgreSQL could keep it as a JSON object. Raises: NotUsableError."""
    wanted = job_type.result_model
    if not isinstance(returned, wanted | Mapping):
        raise NotUsableError(f"run returned {type(returned).__name__}; {wanted.__name__} is wanted")
    try:
        result = returned if isinstance(returned, wanted) else wanted.model_validate(dict(returned))
        result.model_dump_json(by_alias=True)
        refuse_unstorable(result.model_dump(), texts=False)  # in JSON mode NaN becomes null without a word
    except ValueError as error:  # that of Pydantic is one, too
        raise NotUsableError(f"what run returned cannot be kept as {wanted.__name__}: {error}") from error
    return result
