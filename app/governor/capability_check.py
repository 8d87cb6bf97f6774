"""Checks a model's capabilities on request, and forgets on request what was learned about models."""

import asyncio
from contextlib import suppress

from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import Actor
from app.auth.key_limits import refuse_model
from app.core.database import Database
from app.core.errors import ConflictError, FieldError, InvalidError
from app.core.redis import PREFIX, REDIS_AWAY
from app.events import bus
from app.governor import repository
from app.governor.providers import Providers
from app.governor.schemas import CheckOut, FindingOut
from app.llm import loading
from app.llm.base import ModelError, WaitReason
from app.llm.catalog import ModelConfig, ProviderKind

CHECK_FOR_S = 300
LONGEST_S = 270.0  # so that a check ends before the lock that it holds


class CapabilityChecks:
    """The verbs; each with its audit line."""

    def __init__(self, providers: Providers, database: Database, redis: Redis) -> None:
        self._providers = providers
        self._database = database
        self._redis = redis

    async def check(self, actor: Actor, name: str, model: str | None) -> CheckOut:
        """Ask a model of a provider a dozen small questions, outside its quota; one check of a provider at a time.

        Raises: NotFoundError; InvalidError for a model that it has not; ModelNotAllowedError; ConflictError while an
        operator has closed it, or another check is under way.
        """
        config = self._model(name, model)
        refuse_model(actor.caller, config.name)
        await self._providers.overrides.refresh()
        if name in self._providers.capacity.limits.closed:
            raise ConflictError(f"The provider {name} was closed by an operator.", code=WaitReason.PROVIDER_CLOSED)
        key = f"{PREFIX}check:{name}"
        try:
            is_mine = await self._redis.set(key, 1, nx=True, ex=CHECK_FOR_S)
        except REDIS_AWAY:
            is_mine = True
        if not is_mine:
            raise ConflictError(f"Another check of {name} is under way.", code="check_running")
        try:
            async with self._database.begin() as connection:
                detail = {"model": config.name}
                await audit.record(connection, actor, "provider.check", f"provider:{name}", detail=detail)
            return await _checked(config)
        finally:
            with suppress(*REDIS_AWAY):
                await self._redis.delete(key)

    async def forget(self, actor: Actor, name: str, model: str | None) -> None:
        """Forget what was learned about a provider's models, or about one. Raises: NotFoundError; InvalidError."""
        self._providers.require(name)
        chosen = self._providers.models_of(name) if model is None else [self._model(name, model)]
        async with self._database.begin() as connection:
            await repository.forget(connection, name, {one.model for one in chosen})
            await audit.record(connection, actor, "provider.forget", f"provider:{name}", detail={"model": model})
        await bus.tell_provider(self._redis, name, "forget")

    def _model(self, name: str, model: str | None) -> ModelConfig:
        self._providers.require(name)
        models = self._providers.models_of(name)
        found = models[0] if model is None else next((one for one in models if one.name == model), None)
        if found is None:
            known = ", ".join(one.name for one in models)
            detail = f"{name} has no model {model!r}; it has: {known}"
            raise InvalidError(f"#/model: {detail}", code="model_not_found", errors=[FieldError("#/model", detail)])
        return found


async def _checked(config: ModelConfig) -> CheckOut:
    if config.provider.kind is ProviderKind.SIMULATED:
        finding = FindingOut(name="answers", can=True, detail="It is simulated: nobody is asked.")
        return CheckOut(provider=config.provider.name, model=config.name, calls=0, findings=[finding], toml=None)
    await loading.load("app.llm.capabilities")
    from app.llm.capabilities import as_toml, find_out  # noqa: PLC0415 - loaded just now

    try:
        async with asyncio.timeout(LONGEST_S):
            found = await find_out(config)
    except TimeoutError:
        finding = FindingOut(name="answers", can=None, detail=f"It did not answer it all within {LONGEST_S:g} s.")
        return CheckOut(provider=config.provider.name, model=config.name, calls=1, findings=[finding], toml=None)
    except ModelError as error:
        finding = FindingOut(name="answers", can=False, detail=error.message)
        return CheckOut(provider=config.provider.name, model=config.name, calls=1, findings=[finding], toml=None)
    return CheckOut(
        provider=config.provider.name,
        model=config.name,
        calls=found.calls,
        findings=[FindingOut(name=one.name, can=one.can, detail=one.detail) for one in found.findings],
        toml=as_toml(config, found),
    )
