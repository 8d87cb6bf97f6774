"""All SQL of the governor."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Date, Text, bindparam, delete, func, null, select, union_all
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from app.core.database import Database, table_of
from app.core.rows import columns, read_all
from app.governor.models import LearnedParameter, ProviderClosure, ProviderDay, ProviderQuota, ProviderState
from app.governor.states import BreakerState

KEPT_DAYS = 30  # before today


@dataclass(frozen=True, slots=True)
class AmountRow:
    """One number in a provider's books."""

    day: date
    model: str
    measure: str
    bucket: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class StateRow:
    """What a breaker was since a moment."""

    state: BreakerState
    since: datetime


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A quota that an operator set."""

    provider: str
    model: str
    quota: str


@dataclass(frozen=True, slots=True)
class LearnedRow:
    """A parameter that a refusal taught about a model; its value is any JSON value."""

    provider: str
    model: str
    parameter: str
    value: Any
    reason: str
    learned_at: datetime
    expires_at: datetime


_days, _states = table_of(ProviderDay), table_of(ProviderState)
_quotas, _closures = table_of(ProviderQuota), table_of(ProviderClosure)
_learned = table_of(LearnedParameter)


class Amount(NamedTuple):
    """The key of one number of a provider's usage."""

    provider: str
    day: date
    model: str
    measure: str
    bucket: int = 0


