"""The HTTP face of providers: what there is, how each is, what it did, and what operators change."""

from typing import Annotated

from asgi_correlation_id import correlation_id
from fastapi import APIRouter, Path, Query, Request

from app.auth.service_token import CurrentCaller
from app.core.problems import StrictRoute
from app.core.request_model import Flag
from app.governor.checking import Checks
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
from app.governor.service import Operators
from app.governor.status import StatusBoard
from app.governor.usage import report

router = APIRouter(prefix="/api/v1/providers", tags=["providers"], route_class=StrictRoute)
Name = Annotated[str, Path(max_length=64, description="A provider's name from GET /api/v1/providers.")]


def _providers(request: Request) -> Providers:
    found: Providers = request.app.state.providers
    return found


def _operators(request: Request) -> Operators:
    resources = request.app.state.resources
    return Operators(_providers(request), resources.database, resources.redis, free=request.app.state.free_waiting)


def _checks(request: Request) -> Checks:
    resources = request.app.state.resources
    return Checks(_providers(request), resources.database, resources.redis)


@router.get("")
async def list_providers(request: Request, _: CurrentCaller) -> ProvidersOut:
    """List providers and their models: quotas, what is left of them, breakers; and the aliases that jobs may say."""
    return await _providers(request).read()


@router.get("/{name}/status")
async def get_provider_status(
    request: Request,
    _: CurrentCaller,
    name: Name,
    force_refresh: Annotated[Flag, Query(description="Check it now; at most once in 10 s.")] = False,  # noqa: FBT002
) -> StatusOut:
    """Say how a provider is: by a check that is up to a minute old, or by what calls saw since."""
    board: StatusBoard = request.app.state.status_board
    return await board.read(name, force=force_refresh)


@router.get("/{name}/metrics")
async def get_provider_metrics(
    request: Request,
    _: CurrentCaller,
    name: Name,
    days: Annotated[int, Query(ge=1, le=KEPT_DAYS, description="How many, today (UTC) included.")] = 7,
) -> MetricsOut:
    """Show the last days of a provider: calls, failures, tokens, cost, latency, and how long its breaker was open."""
    _providers(request).require(name)
    return await report.read(request.app.state.resources.database, name, days=days)


@router.put("/{name}/quota")
async def set_provider_quota(
    request: Request, caller: CurrentCaller, name: Name, body: QuotaChange
) -> dict[str, QuotaOut]:
    """Put a quota in the place of the configured one, within five seconds everywhere; null takes it back."""
    return await _operators(request).set_quota(caller, name, body, request_id=correlation_id.get())


@router.post("/{name}/breaker/open")
async def open_breaker(request: Request, caller: CurrentCaller, name: Name) -> BreakerOut | None:
    """Let no call reach a provider until its breaker is closed. Jobs wait, and fail by their deadline alone."""
    return await _operators(request).open(caller, name, request_id=correlation_id.get())


@router.post("/{name}/breaker/close")
async def close_breaker(request: Request, caller: CurrentCaller, name: Name) -> BreakerOut | None:
    """Let calls reach a provider at once, whoever opened its breaker. Failures count anew."""
    return await _operators(request).close(caller, name, request_id=correlation_id.get())


@router.post("/{name}/breaker/reset")
async def reset_breaker(request: Request, caller: CurrentCaller, name: Name) -> BreakerOut | None:
    """Close a breaker, and forget what failed last."""
    return await _operators(request).reset(caller, name, request_id=correlation_id.get())


@router.post("/{name}/check")
async def check_model(request: Request, caller: CurrentCaller, name: Name, body: ModelChoice) -> CheckOut:
    """Ask a model a dozen small questions, which its provider charges for, and say what it can do."""
    return await _checks(request).check(caller, name, body.model, request_id=correlation_id.get())


@router.post("/{name}/forget", status_code=204)
async def forget_model(request: Request, caller: CurrentCaller, name: Name, body: ModelChoice) -> None:
    """Forget what refusals taught about a provider's models; it is found out anew with the next calls."""
    await _checks(request).forget(caller, name, body.model, request_id=correlation_id.get())
