"""The tables of the governor. Statements are in `repository`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, DateTime, Identity, Index, Numeric, SmallInteger, Text, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base
from app.governor.states import BreakerState

TimestampTz = DateTime(timezone=True)


class ProviderDay(Base):
    """What calls of a model came to on one day (UTC), so that metrics cost the same at any number of calls.

    `measure` is `ok` or the kind of an error (how many calls), a kind of tokens, `cost_usd`, `priced` (calls whose
    cost is known), or `latency`: a histogram of answered calls whose bucket b counts those of up to 1.25^b ms.
    """

    __tablename__ = "provider_days"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    model: Mapped[str] = mapped_column(Text, primary_key=True)
    measure: Mapped[str] = mapped_column(Text, primary_key=True)
    bucket: Mapped[int] = mapped_column(SmallInteger, primary_key=True, server_default="0")
    amount: Mapped[Decimal] = mapped_column(Numeric(20, 8))


class ProviderState(Base):
    """What a provider's breaker was from a moment on; before its first row it was closed."""

    __tablename__ = "provider_states"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    provider: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.clock_timestamp())

    __table_args__ = (
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in BreakerState)})", name="state"),
        Index("provider_states_since", "provider", "since"),
    )


class ProviderQuota(Base):
    """A quota that an operator put in the place of the configured one. Empty text: no limit."""

    __tablename__ = "provider_quotas"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text, primary_key=True)  # the provider's own name for it
    quota: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())


class ProviderClosure(Base):
    """A provider that an operator closed to all calls; it stays closed whatever Redis forgets."""

    __tablename__ = "provider_closures"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())


class LearnedParameter(Base):
    """What a refusal taught about one model: the `value` of a dialect's `parameter` from then on.

    A parameter `accepts:…` says that questions of this form were answered. `reason` is the provider's own sentence.
    """

    __tablename__ = "learned_parameters"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    model: Mapped[str] = mapped_column(Text, primary_key=True)  # the provider's own name for it
    parameter: Mapped[str] = mapped_column(Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    reason: Mapped[str] = mapped_column(Text)
    learned_at: Mapped[datetime] = mapped_column(TimestampTz, server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(TimestampTz)