_add = insert(_days)
_ADD = _add.on_conflict_do_update(
    index_elements=list(_days.primary_key), set_={"amount": _days.c.amount + _add.excluded.amount}
)
_of_provider = bindparam("of_provider", type_=Text())
_first_day, _first_moment = bindparam("first_day", type_=Date()), bindparam("first_moment", type_=_states.c.since.type)
_AMOUNTS = select(*columns(AmountRow, _days)).where(_days.c.provider == _of_provider, _days.c.day >= _first_day)
_before = (
    select(func.max(_states.c.since))
    .where(_states.c.provider == _of_provider, _states.c.since <= _first_moment)
    .scalar_subquery()
)
_STATES = (
    select(*columns(StateRow, _states))
    .where(_states.c.provider == _of_provider, _states.c.since >= func.coalesce(_before, _first_moment))
    .order_by(_states.c.since, _states.c.id)
)
_PRUNE_DAYS = delete(_days).where(_days.c.day < _first_day)
_new_state = bindparam("new_state", type_=Text())
_latest = (
    select(_states.c.state)
    .where(_states.c.provider == _of_provider)
    .order_by(_states.c.since.desc(), _states.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_since = func.coalesce(bindparam("since_at", type_=_states.c.since.type), func.clock_timestamp())
_ADD_STATE = insert(_states).from_select(
    ["provider", "state", "since"],
    select(_of_provider, _new_state, _since).where(func.coalesce(_latest, BreakerState.CLOSED.value) != _new_state),
)
_later = _states.alias("later")
_PRUNE_STATES = delete(_states).where(
    _states.c.since < _first_moment,  # but for the last one before, which tells what the first day began as
    select(_later.c.id)
    .where(_later.c.provider == _states.c.provider, _later.c.since > _states.c.since, _later.c.since < _first_moment)
    .exists(),
)


async def read_clock(database: Database) -> datetime:
    """Return the time of PostgreSQL's clock, in UTC."""
    [row] = await database.rows(select(func.clock_timestamp().label("now")))
    now: datetime = row.now
    return now.astimezone(UTC)


async def add_amounts(database: Database, amounts: Mapping[Amount, Decimal]) -> None:
    """Add to the usage, all of it or nothing."""
    rows = [{**key._asdict(), "amount": amounts[key]} for key in sorted(amounts)]  # one order: no two writers deadlock
    async with database.begin() as connection:
        await connection.execute(_ADD, rows)


async def find_amounts(database: Database, provider: str, *, first_day: date) -> Sequence[AmountRow]:
    """Return the numbers of a provider since a day."""
    return read_all(AmountRow, await database.rows(_AMOUNTS, {"of_provider": provider, "first_day": first_day}))


async def find_states(database: Database, provider: str, *, first_day: date) -> Sequence[StateRow]:
    """Return what a breaker was, oldest first: the state that a day began with, and all since."""
    given = {"of_provider": provider, "first_moment": midnight(first_day)}
    return read_all(StateRow, await database.rows(_STATES, given))


def midnight(day: date) -> datetime:
    """Return when a day begins, in UTC."""
    return datetime.combine(day, time(), UTC)


async def add_state(
    connection: AsyncConnection, provider: str, state: BreakerState, *, since: datetime | None = None
) -> None:
    """Write down what a breaker is from now on, or since a moment; nothing where it is that already."""
    await connection.execute(_ADD_STATE, {"of_provider": provider, "new_state": state.value, "since_at": since})


_OVERRIDES = union_all(select(*columns(QuotaRow, _quotas)), select(_closures.c.provider, null(), null()))


async def find_overrides(database: Database) -> tuple[Sequence[QuotaRow], Sequence[str]]:
    """Return the quotas that operators set, and the providers that they closed."""
    rows = await database.rows(_OVERRIDES)
    quotas = [row for row in rows if row.quota is not None]
    return read_all(QuotaRow, quotas), [row.provider for row in rows if row.quota is None]


async def set_quota(connection: AsyncConnection, provider: str, models: Iterable[str], quota: str | None) -> None:
    """Set a quota for models of a provider; None takes away what was set."""
    names = sorted(models)
    await connection.execute(delete(_quotas).where(_quotas.c.provider == provider, _quotas.c.model.in_(names)))
    if quota is not None:
        rows = [{"provider": provider, "model": name, "quota": quota} for name in names]
        await connection.execute(insert(_quotas).on_conflict_do_nothing(), rows)


async def add_closure(connection: AsyncConnection, provider: str) -> None:
    """Write down that a provider is closed to all calls; may be repeated."""
    await connection.execute(insert(_closures).values(provider=provider).on_conflict_do_nothing())


async def remove_closure(connection: AsyncConnection, provider: str) -> None:
    """Take a closure back."""
    await connection.execute(delete(_closures).where(_closures.c.provider == provider))


async def prune(database: Database) -> None:
    """Delete what is older than 30 days."""
    first_day = (await read_clock(database)).date() - timedelta(days=KEPT_DAYS)
    await database.rows(_PRUNE_DAYS, {"first_day": first_day})
    await database.rows(_PRUNE_STATES, {"first_moment": midnight(first_day)})
    await database.rows(delete(_learned).where(_learned.c.expires_at <= func.now()))


_learn = insert(_learned)
_LEARN = _learn.on_conflict_do_update(
    index_elements=list(_learned.primary_key),
    set_={name: _learn.excluded[name] for name in ("value", "reason", "learned_at", "expires_at")},
)


async def find_learned(database: Database) -> Sequence[LearnedRow]:
    """Return what was learned about models and still holds."""
    statement = select(*columns(LearnedRow, _learned)).where(_learned.c.expires_at > func.now())
    return read_all(LearnedRow, await database.rows(statement))


async def learn(
    database: Database, provider: str, model: str, values: Mapping[str, Any], *, reason: str, kept: timedelta
) -> None:
    """Keep parameters of a model's dialect; what was known of the same ones is replaced."""
    async with database.begin() as connection:
        now = (await connection.execute(select(func.now()))).scalar_one()
        rows = [
            {
                "provider": provider,
                "model": model,
                "parameter": name,
                "value": value,
                "reason": reason,
                "learned_at": now,
                "expires_at": now + kept,
            }
            for name, value in sorted(values.items())
        ]
        await connection.execute(_LEARN, rows)


async def forget(connection: AsyncConnection, provider: str, models: Iterable[str]) -> None:
    """Delete what was learned about models of a provider."""
    await connection.execute(
        delete(_learned).where(_learned.c.provider == provider, _learned.c.model.in_(sorted(models)))
    )
