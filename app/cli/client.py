"""The public HTTP API as seen by a command: one call, its JSON or a file, or an error for a person."""

import http.client
import json
import os
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_S = 30.0
BLOCK_BYTES = 1 << 18
USAGE, UNREACHABLE = 2, 3
SERVER_ERROR = 500
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0"})  # noqa: S104 - compared with, not bound to

Json = dict[str, Any]


class CallError(Exception):
    """The API refused a call or could not be reached; `exit_code` is 2 for the caller's fault, 3 for the API's."""

    def __init__(self, message: str, *, exit_code: int, answer: Json | None = None) -> None:
        """Keep the message, of one line and one more for each wrong field, and what the API said."""
        super().__init__(message)
        self.exit_code = exit_code
        self.answer = answer or {}


class Client:
    """Calls one API with one token."""

    def __init__(self, base_url: str, token: str) -> None:
        """Open nothing yet; proxies are not for this machine itself."""
        self._base_url = base_url.rstrip("/")
        self._token = token
        handlers = [urllib.request.ProxyHandler({})] if urlsplit(base_url).hostname in LOOPBACK_HOSTS else []
        self._opener = urllib.request.build_opener(*handlers)

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
        content = None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json", **(headers or {})}
        path += f"?{urlencode(query)}" if query else ""
        with self._told(), self._open(method, path, content, sent, timeout_s) as answer:
            return _json(answer.read())

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
            with self._told(), self._open("POST", path, content, sent) as answer:
                return _json(answer.read())

    def download(self, path: str) -> Iterator[bytes]:
        """Yield an answer's body, block by block. Raises: CallError."""
        with self._told():
            answer = self._open("GET", path, None, {})
        with answer:
            while True:
                with self._told():
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

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, _json(error.read())) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            message = f"the API at {self._base_url} cannot be reached ({reason}): `make up` or `make run` starts it"
            raise CallError(message, exit_code=UNREACHABLE) from None


def _json(content: bytes) -> Json:
    try:
        parsed = json.loads(content)
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def _refusal(status: int, problem: Json) -> CallError:
    """Turn a problem document (RFC 9457) into lines for a person."""
    said = problem.get("detail") or problem.get("title") or "no explanation"
    lines = [f"{said} (HTTP {status}{', ' + problem['code'] if problem.get('code') else ''})"]
    faults = [f"{fault.get('pointer', '?')}: {fault.get('detail', '')}" for fault in problem.get("errors") or ()]
    lines += [f"  {fault}" for fault in faults if fault != said]
    exit_code = UNREACHABLE if status >= SERVER_ERROR else USAGE
    return CallError("\n".join(lines), exit_code=exit_code, answer=problem)
