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


THOUGHTS = (
    "The user wants a summary. <b>Which words matter?</b> The river, the mill.\n\n" + "Let me count again. " * 400
)


def struggle(site: StandIn) -> PlayedJob:
    """Put a job there that waited for a place, was refused, passed two models over, and thought before it answered."""
    job = site.add("summarize", {"text": "The river is high today."}, age_s=90, refusals=7)
    busy = {"code": "model_busy", "message": "The model eye takes 1 call at once; it answers another job now."}
    full = {"code": "rate_limited", "message": "the model provider's rate limit is reached"}
    for ago_s in (88, 80, 72):
        _attempt(job, ago_s, 0.1, "pending", "released", {"error": busy})
    asked = {"provider": "openrouter", "model": "acme/eye", "prompt_tokens": 653, "completion_tokens": 12}
    _attempt(job, 60, 9, "pending", "released", {"error": full, "run_ms": 9000, **asked})
    spent = {"run_ms": 1100, "waited_ms": 4200, "fallback": "dead: network, ok2: rate_limited", "cost_usd": 0.0021}
    spent |= asked | {"completion_tokens": 1058, "reasoning_tokens": 1000, "reasoning": THOUGHTS}
    _attempt(job, 20, 5.3, "completed", "completed", spent)
    job.body |= asked | {"result": result_of(job.body), "completion_tokens": 1070, "attempts_used": 1}
    return job


def cut_off(site: StandIn) -> PlayedJob:
    """Put a job there whose model's answer ended before its end."""
    message = "the model's answer was cut off after 52 characters: the model writes at most 16 tokens in one answer"
    job = fail(site, "summarize", "output_truncated", message, age_s=30)
    job.body["result"] = {"summary": "The river is high today, and the mill runs, although"}
    return job
