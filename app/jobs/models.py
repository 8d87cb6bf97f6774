"""The tables of the jobs room. Statements are in `repository`; nothing here is loaded through the ORM."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.jobs.states import FINAL, ActionStatus, BulkVerb, Status

TimestampTz = DateTime(timezone=True)


def _quoted(names: tuple[str, ...]) -> str:
    return ", ".join(f"'{name}'" for name in names)


FINAL_LIST = _quoted(tuple(status for status in Status if status in FINAL))
# What failed jobs are grouped by: type, error code, and the message with each word that holds a digit (a number, an
# id, a time) made the same. Null for a job that has not failed, so that only such rows pay for it.
ERROR_FINGERPRINT = """\
CASE WHEN status = 'failed' THEN "left"(md5(type || '|' || COALESCE(error_code, '') || '|' ||
regexp_replace("left"(COALESCE(error ->> 'message', ''), 500), '[A-Za-z0-9_-]*[0-9][A-Za-z0-9_.:-]*', '#', 'g')), 16)
ELSE NULL END"""


class Job(Base):
    """One row a job: the truth about it."""

    __tablename__ = "jobs"

    id: Mapped[UUID] = mapped_column(primary_key=True)  # UUIDv7 made by the API: a repeated INSERT is idempotent
    owner_id: Mapped[UUID]  # the team
    type: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text, server_default="default")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="5")  # 1 high, 5 default, 9 low
    status: Mapped[str] = mapped_column(Text, server_default=Status.PENDING)
    attempt: Mapped[int] = mapped_column(server_default="0")  # the fence: +1 a claim, never lowered
    refunds: Mapped[int] = mapped_column(server_default="0")  # claims that do not count against max_attempts
    max_attempts: Mapped[int] = mapped_column(server_default="4")
    crashes: Mapped[int] = mapped_column(server_default="0")  # claims whose worker was lost; they are refunded
    max_crashes: Mapped[int] = mapped_column(server_default="5")
    refusals: Mapped[int] = mapped_column(server_default="0")  # calls that a provider refused for its limit (429)
    max_refusals: Mapped[int] = mapped_column(server_default="100")
    waited_ms: Mapped[int] = mapped_column(server_default="0")  # of the last attempt, for a place at its model
    run_at: Mapped[datetime] = mapped_column(TimestampTz)  # not before; the due time of the next or current attempt
    queued_at: Mapped[datetime] = mapped_column(TimestampTz)  # its place in the backlog, kept during waits for a limit
    dispatch_at: Mapped[datetime] = mapped_column(TimestampTz)  # when it must next be sent to the broker
    dispatch_count: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    timeout_s: Mapped[int]  # of one attempt
    deadline_at: Mapped[datetime] = mapped_column(TimestampTz)  # absolute: guarantees an end
    claim_token: Mapped[UUID | None]
    claimed_at: Mapped[datetime | None] = mapped_column(TimestampTz)  # start of the current or last attempt
    lease_expires_at: Mapped[datetime | None] = mapped_column(TimestampTz)
    worker: Mapped[str | None] = mapped_column(Text)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(TimestampTz)
    input: Mapped[dict[str, Any]] = mapped_column(JSONB)
    requested_model: Mapped[str | None] = mapped_column(Text)  # a name of the catalogue; null: asks no model
    max_cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    error_code: Mapped[str | None] = mapped_column(Text)
    error_fingerprint: Mapped[str | None] = mapped_column(Text, Computed(ERROR_FINGERPRINT, persisted=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    # The column's name is `metadata`; the attribute cannot be, since SQLAlchemy uses that name itself.
    job_metadata: Mapped[dict[str, Any] | None] = mapped_column("metadata", JSONB(none_as_null=True))
    provider: Mapped[str | None] = mapped_column(Text)
    model: Mapped[str | None] = mapped_column(Text)
    prompt_version: Mapped[str | None] = mapped_column(Text)
    prompt_tokens: Mapped[int | None]
    completion_tokens: Mapped[int | None]
    cached_tokens: Mapped[int | None]  # among the prompt's
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(14, 8))
    request_id: Mapped[str | None] = mapped_column(Text)
    created_by: Mapped[UUID | None]  # the user; null: of before there were users
    version: Mapped[int] = mapped_column(server_default="1")  # +1 a visible change; equals the number of history lines
    created_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(TimestampTz)  # of the first attempt
    finished_at: Mapped[datetime | None] = mapped_column(TimestampTz)

    __table_args__ = (
        CheckConstraint(f"status IN ({_quoted(tuple(Status))})", name="status"),
        CheckConstraint("(status = 'processing') = (lease_expires_at IS NOT NULL)", name="lease"),
        CheckConstraint(f"(status IN ({FINAL_LIST})) = (finished_at IS NOT NULL)", name="finished"),
        CheckConstraint("status <> 'completed' OR result IS NOT NULL", name="result"),
        Index(
            "jobs_due",
            "queue",
            "priority",
            "queued_at",
            "id",
            postgresql_where=text("status = 'pending'"),
            postgresql_include=["type", "requested_model"],
        ),
        # Marked as sent and not yet claimed: as few as the broker's buffer holds, however many wait.
        Index(
            "jobs_sent",
            "queue",
            "dispatch_at",
            postgresql_where=text("status = 'pending' AND dispatch_at > run_at"),
            postgresql_include=["type", "requested_model"],
        ),
        # Lost their worker twice: perhaps one of them is why, so few run at once.
        Index("jobs_suspects", "queue", postgresql_where=text("crashes >= 2 AND finished_at IS NULL")),
        # Given back by the governor: they keep their place while their time lies ahead.
        Index("jobs_released", "run_at", postgresql_where=text("status = 'pending' AND run_at > queued_at")),
        Index("jobs_deadline", "deadline_at", postgresql_where=text("status = 'pending'")),
        # The lease is not indexed, so that heartbeats stay heap-only updates.
        Index("jobs_running", "id", postgresql_where=text("status = 'processing'")),
        Index("jobs_owner", "owner_id", "id"),
        # As jobs_due and jobs_final, for a team whose jobs lie among many of others.
        Index(
            "jobs_owner_due",
            "owner_id",
            "queue",
            "priority",
            "queued_at",
            "id",
            postgresql_where=text("status = 'pending'"),
        ),
        Index("jobs_owner_final", "owner_id", "finished_at", "id", postgresql_where=text("finished_at IS NOT NULL")),
        # For lists of a status, type or queue, however rare: of each place the newest.
        Index("jobs_places", "owner_id", "type", "queue", "status", text("id DESC")),
        Index(
            "jobs_metadata",  # for `@>`; jobs without metadata are not in it
            "metadata",
            postgresql_using="gin",
            postgresql_ops={"metadata": "jsonb_path_ops"},
            postgresql_where=text("metadata IS NOT NULL"),
        ),
        Index(
            "jobs_dead_letters",
            "owner_id",
            "error_fingerprint",
            text("id DESC"),
            postgresql_where=text("status = 'failed'"),
            postgresql_include=["finished_at", "type", "queue", "error_code"],
        ),
        Index(
            "jobs_final",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
            postgresql_include=["status", "type", "queue"],
        ),
        {"postgresql_with": {"fillfactor": "80", "autovacuum_vacuum_scale_factor": "0.02"}},
    )


class JobEvent(Base):
    """The history: one line for each visible change, written by the statement that makes the change."""

    __tablename__ = "job_events"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), index=True)
    name: Mapped[str] = mapped_column(Text)  # why
    status: Mapped[str] = mapped_column(Text)  # what the job is from now on
    attempt: Mapped[int]
    worker: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.clock_timestamp())
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class JobPart(Base):
    """What a job of many steps has finished: parts of its result, and answers of the model. Kept over attempts."""

    __tablename__ = "job_parts"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())


class Worker(Base):
    """One row for each worker process, renewed every 5 seconds, and kept for an hour after its end."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(Text, primary_key=True)
    host: Mapped[str] = mapped_column(Text)
    pid: Mapped[int]
    queues: Mapped[list[str]] = mapped_column(ARRAY(Text))
    slots: Mapped[int]
    busy: Mapped[int]
    version: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    beat_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    claimed_at: Mapped[datetime | None] = mapped_column(TimestampTz)  # its last claim: a worker's sign of progress
    state: Mapped[str] = mapped_column(Text)  # running, stopping
    types: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))  # it knows, with their fingerprints
    models: Mapped[list[str] | None] = mapped_column(ARRAY(Text))  # names that jobs may ask it for; null: it never said
    ended_at: Mapped[datetime | None] = mapped_column(TimestampTz)  # in good order
    requeued: Mapped[int] = mapped_column(server_default="0")  # jobs that lost it and went to others
    failed: Mapped[int] = mapped_column(server_default="0")  # jobs that lost it and ended so
    cancelled: Mapped[int] = mapped_column(server_default="0")


