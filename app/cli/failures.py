"""What a call that failed means, in one line that says what to do: the network's errors and the API's refusals."""

import json
import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from app.cli.exit_codes import UNREACHABLE, USAGE

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, not bound to
START_IT = "`make up` or `headrace run` starts it"
CHECK_URL = "is its address (--url, HEADRACE_URL, or the profile's) right?"
_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_NO_PROBLEM: Mapping[int, str] = {  # of an answer that is not Headrace's own
    HTTPStatus.UNAUTHORIZED: "what stands before the API asks for a login of its own",
    HTTPStatus.PROXY_AUTHENTICATION_REQUIRED: "the proxy of HTTP_PROXY or HTTPS_PROXY asks for a login",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "what was sent is larger than what stands before the API lets through",
    HTTPStatus.BAD_GATEWAY: "what stands before the API cannot reach it: is the API running?",
    HTTPStatus.SERVICE_UNAVAILABLE: "what stands before the API has none that is ready: try again soon",
    HTTPStatus.GATEWAY_TIMEOUT: "what stands before the API had no answer from it in time: try again",
}
Json = dict[str, Any]


def unreachable(base_url: str, error: BaseException, *, timeout_s: float) -> str:
    """Return why there was no answer at all, and what to do."""
    parts = urlsplit(base_url)
    reason = getattr(error, "reason", error)
    if isinstance(reason, ssl.SSLCertVerificationError):
        why = f"its certificate is not trusted: {reason.verify_message}; SSL_CERT_FILE names the CA's file"
    elif isinstance(reason, ssl.SSLError):
        why = f"it does not speak TLS there ({reason.reason or reason}); is it http://, or another port?"
    elif isinstance(reason, socket.gaierror):
        why = f"no host {parts.hostname!r} is known; {CHECK_URL}"
    elif isinstance(reason, TimeoutError):
        why = f"no answer within {timeout_s:g} s"
    elif isinstance(reason, ConnectionRefusedError):
        why = f"{reason}: {START_IT if parts.hostname in LOOPBACK_HOSTS else CHECK_URL}"
    elif isinstance(reason, ConnectionResetError):
        why = f"it ended the connection without an answer; {CHECK_URL}"
    elif isinstance(reason, OSError):
        why = f"{reason.strerror or reason}; {CHECK_URL}"
    else:
        why = f"it does not speak HTTP there ({type(reason).__name__}); {CHECK_URL}"
    return f"The API at {base_url} cannot be reached: {why}"


def parsed(content: bytes) -> Json | list[Any] | None:
    """Return the JSON of an answer, None for what is none."""
    try:
        value = json.loads(content) if content else {}
    except ValueError:
        return None
    return value if isinstance(value, dict | list) else None


def is_problem(value: object) -> bool:
    """Say whether a body is an error document of Headrace's."""
    return (
        isinstance(value, dict) and ("code" in value or "errors" in value) and ("detail" in value or "title" in value)
    )


def no_right_token(*, has_token: bool) -> str:
    """Return what a 401 means for who called with the token of the settings, or without one."""
    why = "The API does not take this token" if has_token else "The API asks for a token and there is none here"
    return (
        f"{why}: set SERVICE_TOKEN, of a local stack it is in DATA_DIR/credentials.env, or sign in: headrace login URL"
    )


def refused(base_url: str, status: int, value: object, headers: Mapping[str, str], *, if_unauthorized: str) -> str:
    """Return what a refusal says, in one line; a 401 of the API itself says `if_unauthorized`."""
    if not isinstance(value, dict) or not is_problem(value):
        place = headers.get("Location", "")
        if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST and place:
            return f"{base_url} sends on to {place}: write that address into HEADRACE_URL or --url (HTTP {status})"
        if why := _NO_PROBLEM.get(status):
            return f"No answer from the API at {base_url}: {why} (HTTP {status})"
        return not_headrace(base_url, f"HTTP {status}, {headers.get('Content-Type') or 'without a type'}")
    detail, code = str(value.get("detail") or value.get("title")), value.get("code")
    if status == HTTPStatus.UNAUTHORIZED:
        detail = if_unauthorized
    if status == HTTPStatus.INTERNAL_SERVER_ERROR and value.get("request_id"):
        detail += f" It is {value['request_id']}."
    if (status in _LATER or status == HTTPStatus.SERVICE_UNAVAILABLE) and headers.get("Retry-After"):
        detail += f" Try again in {headers['Retry-After']} s."
    return f"{detail} (HTTP {status}{f', {code}' if code else ''})"


def not_headrace(base_url: str, what: str) -> str:
    """Return that something else answers there."""
    return f"What answers at {base_url} is not Headrace ({what}): {CHECK_URL}"


def exit_code(status: int, *, is_ours: bool) -> int:
    """Return how a command ends: 2 for what is the caller's to change, 3 for what is not, or may work later."""
    later = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _LATER
    return USAGE if is_ours and not later else UNREACHABLE
