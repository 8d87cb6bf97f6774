"""The tables of what models cost. They outlive the jobs."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Numeric, SmallInteger, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class CostDay(Base):
    """What attempts that got an answer used on one day (UTC); `jobs` are those that ended with such an attempt."""

    __tablename__ = "cost_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    owner_id: Mapped[UUID] = mapped_column(primary_key=True)
    type: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    jobs: Mapped[int]
    attempts: Mapped[int]
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    cached_tokens: Mapped[int] = mapped_column(BigInteger)  # among the prompt's
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    cost_usd: Mapped[Decimal | None] = mapped_column(Numeric(20, 8))  # the part whose price is known
    unpriced: Mapped[int]  # calls without a price


class CostMark(Base):
    """The one row that says up to which history line the costs are counted."""

    __tablename__ = "cost_marks"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (CheckConstraint("id = 1", name="id"),)
