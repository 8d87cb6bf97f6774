"""Jobs of the played API that asked a model: what they cost, what they waited for, and what came of a PDF."""

from datetime import timedelta

from app.core.clock import utc_now
from tests.browser.played_job import WORKER, Json, PlayedJob
from tests.browser.stand_in import StandIn

BODY = "The river is high today, and the mill runs.\n\nThe miller says that it will run until the snow is gone. "
ARTICLE: Json = {
    "title": "High water at the mill",
    "subtitle": "The wheel has not stood still since Monday",
    "author": "By A. Reporter",
    "body": BODY + "The town listens. " * 40,
    "topics": ["river", "mill", "snow"],
    "summary": "The mill runs on high water, and will until the snow is gone.",
}
HOSTILE: Json = {
    "title": "<img src=x onerror=alert(1)> **not bold**",
    "subtitle": None,
    "author": None,
    "body": "<script>alert(1)</script> is text.",
    "topics": ["a-topic-without-a-space-that-is-longer-than-a-narrow-window-is-wide"],
    "summary": "Text stays text.",
}
SKIPPED: Json = {"page_number": 2, "status": "skipped", "reason": "no_text_layer", "articles": []}
FAILED: Json = {"page_number": 4, "status": "failed", "reason": "invalid_output", "articles": []}


def _page(number: int, *articles: Json) -> Json:
    return {"page_number": number, "status": "processed", "reason": None, "articles": list(articles)}


def add_newspaper(site: StandIn, *, is_partial: bool = False) -> PlayedJob:
    """Add a PDF of eight pages that was read; with `is_partial` up to a page whose output stayed invalid."""
    job = site.add("pdf_extract", {"file_id": site.uploads.add("courier.pdf")}, age_s=300)
    pages = [_page(1, ARTICLE, HOSTILE), SKIPPED, _page(3)]
    pages += [FAILED] if is_partial else [_page(number, ARTICLE) for number in range(4, 9)]
    used = {"prompt_tokens": 9120, "cached_tokens": 4096, "completion_tokens": 870, "cost_usd": 0.001_89}
    asked = {"provider": "local", "model": "SmolLM2-135M", "fallback": "big: provider_down, eye: rate_limited"}
    job.body |= {
        "requested_model": "careful",
        "max_cost_usd": 0.05,
        "attempt": 1,
        "attempts_used": 1,
        "worker": WORKER,
        "provider": "local",
        "model": "SmolLM2-135M",
        "result": {"filename": "courier.pdf", "issue_date": "2026-03-14", "pages": pages},
    }
    job.body |= used
    job.move("processing", "started", at=utc_now() - timedelta(seconds=290))
    if is_partial:
        message = "1 of 4 pages failed; page 4: topics has 2 items, 3 at least"
        error = {"code": "invalid_output", "message": message, "pointer": "#/articles/0/topics", "cause": None}
        job.body["error"] = error
        job.move("failed", "failed", {**asked, **used, "error": error}, at=utc_now() - timedelta(seconds=200))
    else:
        job.move("completed", "completed", {**asked, **used}, at=utc_now() - timedelta(seconds=200))
    return job


def add_waited(site: StandIn) -> PlayedJob:
    """Add a job that waited three times for a quota, and runs now with some of its work done."""
    job = site.add("summarize", {"text": "A long text. " * 40}, age_s=100)
    job.is_frozen = True
    for attempt, ago_s in enumerate((95, 70, 40), start=1):
        job.body |= {"attempt": attempt, "worker": WORKER}
        job.move("processing", "started", at=utc_now() - timedelta(seconds=ago_s))
        error = {"code": "rate_limited", "message": "The quota of openrouter/big is used up.", "cause": None}
        job.move("pending", "released", {"error": error}, at=utc_now() - timedelta(seconds=ago_s - 0.2))
    progress = {"done": 3, "total": 8, "message": "parts summarized"}
    job.body |= {"attempt": 4, "attempts_used": 1, "progress": progress}
    job.move("processing", "started", at=utc_now() - timedelta(seconds=12))
    return job
