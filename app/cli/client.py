"""The public HTTP API as seen by a command: one call, its JSON or a file, or an error for a person."""

import http.client
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from app.cli import failures
from app.cli.exit_codes import UNREACHABLE, USAGE
from app.cli.failures import LOOPBACK_HOSTS, Json

TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 18
API_PATH = "/api/v1"


class CallError(Exception):
    """The API refused a call or could not be reached; `exit_code` is 2 for the caller's fault, 3 for the API's."""

    def __init__(
        self,
        message: str,
        *,
        exit_code: int,
        status: int | None = None,
        problem: Mapping[str, Any] | None = None,
        path: str = "",
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.status = status
        self.problem = problem or {}
        self.path = path
        self.faults: list[dict[str, str]] = []


class _Answer(Json):
    """An object that the API answered; what it should have and lacks shows that something else answered."""

    base_url = ""

    def __missing__(self, name: str) -> NoReturn:
        message = failures.not_headrace(self.base_url, f"its answer has no {name!r}, or is of another version")
        raise CallError(message, exit_code=UNREACHABLE)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a POST would become a GET, and the token would be sent to whoever is named."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing."""


class Client:
    """Calls one API with one token."""

    def __init__(self, base_url: str, token: str, *, if_unauthorized: str = "") -> None:
        """Open nothing yet; proxies are not for this machine itself. Raises: CallError for what is no URL.

        `if_unauthorized`: what a 401 means for who called; by default that the settings have no token, or another's.
        """
        self._base_url = base_url.strip().rstrip("/").removesuffix(API_PATH)
        if (host := host_of(self._base_url)) is None:
            raise CallError(f"{base_url!r} is no address of an API: write it as http://127.0.0.1:8000", exit_code=USAGE)
        self._token = token
        self._if_unauthorized = if_unauthorized or failures.no_right_token(has_token=bool(token))
        handlers: list[Any] = [_NoRedirect]
        if host in LOOPBACK_HOSTS:
            handlers.append(urllib.request.ProxyHandler({}))
        self._opener = urllib.request.build_opener(*handlers)
        self._answer = type("Answer", (_Answer,), {"base_url": self._base_url})

    @property
    def base_url(self) -> str:
        """The server's address, without the API's path."""
        return self._base_url

    def send_form(self, path: str, fields: Mapping[str, str]) -> Json:
        """Return the answer to a form. Raises: CallError."""
        sent = {"Content-Type": "application/x-www-form-urlencoded"}
        with self._call_errors(path), self._open("POST", path, urlencode(fields).encode(), sent) as answer:
            return self._read(answer)

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Json:
        """Return the answer's JSON, an empty one for an empty body. Raises: CallError."""
        return self.call_with_headers(method, path, body=body, query=query, headers=headers, timeout_s=timeout_s)[0]

    def call_with_headers(
        self,
        method: str,
        path: str,
        *,
        body: Json | None = None,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> tuple[Json, Mapping[str, str]]:
        """Return the answer's JSON with its headers. Raises: CallError."""
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        path += f"?{urlencode(query)}" if query else ""
        with self._call_errors(path, timeout_s), self._open(method, path, content, sent, timeout_s) as answer:
            return self._read(answer), answer.headers

    def items(self, path: str) -> list[Json]:
        """Return the JSON list that a path answers with. Raises: CallError."""
        with self._call_errors(path), self._open("GET", path, None, {}) as answer:
            value = json.loads(answer.read(), object_hook=self._answer)
            if not isinstance(value, list):
                raise ValueError  # noqa: TRY004 - as what is no JSON at all
            return value

    def upload(self, path: str, file: Path) -> Json:
        """Send a file, block by block, as the field `file` of a form; return the answer's JSON.

        Raises: CallError; OSError when the file cannot be opened.
        """
        boundary = secrets.token_hex(16)
        name = file.name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers do
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        first, last = head.encode("utf-8", "replace"), f"\r\n--{boundary}--\r\n".encode()
        with file.open("rb") as opened:
            size = len(first) + os.fstat(opened.fileno()).st_size + len(last)
            content = chain([first], iter(partial(opened.read, BLOCK_BYTES), b""), [last])
            sent = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Content-Length": str(size)}
            with self._call_errors(path), self._open("POST", path, content, sent) as answer:
                return self._read(answer)

    def download(self, path: str) -> Iterator[bytes]:
        """Yield an answer's body, block by block. Raises: CallError."""
        with self._call_errors(path):
            answer = self._open("GET", path, None, {})
        with answer:
            while True:
                with self._call_errors(path):
                    block = answer.read(BLOCK_BYTES)
                if not block:
                    return
                yield block

    def _open(
        self,
        method: str,
        path: str,
        content: bytes | Iterable[bytes] | None,
        headers: dict[str, str],
        timeout_s: float = TIMEOUT_S,
    ) -> Any:
        sent = {"Accept": "application/json", **headers}
        if self._token:
            sent["X-Service-Token"] = self._token
        url = self._base_url + path
        request = urllib.request.Request(url, content, sent, method=method)  # noqa: S310 - the user's own URL
        return self._opener.open(request, timeout=timeout_s)

    def _read(self, answer: Any) -> Json:
        """Return the JSON object of a good answer."""
        content = answer.read()
        if not content and answer.status == HTTPStatus.NO_CONTENT:
            return {}
        value = json.loads(content, object_hook=self._answer)
        if not isinstance(value, dict):
            raise ValueError  # noqa: TRY004 - as what is no JSON at all
        return value

    @contextmanager
    def _call_errors(self, path: str, timeout_s: float = TIMEOUT_S) -> Iterator[None]:
        """Raise CallError in the place of the network's errors."""
        try:
            yield
        except urllib.error.HTTPError as error:
            with error:
                raise self._refusal(error, path) from None
        except (OSError, http.client.HTTPException) as error:
            message = failures.unreachable(self._base_url, error, timeout_s=timeout_s)
            raise CallError(message, exit_code=UNREACHABLE, path=path) from None
        except ValueError:
            message = failures.not_headrace(self._base_url, "its answer is not the JSON that is expected")
            raise CallError(message, exit_code=UNREACHABLE, path=path) from None

    def _refusal(self, error: urllib.error.HTTPError, path: str) -> CallError:
        """Turn a problem document (RFC 9457), or what stands in its place, into lines for a person."""
        value = failures.parsed(error.read())
        headers = dict(error.headers)
        message = failures.refused(self._base_url, error.code, value, headers, if_unauthorized=self._if_unauthorized)
        exit_code = failures.exit_code(error.code, is_ours=failures.is_problem(value))
        problem = value if isinstance(value, dict) else {}
        return CallError(message, exit_code=exit_code, status=error.code, problem=problem, path=path)


def host_of(url: str) -> str | None:
    """Return the host of an address that can be called, None for what is no such address."""
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        return None
    return parts.hostname if known else None
