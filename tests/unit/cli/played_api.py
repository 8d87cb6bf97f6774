"""An API over real HTTP that answers from a list, and keeps what it was asked; its job types are the real ones."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from app.processors import registry
from app.processors.base import schema_of

JOB_TYPES = "/api/v1/job-types"


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Raw:
    """An answer that is not the API's own JSON."""

    content: bytes
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "text/html"})


def real_types() -> list[dict[str, Any]]:
    return [{"name": one.name, "input_schema": schema_of(one.input_model)} for one in registry.all_types()]


@dataclass
class PlayedApi:
    """`answers` are (status, JSON), given one after the other; the last one stays.

    Job types have a list of answers of their own, `types`; how often they were asked for is `types_asked`.
    """

    answers: list[tuple[int, Any]]
    types: list[tuple[int, Any]] = field(default_factory=lambda: [(200, real_types())])
    asked: list[Asked] = field(default_factory=list)
    types_asked: int = 0
    url: str = ""

    def answer(self, asked: Asked) -> tuple[int, Any]:
        if asked.path == JOB_TYPES:
            self.types_asked += 1
            answers = self.types
        else:
            self.asked.append(asked)
            answers = self.answers
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def played_api(*answers: tuple[int, Any]) -> Iterator[PlayedApi]:
    api = PlayedApi(list(answers))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            is_form = headers.get("content-type", "").startswith(("multipart/", "application/x-www-form-urlencoded"))
            body = sent if is_form else json.loads(sent) if sent else None
            status, value = api.answer(Asked(self.command, self.path, headers, body))
            raw = value if isinstance(value, Raw) else Raw(b"" if value is None else json.dumps(value).encode(), {})
            content = raw.content
            self.send_response(status)
            for name, text in raw.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        api.url = f"http://127.0.0.1:{server.server_address[1]}"
        yield api
        server.shutdown()
        thread.join()
