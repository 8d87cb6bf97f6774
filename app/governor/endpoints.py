"""The HTTP face of providers: what there is, how each is, what it did, and what operators change."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from app.auth.asking import Operator, OperatorActor, Reader
from app.auth.caller import Right
from app.core.application_state import FromState
from app.core.database import Database
from app.core.problems import StrictRoute
from app.core.request_model import Flag
from app.governor.capability_check import CapabilityChecks
from app.governor.providers import Providers
from app.governor.repository import KEPT_DAYS
from app.governor.schemas import (
    BreakerOut,
    CheckOut,
    MetricsOut,
    ModelChoice,
    ProvidersOut,
    QuotaChange,
    QuotaOut,
    StatusOut,
)
from app.governor.service import ProviderService
from app.governor.status import StatusBoard
from app.governor.usage import report

router = APIRouter(prefix="/api/v1/providers", tags=["providers"], route_class=StrictRoute)
CurrentProviders = Annotated[Providers, Depends(FromState(Providers))]
CurrentService = Annotated[ProviderService, Depends(FromState(ProviderService))]
CurrentCapabilityChecks = Annotated[CapabilityChecks, Depends(FromState(CapabilityChecks))]
AMOUNTS = ("balance_usd", "usage_usd", "usage_today_usd", "usage_month_usd")
Name = Annotated[str, Path(max_length=64, description="A provider's name from GET /api/v1/providers.")]


@router.get("")
async def list_providers(providers: CurrentProviders, _: Reader) -> ProvidersOut:
    """List providers and their models: quotas, what is left of them, breakers; and the aliases that jobs may say."""
    return await providers.read()


@router.get("/{name}/status")
async def get_provider_status(
    board: Annotated[StatusBoard, Depends(FromState(StatusBoard))],
    caller: Reader,
    name: Name,
    force_refresh: Annotated[Flag, Query(description="Check it now; at most once in 10 s.")] = False,  # noqa: FBT002
) -> StatusOut:
    """Say how a provider is: by a check that is up to a minute old, or by what calls saw since.

    What its account holds and has used is told to operators alone.
    """
    found = await board.read(name, force=force_refresh)
    return found if Right.OPERATE in caller.rights else found.model_copy(update=dict.fromkeys(AMOUNTS))


@router.get("/{name}/metrics")
async def get_provider_metrics(
    providers: CurrentProviders,
    database: Annotated[Database, Depends(FromState(Database))],
    _: Operator,
    name: Name,
    days: Annotated[int, Query(ge=1, le=KEPT_DAYS, description="How many, today (UTC) included.")] = 7,
) -> MetricsOut:
    """Show the last days of a provider, of all teams: calls, failures, tokens, cost, latency, and its breaker."""
    providers.require(name)
    return await report.read(database, name, days=days)


@router.put("/{name}/quota")
async def set_provider_quota(
    service: CurrentService, actor: OperatorActor, name: Name, body: QuotaChange
) -> dict[str, QuotaOut]:
    """Put a quota in the place of the configured one, within five seconds everywhere; null takes it back."""
    return await service.set_quota(actor, name, body)


@router.post("/{name}/breaker/open")
async def open_breaker(service: CurrentService, actor: OperatorActor, name: Name) -> BreakerOut | None:
    """Let no call reach a provider until its breaker is closed. Jobs wait, and fail by their deadline alone."""
    return await service.open_breaker(actor, name)


@router.post("/{name}/breaker/close")
async def close_breaker(service: CurrentService, actor: OperatorActor, name: Name) -> BreakerOut | None:
    """Let calls reach a provider at once, whoever opened its breaker. Failures count anew."""
    return await service.close_breaker(actor, name)


@router.post("/{name}/breaker/reset")
async def reset_breaker(service: CurrentService, actor: OperatorActor, name: Name) -> BreakerOut | None:
    """Close a breaker, and forget what failed last."""
    return await service.reset_breaker(actor, name)


@router.post("/{name}/check")
async def check_model(checks: CurrentCapabilityChecks, actor: OperatorActor, name: Name, body: ModelChoice) -> CheckOut:
    """Ask a model a dozen small questions, which its provider charges for, and say what it can do."""
    return await checks.check(actor, name, body.model)


@router.post("/{name}/forget", status_code=204)
async def forget_model(checks: CurrentCapabilityChecks, actor: OperatorActor, name: Name, body: ModelChoice) -> None:
    """Forget what refusals taught about a provider's models; it is found out anew with the next calls."""
    await checks.forget(actor, name, body.model)
