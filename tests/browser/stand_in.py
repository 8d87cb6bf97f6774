"""An API played for the browser: the built pages, and jobs that run by the clock, in one process and without a port.

It knows the job types, the pointers of faults and the security headers from the application itself; the rest is the
smallest thing that moves as the real one does.
"""

import asyncio
import json
import mimetypes
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from playwright.async_api import Route
from pydantic import ValidationError

from app.core.clock import utc_now
from app.jobs.states import ShownStatus
from app.processors import registry
from tests.browser.played_dead import PlayedDead
from tests.browser.played_files import PlayedFiles
from tests.browser.played_job import KEPT, UNTOLD, Json, PlayedJob, worker_out
from tests.browser.played_minutes import last_minutes
from tests.browser.played_people import ADA, PlayedPeople
from tests.browser.played_people import PATH as PEOPLE_PATH
from tests.browser.played_providers import COSTS, PlayedProviders, costs_out
from tests.browser.played_queues import PlayedQueues, type_out
from tests.browser.refused import RefusedError

ORIGIN = "http://headrace.localhost"
TOKEN = "the-token-of-the-stand-in"
CODE = "one-time-code"
EMAIL, PASSWORD = "ada@example.org", "the mill stood still"
CSP = "default-src 'self'; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"


@dataclass
class StandIn:
    """The state of the played API, and its answers.

    `faults` maps a path's beginning to a status; `gate` holds the answers back, `drawing` those of pages' pictures.
    `draw` returns a page of a job's document.
    """

    dist: Path
    jobs: dict[str, PlayedJob] = field(default_factory=dict)
    files: list[Json] = field(default_factory=list)
    has_more_files: bool = False
    uploads: PlayedFiles = field(default_factory=PlayedFiles)
    people: PlayedPeople = field(default_factory=PlayedPeople)
    providers: PlayedProviders = field(default_factory=PlayedProviders)
    costs: Json = field(default_factory=lambda: dict(COSTS))
    is_signed_in: bool = True
    has_worker: bool = True
    gone_workers: list[Json] = field(default_factory=list)
    faults: dict[str, int] = field(default_factory=dict)
    is_away: bool = False
    methods: Json = field(default_factory=lambda: {"password": True, "single_sign_on": None, "registration": "closed"})
    gate: asyncio.Event | None = None
    drawing: asyncio.Event | None = None
    draw: Callable[[str, int], bytes] = field(default=lambda _job_id, _number: b"")
    asked: list[str] = field(default_factory=list)
    queues: PlayedQueues = field(init=False)
    dead: PlayedDead = field(init=False)

    def __post_init__(self) -> None:
        """Let the queues and the dead letters see the jobs."""
        self.queues = PlayedQueues(self.jobs.values)
        self.dead = PlayedDead(self.jobs)

    def add(self, job_type: str, input_: Json, *, age_s: float = 0, **extra: Any) -> PlayedJob:
        """Add a job, submitted `age_s` ago."""
        at = utc_now() - timedelta(seconds=age_s)
        number = len(self.jobs) + 1
        id_ = str(UUID(int=(0x019AB0 << 104) | (7 << 76) | (2 << 62) | (number * 0x10F37B)))
        body: Json = {
            "id": id_,
            "type": job_type,
            "status": "pending",
            "queue": "default",
            "priority": "default",
            "attempt": 0,
            "attempts_used": 0,
            "max_attempts": 4,
            "run_at": at.isoformat(),
            "deadline_at": (at + timedelta(days=1)).isoformat(),
            "timeout_s": 120,
            "refusals": 0,
            "max_refusals": 100,
            "crashes": 0,
            "max_crashes": 5,
            "cancel_requested": False,
            "requested_model": "default" if job_type != "echo" else None,
            "version": 0,
            "created_at": at.isoformat(),
            "input": input_,
            "request_id": f"req-{number:04}",
            "events": [],
        }
        job = PlayedJob(dict.fromkeys(UNTOLD) | body | extra)
        job.move("pending", "submitted", at=at)
        self.jobs[id_] = job
        return job

    async def handle(self, route: Route) -> None:
        """Answer one request of the browser."""
        request = route.request
        url = urlsplit(request.url)
        if f"{url.scheme}://{url.netloc}" != ORIGIN:
            self.asked.append(f"FOREIGN {request.url}")
            await route.abort()
        elif not url.path.startswith("/api/"):
            await self._page(route, url.path)
        elif self.is_away:
            await route.abort("connectionrefused")
        else:
            self.asked.append(f"{request.method} {url.path}")
            if self.gate and not url.path.endswith(("/session", "/auth/me")):
                await self.gate.wait()
            query = {key: values[0] for key, values in parse_qs(url.query).items()}
            try:
                if (page := _PAGE.fullmatch(url.path)) and page[1] in self.jobs:
                    await self._picture(route, page[1], int(page[2]))
                    return
                status, body, headers = self._answer(route, request.method, url.path.removeprefix("/api/v1"), query)
            except RefusedError as refused:
                status, headers = refused.status, {"Content-Type": "application/problem+json"}
                body = {"code": refused.code, "detail": refused.detail, "request_id": "req-of-the-fault"}
                if refused.errors:
                    body["errors"] = refused.errors
            content = "" if body is None else json.dumps(body)
            await route.fulfill(status=status, headers={"Content-Type": "application/json"} | headers, body=content)

    async def _page(self, route: Route, path: str) -> None:
        file = self.dist / path.lstrip("/")
        if not file.is_file():
            file = self.dist / "index.html"
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        headers = {"Content-Type": kind, "Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff"}
        await route.fulfill(status=200, headers=headers, body=file.read_bytes())

    async def _picture(self, route: Route, job_id: str, number: int) -> None:
        """Answer with a page of a job's document. Raises: RefusedError."""
        if self.drawing is not None:
            await self.drawing.wait()
        self._refuse_broken(f"/jobs/{job_id}/pages/{number}")
        content = self.draw(job_id, number)
        await route.fulfill(status=200, headers={"Content-Type": "image/jpeg", "ETag": '"page"'}, body=content)

    def _answer(self, route: Route, method: str, path: str, query: Json) -> tuple[int, Any, dict[str, str]]:
        self._refuse_broken(path)
        if path == "/session":
            return self._session(method, _body(route) if method == "POST" else {})
        if path == "/auth/methods":
            return 200, self.methods, {}
        if not self.is_signed_in:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized", "Sign in first.")
        self._advance()
        fixed: dict[tuple[str, str], Callable[[], Any]] = {
            ("GET", "/admin/stats"): self.stats,
            ("GET", "/admin/throughput"): lambda: last_minutes(self.jobs.values(), int(query["minutes"])),
            ("GET", "/files/folder"): lambda: {"items": self.files, "truncated": self.has_more_files},
            ("GET", "/costs"): lambda: costs_out(self.costs, query),
            ("GET", "/providers"): self.providers.read,
            ("GET", "/job-types"): lambda: [type_out(one) for one in registry.all_types()],
            ("GET", "/jobs"): lambda: self._list(query),
            ("GET", "/queues"): self.queues.read,
            ("POST", "/jobs"): lambda: self._submit(_body(route)),
        }
        if answer := fixed.get((method, path)):
            return 202 if method == "POST" else 200, answer(), {}
        if PEOPLE_PATH.fullmatch(path):
            team = route.request.headers.get("x-team")
            return *self.people.answer(method, path, query=query, body=_body(route), team=team), {}
        if path.startswith("/jobs/"):
            id_, _, verb = path.removeprefix("/jobs/").partition("/")
            return self._one(route, method, id_, verb or None)
        return self._in_room(method, path, query, lambda: _body(route))

    def _refuse_broken(self, path: str) -> None:
        broken = next((status for start, status in self.faults.items() if path.startswith(start)), None)
        if broken is not None:
            raise RefusedError(broken, "database_unavailable", "The database cannot be reached; nothing was stored.")

    def _in_room(
        self, method: str, path: str, query: Json, body: Callable[[], Json]
    ) -> tuple[int, Any, dict[str, str]]:
        if path.startswith("/files"):
            return self.uploads.answer(method, path.removeprefix("/files"), query=query)
        if path.startswith("/providers/"):
            found = self.providers.answer(method, path.removeprefix("/providers"), query=query, body=body())
            return 204 if path.endswith("/forget") else 200, found, {}
        if path.startswith("/dead-letters"):
            return *self.dead.answer(method, path.removeprefix("/dead-letters"), query=query, body=body()), {}
        if (named := re.fullmatch(r"/(queues|job-types)/([^/]+)/(\w+)", path)) is None:
            raise RefusedError(404, "not_found", "Not found")
        return 200, self.queues.answer(*named.groups(), query=query, body=body()), {}

    def _advance(self) -> None:
        for job in self.jobs.values():
            if job.status != "pending" or not self.queues.holds(job):
                job.advance()

    def _session(self, method: str, credential: Json) -> tuple[int, Any, dict[str, str]]:
        if method == "GET":
            if not self.is_signed_in:
                raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized", "Sign in first.")
            session = {"name": "service", "environment": "development", "provider": "local", "model": "SmolLM2-135M"}
            return 200, session, {}
        known = ({"token": TOKEN}, {"code": CODE}, {"username": EMAIL, "password": PASSWORD})
        if method == "POST" and credential not in known:
            raise RefusedError(HTTPStatus.UNAUTHORIZED, "unauthorized", "This is not the service token.")
        self.is_signed_in = method == "POST"
        return 204, None, {}

    def _submit(self, given: Json) -> Json:
        chosen = next(one for one in registry.all_types() if one.name == given["type"])
        try:
            chosen.input_model.model_validate(given["input"])
        except ValidationError as error:
            errors = [
                {"pointer": "#/input/" + "/".join(str(part) for part in one["loc"]), "detail": one["msg"]}
                for one in error.errors()
            ]
            raise RefusedError(422, "invalid_request", errors[0]["detail"], errors) from None
        extra: Json = {name: given[key] for key, name in KEPT.items() if key in given}
        job = self.add(given["type"], given["input"], **extra)
        job.body["run_at"] = (utc_now() + timedelta(seconds=given.get("delay_s", 0))).isoformat()
        return job.detail()

    def _list(self, query: Json) -> Json:
        chosen = [
            job.summary()
            for job in sorted(self.jobs.values(), key=lambda one: one.body["created_at"], reverse=True)
            if (self.people.sees_all or self.people.team_id == job.body.get("team_id", ADA))
            and query.get("status") in {None, job.status}
            and query.get("type") in {None, job.body["type"]}
            and query.get("queue") in {None, job.body["queue"]}
            and job.body["id"].startswith(query.get("id_prefix", ""))
            and job.body["created_at"] >= query.get("created_from", "").replace("Z", "")
        ]
        start, size = int(query.get("cursor", 0)), int(query["limit"])
        more = str(start + size) if len(chosen) > start + size else None
        return {"items": chosen[start : start + size], "next_cursor": more}

    def _one(self, route: Route, method: str, id_: str, verb: str | None) -> tuple[int, Any, dict[str, str]]:
        if (job := self.jobs.get(id_)) is None:
            raise RefusedError(404, "not_found", "There is no such job.")
        if method == "DELETE":
            del self.jobs[id_]
            return 204, None, {}
        if verb == "explain":
            return 200, self.queues.explain(job), {}
        if method == "PATCH":
            job.change(_body(route))
        job.act(verb)
        etag = f'"{job.body["version"]}-{job.status}"'
        if route.request.headers.get("if-none-match") == etag:
            return 304, None, {"ETag": etag}
        return 200, job.detail(), {"ETag": etag}

    def stats(self) -> Json:
        """Return what GET /admin/stats would."""

        def count(jobs: list[PlayedJob]) -> Json:
            return {one.value: sum(job.status == one.value for job in jobs) for one in ShownStatus}

        def by(key: str) -> Json:
            names = {job.body[key] for job in self.jobs.values()}
            return {name: count([job for job in self.jobs.values() if job.body[key] == name]) for name in names}

        jobs = list(self.jobs.values())
        ended = {status: count(jobs)[status] for status in ("completed", "failed", "cancelled")}
        quick = {"wait": {"p50_s": 0.087, "p95_s": 0.412}, "run": {"p50_s": 1.34, "p95_s": 4.82}}
        windows = {name: ended | {"per_minute": sum(ended.values()) / minutes} | quick for name, minutes in _WINDOWS}
        return {
            "by_status": count(jobs),
            "by_type": by("type"),
            "by_queue": by("queue"),
            "oldest_waiting_s": 2.5 if count(jobs)["pending"] else None,
            "windows": windows,
            "workers": [worker_out(busy=count(jobs)["processing"])] if self.has_worker else [],
            "gone_workers": self.gone_workers,
            "counts_age_s": 0.1,
        }


_PAGE = re.compile(r"/api/v1/jobs/([^/]+)/pages/(\d+)")
_WINDOWS = (("1m", 1), ("15m", 15), ("1h", 60))


def _body(route: Route) -> Json:
    given: Json = route.request.post_data_json or {}
    return given
