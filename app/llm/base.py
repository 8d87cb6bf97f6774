"""What asking a model means, whoever answers: the question, the answer, the protocol and its one error."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

JOB_HEADER = "X-Headrace-Job"
ATTEMPT_HEADER = "X-Headrace-Attempt"
STEP_HEADER = "X-Headrace-Step"
MAX_MESSAGE_CHARS = 500
LOCAL_MODEL_NAME = "SmolLM2-135M-Instruct"

Role = Literal["system", "user", "assistant"]
ErrorKind = Literal[
    "unavailable",
    "timeout",
    "network",
    "insufficient_credits",
    "rate_limited",
    "bad_response",
    "auth_failed",
    "provider_rejected",
    "context_too_long",
]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost; `timeout_s` bounds it in total, waiting for a local slot not counted."""

    max_output_tokens: int
    timeout_s: float
    temperature: float = 0.0


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ask:
    """One question; with `schema` (a JSON Schema) the provider is asked for JSON of that shape.

    `headers` go to the provider as they are: they name the job, the attempt and the step. `admitted` is called when
    the call begins: the time before it was spent waiting for a place, and is not the call's.
    """

    messages: tuple[Message, ...]
    limits: Limits
    schema: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    admitted: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the provider counted them; 0 when it did not say."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer; `model` is the name that the provider gave, `finish_reason` its word ("stop", "length")."""

    text: str
    provider: str
    model: str
    finish_reason: str
    usage: Usage


class ModelError(Exception):
    """A call that brought no answer; `message` is safe to show to users and at most 500 characters long.

    `retry_after_s` is the provider's own wish, None when it said nothing; `status` its HTTP status, if there was one.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        """Keep what the retry decision needs; the message is capped here."""
        self.kind: ErrorKind = kind
        self.message = message[:MAX_MESSAGE_CHARS]
        self.retry_after_s = retry_after_s
        self.status = status
        super().__init__(f"{kind}: {self.message}")


class Model(Protocol):
    """Something that answers; one object a process, used by many jobs at once."""

    provider: str
    name: str
    context_tokens: int | None

    async def complete(self, ask: Ask) -> Completion:
        """Answer once, without retrying. Raises: ModelError; cancelling it ends the provider's work."""
        ...

    async def close(self) -> None:
        """Close connections; the object cannot be used afterwards."""
        ...
