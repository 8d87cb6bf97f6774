"""What makes a provider unlike another: what it refuses, how it writes an error, and what its answers look like."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.scripted_model.answer import Answer, plain
from tests.scripted_model.limits import Refusal, Rule
from tests.scripted_model.request import Request, first_tokens, tokens_of

WRONG_KEY = "wrong"  # a key with this word in it is refused everywhere
THOUGHTS = (
    "Let me think. The user wants an answer, perhaps {a label} such as bug, question or praise, "
    'or perhaps a JSON object like {"no": "answer"}. I had better read the text once more.'
)

# The keys of OpenAI's own request. Source: https://platform.openai.com/docs/api-reference/chat/create
_OPENAI_KEYS = """
    audio frequency_penalty function_call functions logit_bias logprobs max_completion_tokens max_tokens messages
    metadata modalities model n parallel_tool_calls prediction presence_penalty prompt_cache_key reasoning_effort
    response_format safety_identifier seed service_tier stop store stream stream_options temperature tool_choice tools
    top_logprobs top_p user verbosity web_search_options
"""
OPENAI_KEYS = frozenset(_OPENAI_KEYS.split())


@dataclass(frozen=True, slots=True)
class Fault:
    """An error before it is written in a provider's form; `label` is its word in the log."""

    status: int
    message: str
    kind: str | None = "invalid_request_error"
    code: str | int | None = None
    param: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)
    label: str = ""


Check = Callable[[Request], Fault | None]


def openai_form(fault: Fault) -> object:
    """Return an error body in OpenAI's form."""
    told = {"message": fault.message, "type": fault.kind, "param": fault.param, "code": fault.code}
    return {"error": {**told, **fault.more}}


def openai_limit(refusal: Refusal, headers: Mapping[str, str]) -> Fault:
    """Return what OpenAI says above a limit."""
    message = f"Rate limit reached on {refusal.kind} per interval"
    return Fault(429, message, refusal.kind, "rate_limit_exceeded", headers=headers)


# By kind, what `err:<kind>` plays. Sources: https://platform.openai.com/docs/guides/error-codes and what is quoted in
# https://github.com/openai/openai-python/issues
OPENAI_FAULTS: Mapping[str, Fault] = {
    "rate": Fault(
        429,
        "Rate limit reached for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Used 29500, "
        "Requested 1200. Please try again in 1.4s. Visit https://platform.openai.com/account/rate-limits.",
        "tokens",
        "rate_limit_exceeded",
    ),
    "large": Fault(
        429,
        "Request too large for gpt-4o in organization org-1 on tokens per min (TPM): Limit 30000, Requested 45411. "
        "The input or output tokens must be reduced in order to run successfully.",
        "tokens",
        "rate_limit_exceeded",
        headers={"x-ratelimit-limit-tokens": "30000", "x-ratelimit-remaining-tokens": "29999"},
    ),
    "context": Fault(
        400,
        "This model's maximum context length is 128000 tokens. However, your messages resulted in 204308 tokens. "
        "Please reduce the length of the messages.",
        code="context_length_exceeded",
        param="messages",
    ),
    "key": Fault(401, "Incorrect API key provided: sk-wr***ong.", code="invalid_api_key"),
    "model": Fault(404, "The model `gone-1` does not exist or you do not have access to it.", code="model_not_found"),
    "credit": Fault(
        429,
        "You exceeded your current quota, please check your plan and billing details.",
        "insufficient_quota",
        "insufficient_quota",
    ),
    "overloaded": Fault(503, "The engine is currently overloaded, please try again later", "server_error"),
    "content": Fault(
        400, "Invalid prompt: your prompt was flagged as potentially violating our usage policy.", code="invalid_prompt"
    ),
}


@dataclass(frozen=True, slots=True)
class Personality:
    """One kind of provider.

    `root` is the path of its base URL; `checks` are asked in turn before anything is counted; `faults` are what a
    plan's `err:<kind>` plays; `limit` is what it enforces without being told to.
    """

    name: str
    root: str = "v1"
    checks: Sequence[Check] = ()
    form: Callable[[Fault], object] = openai_form
    say: Callable[[str, Request], Answer] = plain
    limited: Callable[[Refusal, Mapping[str, str]], Fault] = openai_limit
    faults: Mapping[str, Fault] = field(default_factory=lambda: OPENAI_FAULTS)
    limit: Rule | None = None

    def refuse(self, request: Request) -> Fault | None:
        """Return why a request is no good here, or None."""
        return next(filter(None, (check(request) for check in self.checks)), None)


def refuses(name: str, message: str, *, code: str | None = "unsupported_parameter", status: int = 400) -> Check:
    """Return a check that refuses a request with this parameter."""

    def check(request: Request) -> Fault | None:
        if name not in request.body:
            return None
        return Fault(status, message, code=code, param=name, label=f"refused:{name}")

    return check


def needs_bearer(fault: Fault) -> Check:
    """Return a check that wants a key as a bearer token."""

    def check(request: Request) -> Fault | None:
        return fault if not request.bearer or WRONG_KEY in request.bearer else None

    return check


def unknown_keys(known: frozenset[str], fault: Callable[[list[str], Request], Fault]) -> Check:
    """Return a check that refuses keys which are none of the known ones."""

    def check(request: Request) -> Fault | None:
        found = [name for name in request.body if name not in known]
        return fault(found, request) if found else None

    return check


@dataclass(frozen=True, slots=True)
class Written:
    """What a thinking model gets written in the room it has: the start of its thoughts, then the start of its text."""

    text: str
    thoughts: str
    finish: str
    text_tokens: int
    thought_tokens: int

    @property
    def tokens(self) -> int:
        """All that is paid for."""
        return self.text_tokens + self.thought_tokens


def write(text: str, request: Request, *, thoughts: str = THOUGHTS, thought_tokens: int | None = None) -> Written:
    """Return what fits into the request's room, thinking first; `thought_tokens` is what the thoughts count."""
    thinks = tokens_of(thoughts) if thought_tokens is None else thought_tokens
    says = tokens_of(text)
    room = thinks + says if request.room is None else request.room
    if thinks + says <= room:
        return Written(text, thoughts, "stop", says, thinks)
    left = max(0, room - thinks)
    part = thoughts if left else thoughts[: len(thoughts) * room // max(1, thinks)]
    return Written(first_tokens(text, left), part, "length", left, min(thinks, room))
