"""The dead letters of the played API: groups of failed jobs, and actions over many of them that go on by the clock."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.clock import utc_now
from tests.browser.played_job import Json, PlayedJob
from tests.browser.refused import RefusedError

NARROWING = ("type", "queue", "error_code", "fingerprint", "finished_from", "finished_to", "ids")
UNDER_WAY = {"pending", "running"}


@dataclass
class PlayedDead:
    """Groups and actions; `jobs` are the played API's own. An action does `per_look` jobs whenever it is asked for."""

    jobs: dict[str, PlayedJob]
    actions: list[Json] = field(default_factory=list)
    left: dict[str, list[str]] = field(default_factory=dict)
    per_look: int = 4

    def answer(self, method: str, path: str, *, query: Json, body: Json) -> tuple[int, Any]:
        """Answer what lies below /dead-letters. Raises: RefusedError."""
        if path in {"/retry", "/discard"}:
            return self._act(path.removeprefix("/"), body)
        if path.startswith("/actions"):
            return 200, self._actions(method, path)
        if found := re.fullmatch(r"/groups/([0-9a-f]{16})/jobs", path):
            return 200, self._page(found[1], query)
        if path:
            raise RefusedError(422, "invalid_request", "#path/fingerprint: it does not match.")
        groups = self._groups(self._matching(query))
        limit = int(query.get("limit", 50))
        total = sum(group["count"] for group in groups)
        return 200, {"groups": groups[:limit], "total": total, "total_groups": len(groups)}

    def _act(self, verb: str, body: Json) -> tuple[int, Any]:
        narrowing = {key: body[key] for key in NARROWING if body.get(key) is not None}
        if bool(narrowing) == body["all"]:
            raise RefusedError(422, "invalid_request", "give a filter, or all: true")
        met = self._matching(narrowing)
        if body["dry_run"]:
            groups = self._groups(met)
            samples = [sample for group in groups for sample in group["samples"]]
            return 200, {"matched": len(met), "samples": samples, "groups": groups[:10], "total_groups": len(groups)}
        id_ = str(UUID(int=(0x019AB1 << 104) | (7 << 76) | (2 << 62) | len(self.actions)))
        action = {"id": id_, "action": verb, "filter": narrowing, "status": "pending", "total": len(met), "done": 0}
        action |= {"skipped": 0, "created_at": utc_now().isoformat(), "started_at": None, "finished_at": None}
        self.actions.insert(0, action | {"error": None})
        self.left[id_] = [job.body["id"] for job in met]
        return 202, self.actions[0]

    def _actions(self, method: str, path: str) -> Json:
        if found := re.fullmatch(r"/actions/([^/]+)/cancel", path):
            action = next(one for one in self.actions if one["id"] == found[1])
            if action["status"] not in UNDER_WAY:
                raise RefusedError(409, "action_is_over", f"The action is {action['status']}.")
            action |= {"status": "cancelled", "finished_at": utc_now().isoformat()}
            return action
        for action in self.actions:
            if action["status"] in UNDER_WAY:
                self._go_on(action)
        return {"items": self.actions[:5], "next_cursor": None}

    def _go_on(self, action: Json) -> None:
        if action["status"] == "pending":
            action |= {"status": "running", "started_at": utc_now().isoformat()}
            return
        left = self.left[action["id"]]
        batch, left[:] = left[: self.per_look], left[self.per_look :]
        for id_ in batch:
            if action["action"] == "discard":
                del self.jobs[id_]
            else:
                self.jobs[id_].body |= {"error": None, "result": None}
                self.jobs[id_].move("pending", "retried")
        action["done"] += len(batch)
        if not left:
            action |= {"status": "completed", "finished_at": utc_now().isoformat()}

    def _page(self, fingerprint: str, query: Json) -> Json:
        met = [job.summary() for job in self._matching({"fingerprint": fingerprint})]
        start, size = int(query.get("cursor", 0)), int(query["limit"])
        more = str(start + size) if len(met) > start + size else None
        return {"items": met[start : start + size], "next_cursor": more}

    def _matching(self, wanted: Json) -> list[PlayedJob]:
        tests: dict[str, Callable[[PlayedJob, Any], bool]] = {
            "type": lambda job, name: job.body["type"] == name,
            "queue": lambda job, name: job.body["queue"] == name,
            "error_code": lambda job, code: job.body["error"]["code"] == code,
            "fingerprint": lambda job, name: fingerprint_of(job) == name,
            "finished_from": lambda job, at: job.body["finished_at"] >= at.replace("Z", ""),
            "finished_to": lambda job, at: job.body["finished_at"] < at.replace("Z", ""),
            "ids": lambda job, ids: job.body["id"] in ids,
        }
        chosen = [(tests[key], value) for key, value in wanted.items() if key in tests]
        failed = [job for job in self.jobs.values() if job.status == "failed"]
        failed.sort(key=lambda job: job.body["id"], reverse=True)
        return [job for job in failed if all(fits(job, value) for fits, value in chosen)]

    def _groups(self, met: list[PlayedJob]) -> list[Json]:
        found: dict[str, list[PlayedJob]] = {}
        for job in met:
            found.setdefault(fingerprint_of(job), []).append(job)
        groups = [_group(name, jobs) for name, jobs in found.items()]
        return sorted(groups, key=lambda group: -group["count"])


def fingerprint_of(job: PlayedJob) -> str:
    """Return the group of a failed job: its type, its error's code, and the message without the words with a digit."""
    error = job.body["error"]
    message = re.sub(r"\S*\d\S*", "#", error["message"])
    return hashlib.sha256(f"{job.body['type']} {error['code']} {message}".encode()).hexdigest()[:16]


def _group(fingerprint: str, jobs: list[PlayedJob]) -> Json:
    error, times = jobs[0].body["error"], sorted(job.body["finished_at"] for job in jobs)
    samples = [{"id": job.body["id"], "finished_at": job.body["finished_at"]} for job in jobs[:3]]
    shown = {"fingerprint": fingerprint, "type": jobs[0].body["type"], "error_code": error["code"]}
    shown |= {"message": error["message"], "count": len(jobs)}
    return shown | {"first_at": times[0], "last_at": times[-1], "samples": samples}
