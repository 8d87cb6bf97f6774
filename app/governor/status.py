"""The status of a provider: one check shared by all who ask, kept in Redis, and what calls saw since."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from uuid import uuid4

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.redis import PREFIX, REDIS_AWAY
from app.governor.breaker.state import Breaker
from app.governor.limiter.limits import target_of
from app.governor.providers import Providers
from app.governor.schemas import BreakerOut, StatusOut
from app.llm import loading
from app.llm.checked import STATES, TIMEOUT_S, Checked, State

FRESH_S = 60.0
STALE_S = 300.0
FORCE_EVERY_S = 10
LOCK_S = int(TIMEOUT_S) + 5
POLL_S = 0.05
# Only its owner may release a lock: one that ran out may be somebody else's by now.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
_UNKNOWN = Checked("unknown", "It was neither asked nor used yet.")


@dataclass(frozen=True, slots=True)
class Kept:
    """A check and how old it is, by Redis' clock."""

    checked: Checked
    at: datetime
    age_s: float


class StatusBoard:
    """Reads providers' statuses. A check is no call of a model: it takes nothing of a quota and tells no breaker."""

    def __init__(self, providers: Providers, redis: Redis) -> None:
        self._providers = providers
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, name: str, *, force: bool) -> StatusOut:
        """Return a provider's status. `force` asks for a new check, at most one in 10 s. Raises: NotFoundError."""
        self._providers.require(name)
        try:
            kept = await self._kept(name, force=force)
        except REDIS_AWAY:
            kept = None
        breakers, outlooks = await self._providers.look()
        breaker = breakers.shown(name) if breakers else None
        failing = self._providers.failing_models(breakers, name) if breakers else ()
        models = {one.name: target_of(one) for one in self._providers.models_of(name)}
        is_limited = any(outlooks[one].retry_in_s > 0 for one in models.values() if one in outlooks)
        checked = kept.checked if kept else _UNKNOWN
        state, message = judge(checked, kept.at if kept else None, breaker, is_limited=is_limited, failing=failing)
        return StatusOut(
            provider=name,
            **(asdict(checked) | {"state": state, "message": message}),
            consecutive_failures=breaker.failures if breaker else 0,
            breaker=BreakerOut.model_validate(breaker) if breaker else None,
            quotas={model: self._providers.quota(target, outlooks) for model, target in models.items()},
            last_success_at=breaker.last_ok_at if breaker else None,
            last_error=breaker.last_error if breaker else None,
            last_error_at=breaker.last_error_at if breaker else None,
            checked_at=kept.at if kept else None,
            is_stale=kept is not None and kept.age_s > FRESH_S,
        )

    async def _kept(self, name: str, *, force: bool) -> Kept | None:
        """Return the last check: at once when there is one, while one refresh runs if it is stale."""
        found = await self._find(name)
        may_force = force and await self._redis.set(f"{_key(name)}:forced", 1, nx=True, ex=FORCE_EVERY_S)
        if found is not None and found.age_s <= FRESH_S and not may_force:
            return found
        token = uuid4().hex
        is_mine = await self._redis.set(f"{_key(name)}:lock", token, nx=True, ex=LOCK_S)
        if found is not None and found.age_s <= STALE_S and not may_force:
            if is_mine:
                task = asyncio.create_task(self._refresh(name, token, before=found))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            return found
        if is_mine:
            await self._refresh(name, token, before=found)
            return await self._find(name)
        return await self._await_other(name, found)

    async def _refresh(self, name: str, token: str, *, before: Kept | None) -> None:
        """Check, unless somebody else has since `before` was found, and release the lock that `token` holds."""
        with suppress(*REDIS_AWAY):
            found = await self._find(name)
            if found is None or (before is not None and found.at <= before.at):
                await loading.load("app.llm.check")
                from app.llm.check import check  # noqa: PLC0415 - loaded just now

                await self._store(name, await check(self._providers.require(name)))
            await self._release(keys=[f"{_key(name)}:lock"], args=[token])

    async def _store(self, name: str, checked: Checked) -> None:
        value = json.dumps({"at": await self._now_s(), **asdict(checked)})
        await self._redis.set(_key(name), value, ex=round(STALE_S))

    async def _await_other(self, name: str, before: Kept | None) -> Kept | None:
        """Wait for the check that somebody else makes; what there was when that takes too long."""
        until_s = monotonic_s() + LOCK_S
        while monotonic_s() < until_s:
            found = await self._find(name)
            if found is not None and (before is None or found.at > before.at):
                return found
            await asyncio.sleep(POLL_S)
        return before

    async def _find(self, name: str) -> Kept | None:
        value = await self._redis.get(_key(name))
        if value is None:
            return None
        try:
            stored = json.loads(value)
            at_s = float(stored.pop("at"))
            checked = Checked(**stored)
        except (ValueError, TypeError, KeyError, AttributeError):  # another version wrote it
            return None
        return Kept(checked, datetime.fromtimestamp(at_s, UTC), await self._now_s() - at_s)

    async def _now_s(self) -> float:
        seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6


def judge(
    checked: Checked,
    at: datetime | None,
    breaker: Breaker | None,
    *,
    is_limited: bool,
    failing: Sequence[str] = (),
) -> tuple[State, str]:
    """Return the state of now and its sentence: the last word counts, be it the check's or a call's. Pure.

    `failing` are the models that are held back while others of the provider are served: they are named.
    """
    state, message = _last_word(checked, at, breaker)
    if is_limited and state in {"active", "unknown"}:
        state, message = "rate_limited", "Its rate limit is reached; calls wait until it takes some again."
    named = " ".join(f"The model {one} is failing; its jobs wait." for one in failing)
    return state, f"{message} {named}" if named else message


def _last_word(checked: Checked, at: datetime | None, breaker: Breaker | None) -> tuple[State, str]:
    state, message = checked.state, checked.message
    if breaker is not None:
        heard = [each for each in (at, breaker.last_ok_at, breaker.last_error_at) if each is not None]
        last = max(heard, default=None)
        if breaker.last_error and last is not None and last == breaker.last_error_at:
            state, message = STATES.get(breaker.last_error, "error"), f"The last call failed: {breaker.last_error}."
        elif last is not None and last == breaker.last_ok_at:
            state, message = "active", "The last call was answered."
    return state, message


def _key(name: str) -> str:
    return f"{PREFIX}status:{name}"
