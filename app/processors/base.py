"""What a job type is, and all that it may know of the platform while it runs."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar
from uuid import UUID

from pydantic import BaseModel

from app.llm.base import Message
from app.processors.prompts import Prompt
from app.storage.base import LocalFile
from app.storage.local import FileStore

SMALL_CONTEXT_TOKENS = 8192

In = TypeVar("In", bound=BaseModel)
Out = TypeVar("Out", bound=BaseModel)


class ProcessorError(Exception):
    """A job that cannot be done; `code` is stable and snake_case, `message` a sentence for its owner.

    `pointer` (JSON Pointer) says which part of the model's answer was at fault; `partial` is what could be done, in
    the form of the result, and is kept with the failed job.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retryable: bool = False,
        pointer: str | None = None,
        partial: BaseModel | None = None,
    ) -> None:
        """Keep what the outcome needs; `retryable` says that trying again may help."""
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.retryable = retryable
        self.pointer = pointer
        self.partial = partial


class Context(Protocol):
    """A running job's view of the platform: ask the model, tell progress, keep parts, read files."""

    @property
    def files(self) -> FileStore:
        """The files that jobs may read."""
        ...

    @property
    def context_tokens(self) -> int | None:
        """How many tokens prompt and answer may have together; None when unknown."""
        ...

    @property
    def vision(self) -> bool:
        """Whether the model can look at images."""
        ...

    @property
    def ocr(self) -> tuple[str, ...]:
        """The languages in which Tesseract reads pictures; none where it is not used."""
        ...

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        """Ask the model once and return its text. Raises: ModelError, NotAdmitted, which a processor lets pass.

        A question that an earlier attempt of this job asked and got answered is not asked again. With `keep` the
        answer is stored as it arrives, for jobs of many questions; otherwise when the attempt must end early.
        """
        ...

    async def progress(self, done: int, total: int, message: str = "") -> None:
        """Tell how far the job is; may be dropped, never fails the job."""
        ...

    async def parts(self) -> Mapping[str, Any]:
        """Return what `save_part` kept in this and earlier attempts, by key."""
        ...

    async def save_part(self, key: str, value: Any) -> None:
        """Keep a finished part of the result, a JSON value, for later attempts; the first value of a key stands."""
        ...

    def file(self, file_id: UUID) -> AbstractAsyncContextManager[LocalFile]:
        """Open an uploaded file of the job's owner as a local file, inside an `async with`. Raises: FileError."""
        ...


_schemas: dict[type[BaseModel], dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class JobType(Generic[In, Out]):
    """One kind of job.

    `example` is a valid input. `timeout_s` bounds one attempt. `check` may refuse a valid input at submit, given the
    provider's context in tokens (None = unknown): it returns the reason, or None when the input will do.
    `prompt` is None for a type that asks no model. `checked_in_thread` says that validating an input may take more than
    a few milliseconds: it is then done in a thread.
    """

    name: str
    title: str
    description: str
    input_model: type[In]
    result_model: type[Out]
    example: Mapping[str, Any]
    run: Callable[[In, Context], Awaitable[Out]]
    timeout_s: int = 300
    prompt: Prompt | None = None
    check: Callable[[In, int | None], str | None] | None = None
    checked_in_thread: bool = False


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of what a job type takes or gives, made once: whoever reads it leaves it as it is."""
    if model not in _schemas:
        _schemas[model] = model.model_json_schema(by_alias=True)
    return _schemas[model]


def is_small(context_tokens: int | None) -> bool:
    """Say whether a model is taken for a small one, such as the bundled one, by its context of 8,192 tokens or less.

    Small models make up names and numbers when they write freely; job types then hold them to the words of the text.
    """
    return context_tokens is not None and context_tokens <= SMALL_CONTEXT_TOKENS
