"""Which ModelError a failed call is: by the type of the exception and the status, never by the words of a message."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import aiohttp
import httpx2
import openai

from app.core.clock import utc_now
from app.llm import hints
from app.llm.base import ErrorKind, ModelError
from app.llm.retry_after import retry_after_s

# The words of `code` and `type` that say more than a status does. Sources: the API references and servers of OpenAI,
# Azure, llama.cpp, Anthropic, Groq, Moonshot and DashScope.
_WORDS: Mapping[ErrorKind, frozenset[str]] = {
    "context_too_long": frozenset(
        {"context_length_exceeded", "exceed_context_size_error", "string_above_max_length", "tokens_limit_reached"}
    ),
    "content_refused": frozenset(
        {
            "content_filter",
            "content_policy_violation",
            "moderation_blocked",
            "invalid_prompt",
            "data_inspection_failed",
            "ResponsibleAIPolicyViolation",
        }
    ),
    "insufficient_credits": frozenset(
        {
            "insufficient_quota",
            "billing_hard_limit_reached",
            "billing_not_active",
            "exceeded_current_quota_error",
            "insufficient_balance",
        }
    ),
    "model_not_found": frozenset({"model_not_found", "model_not_supported", "unknown_model"}),
    "auth_failed": frozenset({"invalid_api_key", "account_deactivated", "authentication_error"}),
    "rate_limited": frozenset({"rate_limit_exceeded", "rate_limit_error", "rate_limit_reached_error"}),
    "unavailable": frozenset({"server_error", "overloaded_error", "engine_overloaded_error", "service_unavailable"}),
}
# What a status means by itself, and what its body may make of it.
_FAULTY_REQUEST: tuple[ErrorKind, ...] = (
    "context_too_long",
    "content_refused",
    "insufficient_credits",
    "model_not_found",
    "auth_failed",
)
_STATUSES: Mapping[int, tuple[ErrorKind, tuple[ErrorKind, ...]]] = {
    400: ("provider_rejected", _FAULTY_REQUEST),
    401: ("auth_failed", ()),
    402: ("insufficient_credits", ()),
    403: ("provider_rejected", _FAULTY_REQUEST),  # the key is right, but not for this: no reason to close the provider
    404: ("model_not_found", _FAULTY_REQUEST),
    408: ("timeout", ()),
    413: ("provider_rejected", _FAULTY_REQUEST),
    422: ("provider_rejected", _FAULTY_REQUEST),
    429: ("rate_limited", ("insufficient_credits",)),
}
_SERVER_FAULT = 500

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
    "model_not_found": "the model provider does not know this model or address",
    "context_too_long": "the text is longer than the model's context",
    "request_too_large": "the request is larger than the model provider ever takes",
    "content_refused": "the model provider refused the content",
    "output_truncated": "the model's answer was cut off",
}


def bad_response(why: str) -> ModelError:
    """Return the error for an answer that is no completion; `why` is our own words."""
    return ModelError("bad_response", f"{_SENTENCES['bad_response']}: {why}")


def content_refused(why: str) -> ModelError:
    """Return the error for an answer that the provider or its model withheld; `why` is our own words."""
    return ModelError("content_refused", f"{_SENTENCES['content_refused']}: {why}")


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
    if kind := _kind_of_words(body, tuple(_WORDS)):
        return ModelError(kind, _SENTENCES[kind])
    return bad_response(_safe(body.get("message"), api_key) or "it is an error without a status")


def from_status(status: int, body: object, *, headers: Mapping[str, str], api_key: str) -> ModelError:
    """Return the error for an HTTP status; `body` is the provider's error object, if it sent one."""
    kind = _kind_of_status(status, body)
    message = f"{_SENTENCES[kind]} (HTTP {status})"
    said = _safe(body.get("message"), api_key) if isinstance(body, Mapping) else ""
    if said and kind != "auth_failed":  # there, providers repeat parts of the key
        message += f": {said}"
    wait = retry_after_s(headers, now=utc_now()) if kind in {"unavailable", "rate_limited"} else None
    return ModelError(kind, message, retry_after_s=wait, status=status, hints=hints.read(headers))


def _kind_of_status(status: int, body: object) -> ErrorKind:
    if status >= _SERVER_FAULT:
        return "unavailable"
    kind, refined = _STATUSES.get(status, ("provider_rejected", ()))
    return _kind_of_words(body, refined) or kind


def _kind_of_words(body: object, allowed: Iterable[ErrorKind]) -> ErrorKind | None:
    """Return the first of the allowed kinds that the body names."""
    if not isinstance(body, Mapping):
        return None
    inner = body.get("innererror")  # Azure
    given = (body.get("code"), body.get("type"), inner.get("code") if isinstance(inner, Mapping) else None)
    named = {word for word in given if isinstance(word, str)}
    return next((kind for kind in allowed if named & _WORDS[kind]), None)


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


def _safe(text: object, api_key: str) -> str:
    """Return a provider's sentence in one line, without anything that looks like a key."""
    if not isinstance(text, str):
        return ""
    line = _CONTROL.sub(" ", text)
    if api_key:
        line = line.replace(api_key, "***")
    return _SECRETS.sub("***", line).strip()
