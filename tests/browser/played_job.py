"""One job of the played API, which moves by the clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.core.clock import utc_now
from app.jobs.history import EventOut, attempts_of

QUEUED_S = 0.4
MODEL_S = 0.8
CANCEL_S = 0.5
FINAL = {"completed", "failed", "cancelled"}
WORKER = "worker-1f2e3d4c@host-a"
Json = dict[str, Any]
# What nobody knows of a new job.
# What a job keeps of how it was submitted, and how it calls it.
KEPT = {key: key for key in ("priority", "max_attempts", "max_refusals", "metadata", "max_cost_usd")} | {
    "model": "requested_model"
}
UNTOLD = (
    *("worker", "error", "progress", "provider", "model", "prompt_version", "prompt_tokens", "completion_tokens"),
    *("cached_tokens", "cost_usd", "max_cost_usd", "started_at", "finished_at", "result", "metadata"),
)


@dataclass
class PlayedJob:
    """One job; `advance` moves it to where the clock says it is."""

    body: Json
    is_frozen: bool = False
    changed_at: datetime = field(default_factory=utc_now)

    @property
    def status(self) -> str:
        """Return the status as people see it."""
        status: str = self.body["status"]
        is_ahead = datetime.fromisoformat(self.body["run_at"]) > utc_now()
        return "scheduled" if status == "pending" and is_ahead else status

    def advance(self) -> None:
        """Start it, end it, or cancel it, when its time has come."""
        if self.is_frozen or self.status in FINAL | {"scheduled"}:
            return
        age_s = (utc_now() - self.changed_at).total_seconds()
        if self.status == "pending" and age_s >= QUEUED_S:
            began = self.body["attempt"] + 1
            self.body |= {
                "attempt": began,
                "attempts_used": began,
                "worker": WORKER,
                "started_at": utc_now().isoformat(),
            }
            self.move("processing", "started")
        elif self.status == "processing" and self.body["cancel_requested"] and age_s >= CANCEL_S:
            self.move("cancelled", "cancelled")
        elif self.status == "processing" and age_s >= self.body["input"].get("sleep_s", MODEL_S):
            self.body["result"] = result_of(self.body)
            self.body |= {"provider": "local", "model": "SmolLM2-135M", "prompt_tokens": 412, "completion_tokens": 58}
            self.move("completed", "completed", {"run_ms": int(age_s * 1000), "provider": "local"})

    def act(self, verb: str | None) -> None:
        """Cancel it or run it once more."""
        if verb == "retry":
            self.body |= {"error": None, "result": None}
            self.move("pending", "retried")
        elif verb == "cancel" and self.status == "processing":
            self.body["cancel_requested"] = True
            self.move("processing", "cancel_requested")
        elif verb == "cancel":
            self.move("cancelled", "cancelled")

    def change(self, wanted: Json) -> None:
        """Do what PATCH does with a job that waits."""
        given = dict(wanted)
        if "delay_s" in given:
            given["run_at"] = (utc_now() + timedelta(seconds=given.pop("delay_s"))).isoformat()
        self.body |= given
        self.move("pending", "updated", {"changed": sorted(wanted)})

    def move(self, status: str, name: str, detail: Json | None = None, at: datetime | None = None) -> None:
        """Write a status and its line of history."""
        self.changed_at = at or utc_now()
        self.body["status"] = status
        self.body["version"] += 1
        self.body["finished_at"] = self.changed_at.isoformat() if status in FINAL else None
        if status in FINAL:
            self.body["cancel_requested"] = False
        self.body["events"].append(
            {
                "version": self.body["version"],
                "seq": len(self.body["events"]) + 1,
                "name": name,
                "status": status,
                "attempt": self.body["attempt"],
                "worker": self.body["worker"],
                "at": self.changed_at.isoformat(),
                "detail": detail,
            }
        )

    def detail(self) -> Json:
        """Return everything, attempts included."""
        events = [EventOut.model_validate(event) for event in self.body["events"]]
        attempts = [one.model_dump(mode="json") for one in attempts_of(events)]
        return self.body | {"status": self.status, "attempts": attempts}

    def summary(self) -> Json:
        """Return the light row."""
        heavy = {"input", "result", "metadata", "request_id", "events"}
        return {key: value for key, value in self.body.items() if key not in heavy} | {"status": self.status}


def result_of(job: Json) -> Json:
    if job["type"] == "echo":
        return {"message": job["input"]["message"]}
    return {"summary": "The river is high today, and the mill runs.", "words": 9, "record": 2**63}


def worker_out(*, busy: int) -> Json:
    """Return the one worker as the statistics show it."""
    return {
        "id": WORKER,
        "host": "host-a",
        "pid": 4711,
        "queues": ["default"],
        "slots": 50,
        "busy": busy,
        "version": "0.1.0",
        "state": "running",
        "started_at": (utc_now() - timedelta(hours=3)).isoformat(),
        "beat_at": (utc_now() - timedelta(seconds=2)).isoformat(),
    }
