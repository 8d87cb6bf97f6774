"""Users who submit a job and poll it to its end. Needs SERVICE_TOKEN in the environment, and `--host`.

`make load-test` runs it headless against the stack that is up; `locust -f load_test/locustfile.py` opens its page.
Tags choose what is asked: `--tags submit`, `batch`, `read`; without tags users do everything.
"""

import os
import random
import sys
import time
from datetime import datetime
from typing import Any

from locust import FastHttpUser, between, events, tag, task
from locust.env import Environment

FINAL = {"completed", "failed", "cancelled"}
POLL_S = 1.0
PATIENCE_S = 60.0
LIMIT_P95_MS = float(os.environ.get("LIMIT_P95_MS", "100"))
TEXTS = ("The river is high today.", "I was charged twice.", "Invoice 17, 49.00 EUR, due on 1 March.")
SUBMIT = "POST /jobs"
BATCH = 100


class Submitter(FastHttpUser):
    """Submits a job, then asks for it until it is over, as a client without a stream does."""

    wait_time = between(0.5, 1.5)
    weight = 4

    def on_start(self) -> None:
        """Take the token."""
        self.headers = {"X-Service-Token": os.environ["SERVICE_TOKEN"]}

    @tag("submit")
    @task
    def submit_and_poll(self) -> None:
        """Submit an echo job and poll it every second; a job that does not complete in time is a failure."""
        body = {"type": "echo", "input": {"message": random.choice(TEXTS)}}
        with self.client.post(
            "/api/v1/jobs", json=body, headers=self.headers, name=SUBMIT, catch_response=True
        ) as sent:
            if sent.status_code != 202:
                sent.failure(f"answered {sent.status_code}")
                return
            job_id = sent.json()["id"]
        self._poll(job_id)

    def _poll(self, job_id: str) -> None:
        until = time.monotonic() + PATIENCE_S
        while True:
            answer: Any = self.client.get(f"/api/v1/jobs/{job_id}", headers=self.headers, name="GET /jobs/{id}")
            job = answer.json() if answer.ok else {}
            if job.get("status") in FINAL or time.monotonic() > until:
                break
            time.sleep(POLL_S)
        failed = None if job.get("status") == "completed" else RuntimeError(f"ended as {job.get('status')}")
        events.request.fire(
            request_type="JOB",
            name="completed",
            response_time=_life_ms(job),
            response_length=0,
            exception=failed,
            context={},
        )


class BatchSubmitter(FastHttpUser):
    """Submits a hundred jobs at once, now and then, and does not wait for them."""

    wait_time = between(10, 20)
    fixed_count = 2

    def on_start(self) -> None:
        """Take the token."""
        self.headers = {"X-Service-Token": os.environ["SERVICE_TOKEN"]}

    @tag("batch")
    @task
    def submit_batch(self) -> None:
        """Submit the jobs in one request."""
        jobs = [{"type": "echo", "input": {"message": f"{TEXTS[0]} ({number})"}} for number in range(BATCH)]
        self.client.post("/api/v1/jobs/batch", json={"jobs": jobs}, headers=self.headers, name="POST /jobs/batch")


class Watcher(FastHttpUser):
    """Looks at lists and statistics, as the browser interface does."""

    wait_time = between(1, 3)
    weight = 1

    def on_start(self) -> None:
        """Take the token."""
        self.headers = {"X-Service-Token": os.environ["SERVICE_TOKEN"]}

    @tag("read")
    @task(3)
    def list_jobs(self) -> None:
        """Ask for the newest jobs."""
        self.client.get("/api/v1/jobs?limit=50", headers=self.headers, name="GET /jobs")

    @tag("read")
    @task(1)
    def stats(self) -> None:
        """Ask for the statistics."""
        self.client.get("/api/v1/admin/stats", headers=self.headers, name="GET /admin/stats")


def _life_ms(job: dict[str, Any]) -> float:
    """Return the time between a job's creation and its end, in milliseconds."""
    if not job.get("finished_at"):
        return PATIENCE_S * 1000
    created, finished = (datetime.fromisoformat(job[name]) for name in ("created_at", "finished_at"))
    return (finished - created).total_seconds() * 1000


@events.quitting.add_listener
def judge(environment: Environment, **_: Any) -> None:
    """End with code 1 when anything failed, or when submits were slower than the limit."""
    total = environment.stats.total
    p95_ms = environment.stats.get(SUBMIT, "POST").get_response_time_percentile(0.95) or 0
    sys.stderr.write(f"failures: {total.num_failures} of {total.num_requests}; p95 of {SUBMIT}: {p95_ms:.0f} ms\n")
    if total.num_failures or p95_ms > LIMIT_P95_MS:
        environment.process_exit_code = 1
