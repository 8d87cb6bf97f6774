"""The tables in which jobs are counted."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Identity, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.jobs.models import TimestampTz


class JobTally(Base):
    """What a statement changed of the number of jobs of an owner, status, type and queue; their sum is that number.

    Written by triggers on `jobs`, and added up by the scheduler; by one of before 0020 without the owner.
    """

    __tablename__ = "job_tallies"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    owner_id: Mapped[UUID | None] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    count: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        {
            "postgresql_with": {
                "autovacuum_vacuum_scale_factor": "0",
                "autovacuum_vacuum_threshold": "2000",
                "autovacuum_vacuum_insert_threshold": "-1",
                "autovacuum_vacuum_cost_delay": "0",
            }
        },
    )


class JobCount(Base):
    """The one row with the last count of all jobs; only versions before 0017 use it."""

    __tablename__ = "job_counts"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    counts: Mapped[list[Any]] = mapped_column(JSONB)
    mark: Mapped[str] = mapped_column(Text)  # what had changed last
    kept_s: Mapped[float]  # for how long it may stand
    counted_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    checked_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())  # last known to be right

    __table_args__ = (CheckConstraint("id = 1", name="id"),)
