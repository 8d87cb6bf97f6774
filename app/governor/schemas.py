"""What goes over the wire about providers."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.core.request_model import RequestModel
from app.governor.states import BreakerState
from app.llm.catalog import ProviderKind
from app.llm.checked import State

BREAKER = "closed: calls go; open: none until then; half_open: one call tries; forced_open: opened by an operator."


class PriceOut(BaseModel):
    """US dollars for a million tokens."""

    input: float
    output: float


class QuotaOut(BaseModel):
    """How many calls a model's provider takes. `effective` is the quota that holds, null: nothing is known.

    An operator's `override` stands before `configured`; `advertised` is what the provider's headers said, and the
    tighter one holds. `factor` is what is left of it after rejections (429): the governor feels its way back to 1;
    null: nothing is known. `startable`: calls that may start at once, null is any number; `reserved`: jobs that have a
    start of their own ahead; `rejected`: calls that the provider answered with 429. Null while Redis is away: all
    after `override`.
    """

    configured: str | None
    override: str | None
    advertised: str | None = None
    effective: str | None = None
    factor: float | None = None
    requests_left: float | None = None
    tokens_left: float | None = None
    startable: int | None = None
    next_start_s: float | None = None
    reserved: int | None = None
    rejected: int | None = None


class BreakerOut(BaseModel):
    """What keeps calls from a provider that fails. `failures` in a row; `until`: when an open one lets a call try."""

    model_config = ConfigDict(from_attributes=True)

    state: Annotated[BreakerState, Field(description=BREAKER)]
    until: datetime | None
    failures: int
    last_ok_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None


class DialectOut(BaseModel):
    """How a model is asked now: what the file says, else what refusals taught, else its preset, else the default.

    `temperature`: true, sent as each job type wants it; false, never sent; a number, always this one.
    `max_output_tokens`: the most that the model writes in one answer, its thinking included; null: not known.
    """

    structured_output: str
    max_tokens_param: str
    temperature: bool | float
    reasoning_effort: str | None
    max_output_tokens: int | None
    thinking: str
    system_role: str
    stream: bool


class LearnedOut(BaseModel):
    """A parameter that a refusal (or an answer's usage) taught; `reason` is the provider's own sentence."""

    parameter: str
    value: Any
    reason: str
    learned_at: datetime
    expires_at: datetime


class ModelOut(BaseModel):
    """A model. `name` is what jobs say, `model` the provider's own name; `price` is null where it is unknown.

    `breaker` is the model's own, null while Redis is away. `max_in_flight`: calls that may be under way at once over
    all workers, null is any number; `in_flight`: those that are under way now.
    """

    name: str
    model: str
    context_tokens: int | None
    vision: bool
    price: PriceOut | None
    quota: QuotaOut
    dialect: DialectOut | None = None
    learned: list[LearnedOut] = []
    breaker: BreakerOut | None = None
    max_in_flight: int | None = None
    in_flight: int | None = None


class ProviderOut(BaseModel):
    """A provider with its models. `host` is empty for a simulation; `breaker` is null while Redis is away.

    `breaker` is the provider's own or, where calls of all its models are held back, theirs that opens first.
    `preset` names the known kind of server whose habits are taken for granted, null where none is.
    """

    name: str
    kind: ProviderKind
    host: str
    preset: str | None = None
    breaker: BreakerOut | None
    models: list[ModelOut]


class ProvidersOut(BaseModel):
    """All providers, and aliases: names that jobs may say, with the models that are asked one after the other."""

    providers: list[ProviderOut]
    aliases: dict[str, list[str]]


class StatusOut(BaseModel):
    """How a provider is: by the last check, or by what calls saw since. Amounts in US dollars, null: it does not tell.

    `balance_usd`: what can still be spent. `is_stale`: the check is over 60 s old, and a new one is being made.
    """

    provider: str
    state: State
    message: str
    balance_usd: float | None
    usage_usd: float | None
    usage_today_usd: float | None
    usage_month_usd: float | None
    consecutive_failures: int
    breaker: BreakerOut | None
    quotas: dict[str, QuotaOut]
    last_success_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    checked_at: datetime | None
    is_stale: bool


class CallsOut(BaseModel):
    """What calls came to. `failures` by kind of error; `cost_usd` of the calls whose price is known (`priced`)."""

    calls: int
    successes: int
    failures: dict[str, int]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    priced: int
    cost_usd: float | None
    latency_p50_s: Annotated[float | None, Field(description="Of answered calls, exact to 25 %.")]
    latency_p95_s: float | None


class ModelDayOut(CallsOut):
    """A model's calls of one day; `model` is the provider's own name."""

    model: str


class DayOut(BaseModel):
    """One day in UTC. `states_s`: how many seconds of it the breaker was in each state; today's end now."""

    day: date
    models: list[ModelDayOut]
    states_s: dict[BreakerState, float]


class MetricsOut(BaseModel):
    """What a provider was asked on each of the last days, oldest first, and altogether."""

    provider: str
    days: list[DayOut]
    total: CallsOut


class FindingOut(BaseModel):
    """What one question to a model showed; `can` is null where it says nothing."""

    name: str
    can: bool | None
    detail: str


class CheckOut(BaseModel):
    """What a model can do. `toml` is a ready entry for providers.toml, null when it gave no answer at all."""

    provider: str
    model: str
    calls: int
    findings: list[FindingOut]
    toml: str | None


class ModelChoice(RequestModel):
    """Which of a provider's models is meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": None}]})

    model: Annotated[
        str | None, Field(max_length=200, description="A name of `models`; null: the first one, or all of them.")
    ] = None


class QuotaChange(RequestModel):
    """A quota in the place of the configured one; it takes effect within five seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": None, "quota": "300/min,100000tok/min"}]})

    model: Annotated[
        str | None, Field(max_length=200, description="A name of `models`; null: every model of the provider.")
    ] = None
    quota: Annotated[
        str | None, Field(max_length=200, description="null: as configured; empty: no limit.", examples=["60/min"])
    ]
