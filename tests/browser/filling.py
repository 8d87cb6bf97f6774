"""Jobs of every state for the played API, with a history worth looking at."""

from datetime import timedelta
from typing import Any

from app.core.clock import utc_now
from tests.browser.played_job import WORKER, Json, PlayedJob, result_of
from tests.browser.stand_in import StandIn


def fill(site: StandIn) -> None:
    """Put jobs of every state there, with a history worth looking at."""
    article = "The river is high today, and the mill runs. " * 60
    for index in range(31):
        job = site.add("summarize" if index % 3 else "translate", {"text": article}, age_s=4000 - index * 60)
        _run(job, 4000 - index * 60, "completed")
    failing = site.add("classify", {"text": "I was charged twice.", "categories": ["billing", "bug"]}, age_s=95)
    error = {"code": "provider_error", "message": "The provider answered 503.", "cause": {"status": 503, "try": 4}}
    _attempt(failing, 94, 12, "pending", "retry_scheduled", {"error": error, "provider": "local"})
    _attempt(failing, 60, 9, "failed", "failed", {"error": error, "provider": "local", "model": "SmolLM2-135M"})
    failing.body |= {"error": error, "provider": "local", "model": "SmolLM2-135M", "metadata": {"customer": 17}}
    stopped = site.add("echo", {"message": "never mind", "sleep_s": 600}, age_s=70)
    _attempt(stopped, 69, 20, "cancelled", "cancelled", None)
    running = site.add("echo", {"message": "a long one", "sleep_s": 3600}, age_s=40)
    running.body |= {
        "attempt": 1,
        "attempts_used": 1,
        "worker": WORKER,
        "started_at": (utc_now() - timedelta(seconds=39)).isoformat(),
    }
    running.move("processing", "started", at=utc_now() - timedelta(seconds=39))
    running.is_frozen = True
    waiting = site.add("summarize", {"text": article}, age_s=3)
    waiting.is_frozen = True
    later = site.add("echo", {"message": "tomorrow", "sleep_s": 0}, age_s=2)
    later.body["run_at"] = (utc_now() + timedelta(hours=20)).isoformat()


def fail(site: StandIn, job_type: str, code: str, message: str, *, age_s: float, **extra: Any) -> PlayedJob:
    """Put a failed job there that ended `age_s` ago."""
    job = site.add(job_type, {"text": "A short text."}, age_s=age_s + 10, **extra)
    error = {"code": code, "message": message, "cause": None}
    job.body["error"] = error
    _attempt(job, age_s + 5, 5, "failed", "failed", {"error": error})
    return job


def add_file(site: StandIn, path: str, size_bytes: int = 1500) -> None:
    """Put a file into the folder that jobs may read."""
    site.files.append({"path": path, "size_bytes": size_bytes, "modified_at": utc_now().isoformat()})


def _attempt(job: PlayedJob, ago_s: float, run_s: float, status: str, name: str, detail: Json | None) -> None:
    started = utc_now() - timedelta(seconds=ago_s)
    began = job.body["attempt"] + 1
    job.body |= {"attempt": began, "attempts_used": began, "worker": WORKER, "started_at": started.isoformat()}
    job.move("processing", "started", at=started)
    job.move(status, name, detail, at=started + timedelta(seconds=run_s))


def _run(job: PlayedJob, age_s: float, status: str) -> None:
    _attempt(job, age_s - 0.3, 1.4, status, status, {"provider": "local", "model": "SmolLM2-135M", "run_ms": 1400})
    job.body |= {"result": result_of(job.body), "provider": "local", "model": "SmolLM2-135M", "prompt_tokens": 412}
    job.body |= {"completion_tokens": 58, "prompt_version": "summarize@1:ab12cd34"}