class IdempotencyKey(Base):
    """The first answer to each Idempotency-Key, kept 24 hours."""

    __tablename__ = "idempotency_keys"

    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    request_hash: Mapped[bytes] = mapped_column(BYTEA)
    status: Mapped[int | None]
    response: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))  # not jsonb: byte for byte
    expires_at: Mapped[datetime] = mapped_column(TimestampTz, index=True)


class JobMinute(Base):
    """What happened by minute, so that statistics cost the same at any size.

    `measure` is `submitted` or a final status (bucket 0: how many), or `wait` or `run`: a histogram whose bucket b
    counts durations up to 1.25^b milliseconds.
    """

    __tablename__ = "job_minutes"

    minute: Mapped[datetime] = mapped_column(TimestampTz, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    count: Mapped[int] = mapped_column(Integer)


class FlowControl(Base):
    """What an operator set for a queue or a job type: paused, or at most so many jobs at once. No row: nothing."""

    __tablename__ = "flow_controls"

    scope: Mapped[str] = mapped_column(Text, primary_key=True)  # queue, type
    name: Mapped[str] = mapped_column(Text, primary_key=True)
    paused_at: Mapped[datetime | None] = mapped_column(TimestampTz)
    max_running: Mapped[int | None]
    changed_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())

    __table_args__ = (
        CheckConstraint("scope IN ('queue', 'type')", name="scope"),
        CheckConstraint("max_running > 0", name="max_running"),
    )


class BulkAction(Base):
    """Something to do with many jobs, in the background and in batches: retry or discard dead letters, or prune."""

    __tablename__ = "bulk_actions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID | None]  # whose jobs are meant; null: those of every team
    action: Mapped[str] = mapped_column(Text)
    filter: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(Text, server_default=ActionStatus.PENDING)
    total: Mapped[int]  # jobs that matched when it was made
    done: Mapped[int] = mapped_column(server_default="0")
    skipped: Mapped[int] = mapped_column(server_default="0")  # matched, but had changed before their turn
    resume_after: Mapped[UUID | None]  # jobs up to this id had their turn
    created_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    started_at: Mapped[datetime | None] = mapped_column(TimestampTz)
    finished_at: Mapped[datetime | None] = mapped_column(TimestampTz)
    error: Mapped[str | None] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(f"action IN ({_quoted(tuple(BulkVerb))})", name="action"),
        CheckConstraint(f"status IN ({_quoted(tuple(ActionStatus))})", name="status"),
        CheckConstraint(f"(status IN ({FINAL_LIST})) = (finished_at IS NOT NULL)", name="finished"),
    )
