"""The queues and job types of the played API: their figures, their controls, a backlog, and why a job waits."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from app.core.clock import utc_now
from app.processors import registry
from app.processors.base import JobType, schema_of
from tests.browser.played_job import FINAL, Json, PlayedJob
from tests.browser.refused import RefusedError

Scope = Literal["queue", "type"]
QUEUES = ("default", "slow")
SLOTS = {"default": 50}


@dataclass
class PlayedQueues:
    """What is set for each queue and type; the jobs are the played API's."""

    jobs: Callable[[], Iterable[PlayedJob]]
    names: tuple[str, ...] = QUEUES
    paused: dict[tuple[Scope, str], str] = field(default_factory=dict)
    limits: dict[tuple[Scope, str], int] = field(default_factory=dict)
    is_broker_away: bool = False

    def read(self) -> Json:
        """Return what GET /queues would."""
        queues = [
            self._flow("queue", name)
            | {
                "in_broker": None if self.is_broker_away else len(self._waiting(name)),
                "slots": SLOTS.get(name, 0),
                "oldest_waiting_s": 2.5 if self._waiting(name) else None,
            }
            for name in self.names
        ]
        return {"queues": queues, "types": [self._flow("type", one.name) for one in registry.all_types()]}

    def answer(self, room: str, name: str, verb: str, *, query: Json, body: Json) -> Json:
        """Answer for one queue or type: its backlog, or a change of what is set. Raises: RefusedError."""
        scope: Scope = "queue" if room == "queues" else "type"
        known = self.names if scope == "queue" else tuple(one.name for one in registry.all_types())
        if name not in known:
            raise RefusedError(404, f"{scope}_not_found", f"There is no {scope} {name!r}.")
        if verb == "jobs":
            return self._backlog(name, query)
        if verb == "pause":
            self.paused.setdefault((scope, name), utc_now().isoformat())
        elif verb == "resume":
            self.paused.pop((scope, name), None)
        elif body["max_running"] is None:
            self.limits.pop((scope, name), None)
        else:
            self.limits[scope, name] = body["max_running"]
        return self._control(scope, name)

    def _backlog(self, name: str, query: Json) -> Json:
        start, size = int(query.get("cursor", 0)), int(query["limit"])
        found = [job.summary() for job in self._waiting(name)]
        more = str(start + size) if len(found) > start + size else None
        return {"items": found[start : start + size], "next_cursor": more}

    def explain(self, job: PlayedJob) -> Json:
        """Return what GET /jobs/{id}/explain would."""
        now = utc_now()
        told: Json = {"id": job.body["id"], "status": job.status, "now": now.isoformat(), "reasons": []}
        told |= {"jobs_ahead": None, "starts_at": None}
        if job.status in FINAL:
            return told | {"summary": f"It ended as {job.status} at {job.body['finished_at']}."}
        if job.status == "processing":
            until = (now + timedelta(seconds=30)).isoformat(timespec="seconds")
            lease = f"without a sign of life by {until} it is given to another."
            return told | {"summary": f"Attempt {job.body['attempt']} runs on {job.body['worker']}; {lease}"}
        reasons = list(self._reasons(job))
        is_held = any(reason["code"].endswith("_paused") for reason in reasons)
        if job.status == "pending":
            told["jobs_ahead"] = [one.body["id"] for one in self._waiting(job.body["queue"])].index(job.body["id"])
        starts_at = None if is_held else max(now, datetime.fromisoformat(job.body["run_at"])).isoformat()
        return told | {"summary": reasons[0]["message"], "reasons": reasons, "starts_at": starts_at}

    def _reasons(self, job: PlayedJob) -> Iterable[Json]:
        run_at = job.body["run_at"]
        if job.status == "scheduled":
            message = f"It was submitted to start not before {run_at}."
            yield {"code": "not_due", "message": message, "until": run_at}
        yield from self._paused("queue", job.body["queue"])
        yield from self._paused("type", job.body["type"])
        if job.status == "pending":
            message = "It was sent to the workers; 1 messages wait. If it was lost, it is sent again."
            yield {"code": "in_broker", "message": message, "until": (utc_now() + timedelta(minutes=1)).isoformat()}

    def _paused(self, scope: Scope, name: str) -> Iterable[Json]:
        if since := self.paused.get((scope, name)):
            what = "queue" if scope == "queue" else "job type"
            message = f"The {what} {name!r} has been paused since {since}."
            yield {"code": f"{scope}_paused", "message": message, "until": None}

    def _control(self, scope: Scope, name: str) -> Json:
        running = sum(job.status == "processing" and job.body[scope] == name for job in self.jobs())
        key = (scope, name)
        return {
            "name": name,
            "paused_at": self.paused.get(key),
            "max_running": self.limits.get(key),
            "running": running,
        }

    def _flow(self, scope: Scope, name: str) -> Json:
        mine = [job.status for job in self.jobs() if job.body[scope] == name]
        return self._control(scope, name) | {"waiting": mine.count("pending"), "scheduled": mine.count("scheduled")}

    def _waiting(self, queue: str) -> list[PlayedJob]:
        return [job for job in self.jobs() if job.status == "pending" and job.body["queue"] == queue]

    def holds(self, job: PlayedJob) -> bool:
        """Whether a pause keeps this job from starting."""
        return ("queue", job.body["queue"]) in self.paused or ("type", job.body["type"]) in self.paused


def type_out(one: JobType[Any, Any]) -> Json:
    """Return a type as GET /job-types would."""
    return {
        "name": one.name,
        "title": one.title,
        "description": one.description,
        "input_schema": schema_of(one.input_model),
        "result_schema": schema_of(one.result_model),
        "example": one.example,
        "timeout_s": one.timeout_s,
        "prompt_version": one.prompt.version if one.prompt else None,
    }
