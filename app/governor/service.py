"""The verbs of operators on providers: set a quota; open, close and reset a breaker. Each writes its audit line."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress

from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import Actor
from app.core.database import Database
from app.core.errors import FieldError, InvalidError
from app.core.redis import REDIS_AWAY
from app.events import bus
from app.governor import repository
from app.governor.breaker import forced
from app.governor.limiter.quota import parse_quota
from app.governor.limiter.scripts import Target
from app.governor.providers import Providers
from app.governor.schemas import BreakerOut, QuotaChange, QuotaOut
from app.governor.states import BreakerState

EndWaits = Callable[[Sequence[str]], Awaitable[object]]


class ProviderService:
    """The verbs; PostgreSQL has each first, in one transaction with its audit line, then Redis and whoever listens."""

    def __init__(self, providers: Providers, database: Database, redis: Redis, *, end_waits: EndWaits) -> None:
        """Keep the connections. `end_waits` makes jobs due that wait for models, by the names that they say."""
        self._end_waits = end_waits
        self._providers = providers
        self._database = database
        self._redis = redis

    async def set_quota(self, actor: Actor, name: str, change: QuotaChange) -> dict[str, QuotaOut]:
        """Put a quota in the place of the configured one; return those of all models by the names that jobs say.

        Raises: NotFoundError; InvalidError for a quota that cannot be read, or a model that the provider has not.
        """
        self._providers.require(name)
        models = {one.name: one.model for one in self._providers.models_of(name)}
        if change.model is not None and change.model not in models:
            known = ", ".join(models)
            raise _invalid("#/model", f"{name} has no model {change.model!r}; it has: {known}", code="model_not_found")
        try:
            quota = None if change.quota is None else str(parse_quota(change.quota))
        except ValueError as error:
            raise _invalid("#/quota", str(error), code="bad_quota") from None
        chosen = set(models.values()) if change.model is None else {models[change.model]}
        async with self._database.begin() as connection:
            await repository.set_quota(connection, name, chosen, quota)
            detail = {"model": change.model, "quota": quota}
            await audit.record(connection, actor, "provider.quota", f"provider:{name}", detail=detail)
        targets = {one.model: one for one in self._providers.targets_of(name)}
        await self._providers.overrides.refresh()
        with suppress(*REDIS_AWAY):
            await self._clear([targets[model] for model in chosen])
        await self._end_waits(self._providers.catalog.names_of(name))
        await bus.tell_provider(self._redis, name, "quota")
        _, outlooks = await self._providers.look()
        return {shown: self._providers.quota(targets[model], outlooks) for shown, model in models.items()}

    async def open_breaker(self, actor: Actor, name: str) -> BreakerOut | None:
        """Let no call through until it is closed; jobs wait. Running calls end as they do. Raises: NotFoundError."""
        return await self._switch(actor, name, "open")

    async def close_breaker(self, actor: Actor, name: str) -> BreakerOut | None:
        """Let calls through at once, whoever opened it; failures count anew, and no wait of its models is left.

        Raises: NotFoundError.
        """
        return await self._switch(actor, name, "close")

    async def reset_breaker(self, actor: Actor, name: str) -> BreakerOut | None:
        """As `close_breaker`, and forget what failed last. Raises: NotFoundError."""
        return await self._switch(actor, name, "reset")

    async def _switch(self, actor: Actor, name: str, verb: str) -> BreakerOut | None:
        """Return the breaker, None while Redis is away: the scheduler tells it as soon as it is back."""
        self._providers.require(name)
        async with self._database.begin() as connection:
            if verb == "open":
                await repository.add_closure(connection, name)
                await repository.add_state(connection, name, BreakerState.FORCED_OPEN)
            else:
                await repository.remove_closure(connection, name)
                await repository.add_state(connection, name, BreakerState.CLOSED)
            await audit.record(connection, actor, f"breaker.{verb}", f"provider:{name}")
        models = self._providers.targets_of(name)
        shown: BreakerOut | None = None
        with suppress(*REDIS_AWAY):
            if verb == "open":
                await forced.force_open(self._redis, name)
            else:
                await forced.force_close(self._redis, name, [one.model for one in models], forget=verb == "reset")
                await self._clear(models)
            await bus.tell_provider(self._redis, name, verb)
            shown = BreakerOut.model_validate((await self._providers.breakers()).shown(name))
        if verb != "open":
            await self._end_waits(self._providers.catalog.names_of(name))
        return shown

    async def _clear(self, targets: Iterable[Target]) -> None:
        """Forget every wait of models. Raises: one of REDIS_AWAY."""
        capacity = self._providers.capacity
        for one in targets:
            await capacity.scripts.clear(one, capacity.limits.of(one))


def _invalid(pointer: str, detail: str, *, code: str) -> InvalidError:
    return InvalidError(f"{pointer}: {detail}", code=code, errors=[FieldError(pointer, detail)])
