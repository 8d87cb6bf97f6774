"""Which ModelError a failed call is: by the exception, the status, the body's codes, and last its fixed reasons."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import aiohttp
import httpx2

from app.core.clock import utc_now
from app.llm import error_body, hints, reasons
from app.llm.base import ErrorKind, ModelError
from app.llm.codes import FINAL_WORDS
from app.llm.error_body import Said
from app.llm.reading import AnswerError
from app.llm.retry_after import MAX_WAIT_S, retry_after_s
from app.llm.too_large import too_large

if TYPE_CHECKING:
    import openai

# What a status means by itself, and what its body may make of it.
_FAULTY_REQUEST: tuple[ErrorKind, ...] = (
    "context_too_long",
    "content_refused",
    "rate_limited",
    "insufficient_credits",
    "model_not_found",
    "auth_failed",
    "bad_response",
    "unavailable",
)
_CROWDED: tuple[ErrorKind, ...] = ("rate_limited", "insufficient_credits", "context_too_long", "content_refused")
_UNKNOWN: tuple[ErrorKind, tuple[ErrorKind, ...]] = ("provider_rejected", _FAULTY_REQUEST)
_AT_CAPACITY = 498  # Groq's flex tier. Source: https://console.groq.com/docs/errors
CAPACITY_WAIT_S = 5.0  # it names no wait, and is no quota that needs a minute to fill
_STATUSES: Mapping[int, tuple[ErrorKind, tuple[ErrorKind, ...]]] = {
    401: ("auth_failed", ("model_not_found",)),
    402: ("insufficient_credits", ()),
    404: ("model_not_found", ("context_too_long", "content_refused", "insufficient_credits", "auth_failed")),
    408: ("timeout", ()),
    409: ("unavailable", _CROWDED),
    413: ("request_too_large", ("context_too_long", "content_refused", "insufficient_credits")),
    423: ("unavailable", _CROWDED),
    424: ("unavailable", _CROWDED),
    425: ("unavailable", _CROWDED),
    429: ("rate_limited", ("insufficient_credits",)),
    449: ("unavailable", _CROWDED),
    _AT_CAPACITY: ("rate_limited", ()),  # a limit is waited for, no attempt is counted
    499: ("unavailable", _CROWDED),
    504: ("timeout", _CROWDED),
    524: ("timeout", _CROWDED),
}
_FIRST_OF_ERRORS = 400
_SERVER_FAULT = 500
_MAX_HOST_CHARS = 260
# What a code in the body that is a status says where the real status says little: gateways pass the first one on.
_NUMBERS: Mapping[int, ErrorKind] = {401: "auth_failed", 402: "insufficient_credits", 429: "rate_limited"}
_LIMITS: frozenset[ErrorKind] = frozenset({"rate_limited", "request_too_large"})
_WAITING_HELPS: frozenset[ErrorKind] = frozenset({"unavailable", "rate_limited", "timeout"})

_SECRETS = re.compile(
    r"\b(?:sk|pk|rk|key|hr|gsk|xai|hf|nvapi|fw|tgp|r8|csk|pplx)[-_][\w*.-]{6,}|\bAIza[\w*-]{10,}|\beyJ[\w.*-]{20,}"
    r"|(?i:bearer)\s+\S+|(?<=://)[^\s/@]{1,200}@"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff\s]+")

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

_NO_KEY = "the model provider wants an API key, and api_key_env names none"


@dataclass(frozen=True, slots=True)
class _Verdict:
    kind: ErrorKind
    is_known: bool = True  # the status or the body says why
    addition: str = ""


def bad_response(why: str) -> ModelError:
    """Return the error for an answer that is no completion; `why` is our own words."""
    return ModelError("bad_response", f"{_SENTENCES['bad_response']}: {why}")


def content_refused(why: str) -> ModelError:
    """Return the error for an answer that the provider or its model withheld; `why` is our own words."""
    return ModelError("content_refused", f"{_SENTENCES['content_refused']}: {why}")


def from_exception(error: BaseException, *, api_key: str, longest_wait_s: float = MAX_WAIT_S) -> ModelError:
    """Return the ModelError for whatever the client raised; `api_key` is what its message must not hold."""
    import openai  # noqa: PLC0415 - a call has loaded it

    if isinstance(error, openai.APIStatusError):
        return from_status(
            error.status_code,
            _content(error),
            headers=error.response.headers,
            api_key=api_key,
            longest_wait_s=longest_wait_s,
        )
    if isinstance(error, openai.APIError) and error.body is not None:  # inside a stream
        body = error.body if isinstance(error.body, Mapping) else {"message": error.body}
        return from_body(body, api_key=api_key, longest_wait_s=longest_wait_s)
    if own := next((one for one in _chain(error) if isinstance(one, AnswerError)), None):
        return bad_response(str(own))
    kind = _kind_of_transport(error, openai.APIConnectionError)
    return ModelError(kind, _SENTENCES[kind])


def from_body(body: Mapping[str, Any], *, api_key: str, longest_wait_s: float = MAX_WAIT_S) -> ModelError:
    """Return the error for an error object that came with status 200; its `code` may be an HTTP status."""
    code = body.get("code")
    status = int(code) if isinstance(code, str) and re.fullmatch(r"[45]\d\d", code) else code
    if isinstance(status, int) and _FIRST_OF_ERRORS <= status < 600:  # noqa: PLR2004 - HTTP's error range
        return from_status(status, body, headers={}, api_key=api_key, longest_wait_s=longest_wait_s)
    said = error_body.read(body)
    kind = reasons.kind_of(said.words, said.sentences, _FAULTY_REQUEST)
    if kind is None:
        return bad_response(_safe(said.sentence, api_key) or "it is an error without a status")
    wait = _wait_s(kind, said, {}, longest_wait_s)
    return ModelError(kind, _message(kind, "", said, api_key), retry_after_s=wait)


def from_status(
    status: int, body: object, *, headers: Mapping[str, str], api_key: str, longest_wait_s: float = MAX_WAIT_S
) -> ModelError:
    """Return the error for an HTTP status; `body` is what the provider sent: bytes, text or parsed JSON."""
    if status < _FIRST_OF_ERRORS:
        return _redirected(status, headers)
    said = error_body.read(body)
    verdict = _judge(status, said)
    kind = verdict.kind
    wait = _wait_s(kind, said, headers, longest_wait_s)
    return ModelError(
        kind,
        _message(kind, f"{verdict.addition} (HTTP {status})", said, api_key),
        retry_after_s=CAPACITY_WAIT_S if wait is None and status == _AT_CAPACITY else wait,
        status=status,
        hints=hints.read(headers),
        once_more=kind == "provider_rejected" and not verdict.is_known,
    )


def _content(error: "openai.APIStatusError") -> object:
    """Return the body as it came; the client keeps of it only what stands under `error`."""
    try:
        return error.response.content or error.body
    except httpx2.StreamError:  # not read
        return error.body


def _message(kind: ErrorKind, addition: str, said: Said, api_key: str) -> str:
    has_no_key = kind == "auth_failed" and not api_key
    message = f"{_NO_KEY if has_no_key else _SENTENCES[kind]}{addition}"
    sentence = _safe(said.sentence, api_key)
    if sentence and kind != "auth_failed":  # there, providers repeat parts of the key
        message += f": {sentence}"
    return message


def _wait_s(kind: ErrorKind, said: Said, headers: Mapping[str, str], longest_s: float) -> float | None:
    if kind not in _WAITING_HELPS:
        return None
    known = {**said.headers, **headers}
    return retry_after_s(known, now=utc_now(), waits=said.waits, sentences=said.sentences, longest_s=longest_s)


def _judge(status: int, said: Said) -> _Verdict:
    by_status, refined = _STATUSES.get(status, _UNKNOWN if status < _SERVER_FAULT else ("unavailable", _CROWDED))
    kind = reasons.kind_of(said.words, said.sentences, refined) or _kind_of_numbers(status, said, refined) or by_status
    if kind in _LIMITS:
        return _judge_limit(kind, said)
    is_known = kind != "provider_rejected" or said.names_parameter or bool(said.words & FINAL_WORDS)
    return _Verdict(kind, is_known)


def _judge_limit(kind: ErrorKind, said: Said) -> _Verdict:
    """Tell what never fits from what fits later."""
    found = too_large(said.sentences)
    if found.is_too_large:
        return _Verdict("request_too_large", addition=found.numbers)
    if kind == "request_too_large" and found.fits:  # of the tokens that a minute has
        return _Verdict("rate_limited")
    return _Verdict(kind)


def _kind_of_numbers(status: int, said: Said, refined: Iterable[ErrorKind]) -> ErrorKind | None:
    if status in _STATUSES:
        return None
    named = (_NUMBERS[number] for number in sorted(said.numbers & _NUMBERS.keys()) if number != status)
    return next((kind for kind in named if kind in refined), None)


def _redirected(status: int, headers: Mapping[str, str]) -> ModelError:
    """Return the error for a redirect, which is not followed; of its address only the host is said."""
    target = next((value for name, value in headers.items() if name.lower() == "location"), "")
    try:
        parts = urlsplit(target)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    said = f" (HTTP {status})"
    if host and parts.scheme in {"http", "https"}:
        where = f"{parts.scheme}://{_safe(host, '')[:_MAX_HOST_CHARS]}" + (f":{port}" if port else "")
        said = f": it redirects to {where} (HTTP {status}): set the base URL to that"
    elif target:
        said = f": it redirects to another path (HTTP {status}): correct the base URL"
    message = _SENTENCES["provider_rejected"] + said
    return ModelError("provider_rejected", message, status=status, hints=hints.read(headers))


# aiohttp's own word goes first: the client's transport calls a refused or reset connection a timeout.
_TRANSPORT: tuple[tuple[tuple[type[BaseException], ...], ErrorKind], ...] = (
    ((aiohttp.ServerTimeoutError,), "timeout"),
    ((aiohttp.ClientPayloadError, aiohttp.ClientResponseError), "bad_response"),
    ((aiohttp.ClientError,), "network"),
    ((TimeoutError, httpx2.TimeoutException), "timeout"),
    ((httpx2.DecodingError, ValueError), "bad_response"),
    ((httpx2.TransportError, OSError), "network"),
)


def _kind_of_transport(error: BaseException, unconnected: type[BaseException]) -> ErrorKind:
    causes = list(_chain(error))
    for types, kind in (*_TRANSPORT, ((unconnected,), "network")):
        if any(isinstance(cause, types) for cause in causes):
            return kind
    return "bad_response"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _safe(text: str, api_key: str) -> str:
    """Return a provider's sentence in one line, without anything that looks like a key."""
    line = _CONTROL.sub(" ", text)
    if api_key:
        line = line.replace(api_key, "***")
    return _SECRETS.sub("***", line).strip()
