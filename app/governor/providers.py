"""Reads providers for people: models, quotas, breakers, and what a call by each name would wait for."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from urllib.parse import urlsplit

from redis.asyncio import Redis

from app.core.database import Database
from app.core.errors import NotFoundError
from app.core.redis import REDIS_AWAY
from app.core.settings import Settings
from app.governor import dialect_store
from app.governor.breaker import state as breaker_state
from app.governor.breaker.state import Breaker, Breakers
from app.governor.limiter.capacity import Capacity, capacity_of
from app.governor.limiter.limits import target_of
from app.governor.limiter.outlook import ModelOutlook
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Scope, Target
from app.governor.overrides import Overrides
from app.governor.schemas import BreakerOut, ModelOut, PriceOut, ProviderOut, ProvidersOut, QuotaOut
from app.governor.states import BreakerState
from app.llm.base import Usage
from app.llm.catalog import Catalog, ModelConfig, ProviderConfig
from app.llm.pricing import price_usd

_TOKENS = 100_000  # a question that no list prices as a long one


@dataclass(frozen=True, slots=True)
class CallOutlook:
    """What one more call of a model finds now: the stricter of its breakers, whose `scope` that is, and its budget."""

    target: Target
    breaker: Breaker
    scope: Scope
    model: ModelOutlook
    now: datetime


class Providers:
    """Reads providers; for the API. Limits are as operators overrode them last."""

    def __init__(self, settings: Settings, catalog: Catalog, database: Database, redis: Redis) -> None:
        """Open nothing. Raises: SettingsError for a quota that cannot be read."""
        self.catalog = catalog
        self.capacity: Capacity = capacity_of(settings, catalog, redis)
        self.overrides = Overrides(database, self.capacity.limits)
        self.configs: dict[str, ProviderConfig] = {one.provider.name: one.provider for one in catalog.models.values()}
        self._redis = redis
        self._database = database

    def require(self, name: str) -> ProviderConfig:
        """Return a provider. Raises: NotFoundError."""
        found = self.configs.get(name)
        if found is None:
            known = ", ".join(self.configs)
            raise NotFoundError(f"There is no provider {name!r}; there are: {known}.", code="provider_not_found")
        return found

    def models_of(self, provider: str) -> list[ModelConfig]:
        """Return a provider's models, in the catalogue's order."""
        return [one for one in self.catalog.models.values() if one.provider.name == provider]

    def targets_of(self, provider: str) -> list[Target]:
        """Return a provider's models as the governor names them, each once."""
        return list(dict.fromkeys(target_of(one) for one in self.models_of(provider)))

    def failing_models(self, breakers: Breakers, provider: str) -> list[str]:
        """Return the names of the models that their own breakers hold back, while others of the provider are served."""
        failing = set(breakers.failing(provider))
        names = [one.name for one in self.models_of(provider) if target_of(one) in failing]
        return names if breakers.shown(provider).state is BreakerState.CLOSED else []

    async def breakers(self) -> Breakers:
        """Look at every breaker. Raises: one of REDIS_AWAY."""
        return await breaker_state.read(self._redis, map(target_of, self.catalog.models.values()))

    async def look(self) -> tuple[Breakers | None, Mapping[Target, ModelOutlook]]:
        """Look at breakers and quotas as they hold; None and nothing while Redis is away."""
        await self.overrides.refresh()
        try:
            return await self.breakers(), await self.capacity.outlooks()
        except REDIS_AWAY:
            return None, {}

    async def read(self) -> ProvidersOut:
        """Return all providers and aliases."""
        breakers, outlooks = await self.look()
        prices = await asyncio.to_thread(lambda: self._prices)  # the first time it reads a list
        learned = await dialect_store.read(self._database)
        return ProvidersOut(
            providers=[
                ProviderOut(
                    name=name,
                    kind=config.kind,
                    preset=config.known.name if config.known else None,
                    host=urlsplit(config.base_url).netloc.rpartition("@")[2],  # never with a password
                    breaker=BreakerOut.model_validate(breakers.shown(name)) if breakers else None,
                    models=[
                        ModelOut(
                            name=one.name,
                            model=one.model,
                            context_tokens=one.context_tokens,
                            vision=one.vision,
                            price=prices[one.name],
                            quota=self.quota(target_of(one), outlooks),
                            breaker=_own(breakers, one),
                            **dialect_store.shown(one, learned),
                            max_in_flight=self.capacity.limits.places[target_of(one)],
                            in_flight=_in_flight(outlooks, one),
                        )
                        for one in self.models_of(name)
                    ],
                )
                for name, config in self.configs.items()
            ],
            aliases={name: list(chain) for name, chain in self.catalog.aliases.items()},
        )

    def quota(self, target: Target, outlooks: Mapping[Target, ModelOutlook]) -> QuotaOut:
        """Return a model's quota, and how it stands where that is known."""
        limits = self.capacity.limits
        shown = QuotaOut(
            configured=_written(limits.configured[target]),
            override=str(limits.of(target)) if limits.is_overridden(target) else None,
        )
        outlook = outlooks.get(target)
        if outlook is None:
            return shown
        return shown.model_copy(
            update={
                "advertised": _written(outlook.advertised),
                "effective": _written(outlook.limit),
                "factor": round(outlook.factor, 3) if outlook.is_limited else None,
                "requests_left": outlook.requests_left,
                "tokens_left": outlook.tokens_left,
                "startable": outlook.startable,
                "next_start_s": round(outlook.wait_s, 2),
                "reserved": outlook.reserved,
                "rejected": outlook.rejected,
            }
        )

    async def outlooks_for(self, name: str) -> list[CallOutlook]:
        """Return what a call by a name of the catalogue finds, for each model of its chain.

        Empty for a name that is not there any more, and while Redis is away.
        """
        if name not in self.catalog.names():
            return []
        breakers, outlooks = await self.look()
        if breakers is None:
            return []
        targets = [target_of(one) for one in self.catalog.resolve(name)]
        return [CallOutlook(one, *breakers.of(one), outlooks[one], breakers.now) for one in targets]

    @cached_property
    def _prices(self) -> dict[str, PriceOut | None]:
        """What models ask for a million tokens, by the names that jobs say."""
        found: dict[str, PriceOut | None] = {}
        for name, config in self.catalog.models.items():
            prices = [price_usd(config, usage) for usage in (Usage(_TOKENS, 0), Usage(0, _TOKENS))]
            known = [float(price * (Decimal(1_000_000) / _TOKENS)) for price in prices if price is not None]
            found[name] = PriceOut(input=known[0], output=known[1]) if len(known) == len(prices) else None
        return found


def _own(breakers: Breakers | None, config: ModelConfig) -> BreakerOut | None:
    return BreakerOut.model_validate(breakers.models[target_of(config)]) if breakers else None


def _in_flight(outlooks: Mapping[Target, ModelOutlook], config: ModelConfig) -> int | None:
    outlook = outlooks.get(target_of(config))
    return None if outlook is None or outlook.places is None else outlook.flying


def _written(quota: Quota) -> str | None:
    return str(quota) or None
