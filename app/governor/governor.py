"""The governor of one process: its models, each behind its provider's limits and breaker."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from random import Random

from redis.asyncio import Redis

from app.core import metrics
from app.core.clock import utc_now
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY
from app.core.settings import Settings
from app.governor.fallback_chain import FallbackChain
from app.governor.limited_model import CallRecord, Lessons, LimitedModel, NoLessons, Terms
from app.governor.limiter.admission import REASONS, Admission
from app.governor.limiter.capacity import rules_of
from app.governor.limiter.limits import Limits, target_of
from app.governor.limiter.quota import Quota
from app.governor.limiter.scripts import Scripts, Target, Transition
from app.llm.base import Model
from app.llm.catalog import DEFAULT, Catalog, UnknownModelError
from app.llm.metered_model import MeteredModel
from app.llm.registry import build_all

WORKERS_KEY = f"{PREFIX}governor:workers"
FRESH_EVERY_S = 5.0
WORKER_KEPT_S = 15.0
_log = get_logger(__name__)


class Governor:
    """Hands out models by the names that jobs use. One object a process, on its one event loop."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        redis: Redis,
        *,
        worker_id: str,
        on_transition: Callable[[Transition], None],
        on_call: Callable[[CallRecord], None],
        lessons: Lessons | None = None,
    ) -> None:
        """Build every model; nothing is opened. `on_transition` hears breakers change, `on_call` each call end.

        `lessons` keeps what refusals teach; None: nothing is learned.

        Raises: SettingsError for a quota that cannot be read.
        """
        self.catalog = catalog
        self.limits = Limits(catalog)
        self._redis = redis
        self._worker_id = worker_id
        self._workers = 1
        self._begin_metrics()
        scripts = Scripts(redis, rules_of(settings))
        admission = Admission(
            scripts,
            workers=lambda: self._workers,
            is_closed=lambda provider: provider in self.limits.closed,
            on_transition=on_transition,
            random=Random(),  # noqa: S311 - jitter
        )
        self._models: dict[str, Model] = {
            name: MeteredModel(model) for name, model in build_all(catalog, settings).items()
        }
        common = Terms(
            caps=Quota,
            full_time_s=settings.llm_timeout_s,
            on_call=on_call,
            wait_max_s=settings.provider_wait_max_s,
            lessons=lessons or NoLessons(),
        )
        governed = {name: self._govern(name, model, admission, common) for name, model in self._models.items()}
        self._chains = {
            name: FallbackChain(
                name,
                [governed[config.name] for config in catalog.resolve(name)],
                goes_on=settings.fallback_on_error,
            )
            for name in catalog.names()
        }

    def _begin_metrics(self) -> None:
        for target in map(target_of, self.catalog.models.values()):
            metrics.begin(metrics.NOT_ADMITTED, [target.provider], [target.model], REASONS)
            metrics.begin(metrics.ADMITTED_ALONE, [target.provider], [target.model])

    def _govern(self, name: str, model: Model, admission: Admission, common: Terms) -> LimitedModel:
        target = target_of(self.catalog.models[name])
        return LimitedModel(model, target, admission, self._terms_of(target, common))

    def _terms_of(self, target: Target, common: Terms) -> Terms:
        return replace(common, caps=lambda: self.limits.of(target), places=self.limits.places.get(target))

    def model(self, name: str | None) -> FallbackChain:
        """Return the model of a job that asks for `name`, None for the default. Raises: UnknownModelError."""
        try:
            return self._chains[name or DEFAULT]
        except KeyError:
            raise UnknownModelError(name or DEFAULT, self.catalog.names()) from None

    async def keep_fresh(self) -> None:
        """Say every few seconds that this worker is there, and learn how many share the quotas."""
        while still_wanted():
            now_s = utc_now().timestamp()
            try:
                async with self._redis.pipeline(transaction=False) as pipe:
                    pipe.zadd(WORKERS_KEY, {self._worker_id: now_s})
                    pipe.zremrangebyscore(WORKERS_KEY, "-inf", now_s - WORKER_KEPT_S)
                    pipe.zcard(WORKERS_KEY)
                    self._workers = max(1, (await pipe.execute())[-1])
            except REDIS_AWAY as error:
                _log.debug("governor_alone", error=type(error).__name__)
            await asyncio.sleep(FRESH_EVERY_S)

    async def close(self) -> None:
        """Close every model's connections."""
        for model in self._models.values():
            await model.close()
