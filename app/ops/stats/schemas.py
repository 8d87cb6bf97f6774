"""What goes over the wire of the statistics."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from app.jobs.states import ShownStatus


class Percentiles(BaseModel):
    """Of a duration in seconds; exact to 25 %. Null where nothing ended."""

    p50_s: float | None
    p95_s: float | None


class Window(BaseModel):
    """What ended within a time."""

    completed: int
    failed: int
    cancelled: int
    per_minute: float
    wait: Percentiles
    run: Percentiles


class WorkerOut(BaseModel):
    """One live worker process."""

    id: str
    host: str
    pid: int
    queues: list[str]
    slots: int
    busy: int
    version: str
    state: str
    started_at: datetime
    beat_at: datetime


class GoneWorkerOut(BaseModel):
    """A worker process that is gone, kept for an hour: `lost` without a word, or `stopped` in good order.

    What became of the jobs that lost it: `requeued` went to others, `failed` and `cancelled` ended so; `running` are
    those whose lease is not over yet.
    """

    id: str
    host: str
    pid: int
    queues: list[str]
    version: str
    state: Literal["lost", "stopped"]
    started_at: datetime
    gone_at: datetime
    requeued: int
    failed: int
    cancelled: int
    running: int


class StatsOut(BaseModel):
    """The state of the jobs that the caller sees, and the live workers of all.

    `counts_age_s`: how long ago the scheduled jobs were counted, of all pending. `windows` and `gone_workers` are empty
    for who sees one team alone.
    """

    by_status: dict[ShownStatus, int]
    by_type: dict[str, dict[ShownStatus, int]]
    by_queue: dict[str, dict[ShownStatus, int]]
    oldest_waiting_s: float | None
    windows: dict[str, Window]
    workers: list[WorkerOut]
    gone_workers: list[GoneWorkerOut]
    counts_age_s: float


class MinuteOut(BaseModel):
    """One minute, by when it began. Waits and runs are those of the jobs that ended in it."""

    at: datetime
    submitted: int
    completed: int
    failed: int
    cancelled: int
    wait: Percentiles
    run: Percentiles


class ThroughputOut(BaseModel):
    """One entry for each minute, oldest first; the last one is not over yet."""

    minutes: list[MinuteOut]
