"""What asking a model means, whoever answers: the question, the answer, the protocol and its one error."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
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
    "model_not_found",
    "context_too_long",
    "request_too_large",
    "content_refused",
    "output_truncated",
]


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as encoded bytes; `media_type` is image/jpeg or image/png."""

    media_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Comparison:
    """What of an answer can be settled by comparing texts: the enum fields of the schema that stand in `fields`.

    Each has its values, as the schema has them, and phrases that mean as much; the value with the phrase most like
    `text` is the one.
    """

    text: str
    fields: Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; `images` go behind the text, to models with `vision` alone.

    `comparison` of the last message is for providers that compare better than they write; the others do not see it.
    """

    role: Role
    content: str
    images: tuple[Image, ...] = ()
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may cost; `timeout_s` bounds it in total, waiting for a local slot not counted."""

    max_output_tokens: int
    timeout_s: float
    temperature: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one call as the provider counted them; 0 when it did not say.

    Cached ones are among the prompt's, those of the model's thinking among the completion's.
    """

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Spending:
    """What one call cost, whatever came of it; `cost_usd` is None where the price or the tokens are unknown."""

    provider: str
    model: str
    usage: Usage
    cost_usd: Decimal | None = None


def _nothing() -> None:
    pass


def _unbounded_s() -> float:
    return float("inf")


def _unheard(_: Spending) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Ask:
    """One question; with `schema` (a JSON Schema) the provider is asked for JSON of that shape.

    `headers` go to the provider as they are: they name the job, the attempt and the step. `admitted` is called when
    the call begins: the time before it was spent waiting for a place, and is not the call's. One question may take
    several calls (a refusal that teaches, the next model of a chain): `allow` is called before each and may raise,
    `spent` hears what each cost, `left_s` says how many seconds the whole may still take.
    `learned` are parameters that refusals taught about this model (`app.llm.learning`), `passing` those that a refusal
    of this very question did.
    """

    messages: tuple[Message, ...]
    limits: Limits
    schema: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    admitted: Callable[[], None] = _nothing
    allow: Callable[[], None] = _nothing
    spent: Callable[[Spending], None] = _unheard
    left_s: Callable[[], float] = _unbounded_s
    learned: Mapping[str, Any] = field(default_factory=dict)
    passing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Completion:
    """One answer; `model` is the name that the provider gave, `finish_reason` is "stop", or "length" when it was cut.

    `reasoning` is what a model thought aloud, taken off the text. `cost_usd` is None where the price is unknown.
    `hints` are the provider's own headers about its limits (x-ratelimit-*, retry-after*), in lower case. `fallback`
    says which models were passed over, and why. `learned` are parameters of the dialect that its usage teaches.
    `in_pieces` is True where it came as a stream, whatever was asked for.
    """

    text: str
    provider: str
    model: str
    finish_reason: str
    usage: Usage
    cost_usd: Decimal | None = None
    hints: Mapping[str, str] = field(default_factory=dict)
    fallback: str = ""
    reasoning: str = ""
    learned: Mapping[str, Any] = field(default_factory=dict)
    in_pieces: bool = False


_BYTES_A_TOKEN = 3  # three to five bytes of UTF-8 in most scripts
_IMAGE_TOKENS = 1200  # about what providers count for a page


def prompt_tokens(messages: Sequence[Message]) -> int:
    """Return a careful estimate of a question's tokens: in most scripts it is above the truth."""
    said = sum(len(one.content.encode("utf-8", "replace")) + 12 for one in messages)
    return -(-said // _BYTES_A_TOKEN) + _IMAGE_TOKENS * sum(len(one.images) for one in messages)


class ModelError(Exception):
    """A call that brought no answer; `message` is safe to show to users and at most 500 characters long.

    `retry_after_s` is the provider's own wish, None when it said nothing; `status` its HTTP status, if there was one;
    `hints` its headers about limits, as in Completion. `once_more`: nobody knows what it means, so one more try is
    worth it. `usage` is what was paid all the same, None when the provider did not say; `text` what there is of the
    answer. `learned` are parameters of the dialect that this refusal teaches for good, `passing` those for this one
    question; with either, asking again at once may help. A job type that had done a part of its work may leave it in
    `partial`, in the form of its result: the job keeps it when this was its last attempt.
    """

    def __init__(
        self,
        kind: ErrorKind,
        message: str,
        *,
        retry_after_s: float | None = None,
        status: int | None = None,
        hints: Mapping[str, str] | None = None,
        once_more: bool = False,
    ) -> None:
        """Keep what the retry decision needs; the message is capped here."""
        self.kind: ErrorKind = kind
        self.message = message[:MAX_MESSAGE_CHARS]
        self.retry_after_s = retry_after_s
        self.status = status
        self.hints: Mapping[str, str] = hints or {}
        self.once_more = once_more
        self.usage: Usage | None = None
        self.text = ""
        self.learned: Mapping[str, Any] = {}
        self.passing: Mapping[str, Any] = {}
        self.partial: Any = None
        super().__init__(f"{kind}: {self.message}")


class WaitReason(StrEnum):
    """Why a call is not made now, and its job waits: the code of the attempt that is given back."""

    RATE_LIMITED = "rate_limited"
    MODEL_BUSY = "model_busy"  # as many calls as the model takes at once are under way
    PROVIDER_DOWN = "provider_down"
    PROVIDER_CLOSED = "provider_closed"  # by an operator


class NotAdmitted(Exception):  # noqa: N818 - a fact, not a fault
    """A call that was not made, because the provider's limit or its breaker says to wait: costs no attempt.

    `delay_s` says when to come again; a place is reserved then where there is one to book. `message` is safe to show.
    """

    def __init__(self, kind: WaitReason, message: str, *, delay_s: float, provider: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message[:MAX_MESSAGE_CHARS]
        self.delay_s = delay_s
        self.provider = provider


class Model(Protocol):
    """Something that answers; one object a process, used by many jobs at once.

    `context_tokens` bounds prompt and answer together, None when unknown; `vision`: it can look at images.
    """

    provider: str
    name: str
    context_tokens: int | None
    vision: bool

    async def complete(self, ask: Ask) -> Completion:
        """Answer once, without retrying. Raises: ModelError, NotAdmitted; cancelling it ends the provider's work."""
        ...

    def price_usd(self, usage: Usage) -> Decimal | None:
        """Return what so many tokens cost in US dollars, None where the price is unknown."""
        ...

    def room_tokens(self, ask: Ask) -> int:
        """Return how many tokens the answer to a question may have at most, the model's thinking included."""
        ...

    async def close(self) -> None:
        """Close connections; the object cannot be used afterwards."""
        ...
