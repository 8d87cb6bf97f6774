"""Which ModelError a failed call is: by the type of the exception and the status, never by the words of a message."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import aiohttp
import httpx2
import openai

from app.core.clock import utc_now
from app.llm.base import ErrorKind, ModelError
from app.llm.retry_after import retry_after_s

CONTEXT_CODES = frozenset({"context_length_exceeded", "exceed_context_size_error"})
NO_CREDIT_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached"})

_SECRETS = re.compile(r"\b(sk|pk|rk|key|hr)[-_][\w*.-]{6,}|(?i:bearer)\s+\S+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]+")

_SENTENCES: Mapping[ErrorKind, str] = {
    "unavailable": "the model provider is not available",
    "timeout": "the model provider did not answer in time",
    "network": "the connection to the model provider failed",
    "insufficient_credits": "the account at the model provider has no credit left",
    "rate_limited": "the model provider's rate limit is reached",
    "bad_response": "the model provider's answer is no completion",
    "auth_failed": "the model provider refused the API key",
    "provider_rejected": "the model provider rejected the request",
    "context_too_long": "the text is longer than the model's context",
}


def bad_response(why: str) -> ModelError:
    """Return the error for an answer that is no completion; `why` is our own words."""
    return ModelError("bad_response", f"{_SENTENCES['bad_response']}: {why}")


def from_exception(error: BaseException, *, api_key: str) -> ModelError:
    """Return the ModelError for whatever the client raised; `api_key` is what its message must not hold."""
    if isinstance(error, openai.APIStatusError):
        return from_status(error.status_code, error.body, headers=error.response.headers, api_key=api_key)
    if isinstance(error, openai.APIError) and isinstance(error.body, Mapping):  # inside a stream
        return from_body(error.body, api_key=api_key)
    kind = _kind_of_transport(error)
    return ModelError(kind, _SENTENCES[kind])


def from_body(body: Mapping[str, Any], *, api_key: str) -> ModelError:
    """Return the error for an error object that came with status 200; its `code` may be an HTTP status."""
    code = body.get("code")
    if isinstance(code, int) and 400 <= code < 600:  # noqa: PLR2004 - HTTP's error range
        return from_status(code, body, headers={}, api_key=api_key)
    if _codes(body) & CONTEXT_CODES:
        return ModelError("context_too_long", _SENTENCES["context_too_long"])
    return bad_response(_safe(body.get("message"), api_key) or "it is an error without a status")


def from_status(status: int, body: object, *, headers: Mapping[str, str], api_key: str) -> ModelError:
    """Return the error for an HTTP status; `body` is the provider's error object, if it sent one."""
    codes = _codes(body)
    kind = _kind_of_status(status, codes)
    message = f"{_SENTENCES[kind]} (HTTP {status})"
    said = _safe(body.get("message"), api_key) if isinstance(body, Mapping) else ""
    if said and kind != "auth_failed":  # there, providers repeat parts of the key
        message += f": {said}"
    wait = retry_after_s(headers, now=utc_now()) if kind in {"unavailable", "rate_limited"} else None
    return ModelError(kind, message, retry_after_s=wait, status=status)


def _kind_of_status(status: int, codes: frozenset[str]) -> ErrorKind:  # noqa: PLR0911 - a table
    if status >= 500:  # noqa: PLR2004
        return "unavailable"
    match status:
        case 401 | 403:
            return "auth_failed"
        case 402:
            return "insufficient_credits"
        case 408:
            return "timeout"
        case 429:
            return "insufficient_credits" if codes & NO_CREDIT_CODES else "rate_limited"
        case 400 | 413 | 422 if codes & CONTEXT_CODES:
            return "context_too_long"
    return "provider_rejected"


# aiohttp's own word goes first: the client's transport calls a refused or reset connection a timeout.
_TRANSPORT: tuple[tuple[tuple[type[BaseException], ...], ErrorKind], ...] = (
    ((aiohttp.ServerTimeoutError,), "timeout"),
    ((aiohttp.ClientPayloadError, aiohttp.ClientResponseError), "bad_response"),
    ((aiohttp.ClientError,), "network"),
    ((TimeoutError, httpx2.TimeoutException), "timeout"),
    ((httpx2.DecodingError, ValueError), "bad_response"),
    ((httpx2.TransportError, OSError, openai.APIConnectionError), "network"),
)


def _kind_of_transport(error: BaseException) -> ErrorKind:
    causes = list(_chain(error))
    for types, kind in _TRANSPORT:
        if any(isinstance(cause, types) for cause in causes):
            return kind
    return "bad_response"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _codes(body: object) -> frozenset[str]:
    """Return the words by which the provider names the fault."""
    if not isinstance(body, Mapping):
        return frozenset()
    return frozenset(str(body[name]) for name in ("code", "type") if body.get(name) is not None)


def _safe(text: object, api_key: str) -> str:
    """Return a provider's sentence in one line, without anything that looks like a key."""
    if not isinstance(text, str):
        return ""
    line = _CONTROL.sub(" ", text)
    if api_key:
        line = line.replace(api_key, "***")
    return _SECRETS.sub("***", line).strip()
