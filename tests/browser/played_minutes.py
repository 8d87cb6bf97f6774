"""The last hour by minute of the played API, from its jobs."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.clock import utc_now
from tests.browser.played_job import FINAL, Json, PlayedJob

WAIT = {"p50_s": 0.087, "p95_s": 0.412}
RUN = {"p50_s": 1.34, "p95_s": 4.82}
NONE = {"p50_s": None, "p95_s": None}


def last_minutes(jobs: Iterable[PlayedJob], count: int) -> Json:
    """Return what GET /admin/throughput would."""
    now = utc_now().replace(second=0, microsecond=0)
    minutes = {now - timedelta(minutes=ago): _nothing() for ago in reversed(range(count))}
    for job in jobs:
        for name, at in (("submitted", job.body["created_at"]), (job.status, job.body["finished_at"])):
            minute = at and minutes.get(datetime.fromisoformat(at).replace(second=0, microsecond=0))
            if minute:
                minute[name] += 1
                if name in FINAL:
                    minute |= {"wait": WAIT, "run": RUN}
    return {"minutes": [{"at": at.isoformat()} | minute for at, minute in minutes.items()]}


def _nothing() -> Json:
    return {"submitted": 0, "completed": 0, "failed": 0, "cancelled": 0, "wait": NONE, "run": NONE}
