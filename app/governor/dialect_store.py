"""What refusals taught about models: kept in PostgreSQL, shared by all processes, and a gate for a model's first calls.

The first call of each form (text, schema, image) tries a model's dialect alone: so many workers that begin together
find out once, not each for itself. The others wait until it was answered, or has gone on for so long that it was
surely not refused, and go with what was learned meanwhile; who waited eight seconds in its slot waits outside of it.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY
from app.governor import repository
from app.governor.limiter.limits import target_of
from app.governor.limiter.scripts import Target
from app.governor.schemas import DialectOut, LearnedOut
from app.llm.base import ModelError, NotAdmitted, WaitReason
from app.llm.catalog import ModelConfig, ProviderKind
from app.llm.dialect import PARAMETERS
from app.llm.learning import united
from app.llm.request import schema_form

KEPT = timedelta(days=7)
FOLLOW_EVERY_S = 5.0  # a first call looks for itself
SLOT_WAIT_S = 8.0  # once in a model's life, so longer than other waits in a slot
PRESUMED_S = 5.0  # a refusal of the form comes sooner, also from a busy provider
GATE_KEPT_S = 120  # of a pilot that died
POLL_S = 0.1
COME_AGAIN_S = 1.0
MAX_REASON_CHARS = 300
_ACCEPTS = "accepts:"
_ALONE = "alone"  # Redis is away: this process tries for itself
_FREE = "free"
# Ends of a call whose question was taken all the same; any other error leaves it open.
_TAKEN = frozenset({"timeout", "bad_response", "output_truncated", "content_refused"})
# Only its owner may release a gate: one that ran out may be somebody else's by now.
_RELEASE = """
local value = redis.call('GET', KEYS[1])
if value and string.sub(value, 1, #ARGV[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0"""
_log = get_logger(__name__)


@dataclass(slots=True)
class _Known:
    """What is known of one model: parameters, and which forms of questions it has answered."""

    parameters: dict[str, Any] = field(default_factory=dict)
    accepted: set[str] = field(default_factory=set)

    def add(self, name: str, value: Any) -> None:
        if name.startswith(_ACCEPTS):
            self.accepted.add(name.removeprefix(_ACCEPTS))
        elif name in PARAMETERS:
            self.parameters[name] = value


class DialectStore:
    """The lessons of one process, as PostgreSQL had them last."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self._database = database
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._known: dict[Target, _Known] = defaultdict(_Known)
        self._gates: dict[Target, asyncio.Event] = {}
        self._unwritten: dict[Target, dict[str, Any]] = defaultdict(dict)
        self._writings = 0  # begun and ended: a reading that one of them crossed is older than what is known

    def learned(self, target: Target) -> Mapping[str, Any]:
        """Return the parameters that were learned about a model."""
        return self._known[target].parameters if target in self._known else {}

    async def note(self, target: Target, learned: Mapping[str, Any], reason: str) -> None:
        """Keep what a refusal taught; an outage of PostgreSQL keeps it in this process alone."""
        known = self._known[target]
        values = united(known.parameters, learned)
        changed = {name: value for name, value in values.items() if known.parameters.get(name) != value}
        known.parameters = dict(values)
        if not changed:
            return
        _log.info("dialect_learned", provider=target.provider, parameters=sorted(changed))
        await self._write(target, changed, reason)
        await self._begin_anew(target)

    @asynccontextmanager
    async def pilot(self, target: Target, form: str) -> AsyncIterator[None]:
        """Let a model's first call of a form pass alone; what leaves the block without an error was accepted.

        Raises: NotAdmitted for who waited long enough in a slot.
        """
        if form in self._known[target].accepted:
            yield
            return
        token = await self._enter(target, form)
        try:
            yield
            await self._accept(target, form)
        except ModelError as error:
            if error.kind in _TAKEN:
                await self._accept(target, form)
            raise
        finally:
            if token:
                await asyncio.shield(self._leave(target, token))

    async def _accept(self, target: Target, form: str) -> None:
        if form not in self._known[target].accepted:
            self._known[target].accepted.add(form)
            accepted = {f"{_ACCEPTS}{form}": True}
            await asyncio.shield(self._write(target, accepted, "It took a question of this form."))

    async def refresh(self) -> None:
        """Read what is known. Raises: whatever PostgreSQL does; what was known stays then."""
        found: dict[Target, _Known] = defaultdict(_Known)
        before = self._writings
        rows = await repository.find_learned(self._database)
        if self._writings != before:
            return
        for row in rows:
            found[Target(row.provider, row.model)].add(row.parameter, row.value)
        for target, values in self._unwritten.items():
            for name, value in values.items():
                found[target].add(name, value)
        self._known = found

    async def keep_fresh(self) -> None:
        """Read it every five seconds, through every outage."""
        while still_wanted():
            await self._try_refresh()
            for target, values in list(self._unwritten.items()):
                if values:
                    await self._write(target, dict(values), "Learned while PostgreSQL was away.")
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def _try_refresh(self) -> None:
        try:
            await self.refresh()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next time may be better
            _log.debug("dialects_unknown", error=type(error).__name__)

    async def _enter(self, target: Target, form: str) -> str:
        """Wait until the form is accepted (""), or until this call is the one that tries it, and return its token.

        Raises: NotAdmitted.
        """
        until_s = monotonic_s() + SLOT_WAIT_S
        while form not in self._known[target].accepted:
            if (gate := self._gates.get(target)) is not None:  # somebody of this process is at it
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, until_s - monotonic_s())):
                        await gate.wait()
            elif token := await self._try(target, form):
                return "" if token == _FREE else token
            elif form not in self._known[target].accepted:
                await asyncio.sleep(POLL_S)
            if monotonic_s() >= until_s and form not in self._known[target].accepted:
                if await self._is_presumed(target):
                    return ""
                raise _first_call(target)
        return ""

    async def _try(self, target: Target, form: str) -> str:
        """Look what others found out; else take the gate and return its token, "" when another call has it."""
        gate = self._gates[target] = asyncio.Event()
        token = ""
        try:
            await self._try_refresh()
            if form not in self._known[target].accepted:
                mine = uuid4().hex
                if await self._redis.set(_key(target), f"{mine} {await self._now_s()}", nx=True, ex=GATE_KEPT_S):
                    token = mine
                elif await self._is_presumed(target):
                    token = _FREE
        except REDIS_AWAY:
            token = _ALONE
        finally:
            if token in {"", _FREE}:
                self._gates.pop(target, None)
                gate.set()
        return token

    async def _is_presumed(self, target: Target) -> bool:
        """Say whether the call that tries the model has gone on for so long that it was surely not refused."""
        try:
            value = await self._redis.get(_key(target))
            await self._try_refresh()
            return value is not None and await self._now_s() - _parts(value)[1] > PRESUMED_S
        except REDIS_AWAY:
            return True

    async def _begin_anew(self, target: Target) -> None:
        """Let those wait on who wait for the call that tries the model: it was refused, and is made again."""
        with suppress(*REDIS_AWAY):
            value = await self._redis.get(_key(target))
            if value is not None:
                token, _ = _parts(value)
                await self._redis.set(_key(target), f"{token} {await self._now_s()}", xx=True, ex=GATE_KEPT_S)

    async def _leave(self, target: Target, token: str) -> None:
        if gate := self._gates.pop(target, None):
            gate.set()
        with suppress(*REDIS_AWAY):
            await self._release(keys=[_key(target)], args=[token])

    async def _now_s(self) -> float:
        seconds, microseconds = await self._redis.time()
        return float(seconds) + float(microseconds) / 1e6

    async def _write(self, target: Target, values: Mapping[str, Any], reason: str) -> None:
        self._unwritten[target] |= values
        self._writings += 1
        with suppress(Exception):  # PostgreSQL is away: this process knows it all the same
            await repository.learn(
                self._database, target.provider, target.model, values, reason=reason[:MAX_REASON_CHARS], kept=KEPT
            )
            for name in values:
                self._unwritten[target].pop(name, None)
        self._writings += 1


def _key(target: Target) -> str:
    return f"{PREFIX}dialect:{target.provider}/{target.model}"


def _parts(value: bytes | str) -> tuple[str, float]:
    """Return the token of a gate's holder, and since when its call is under way."""
    token, since_s = (value if isinstance(value, str) else value.decode()).split()
    return token, float(since_s)


def _first_call(target: Target) -> NotAdmitted:
    text = f"The first call of {target.provider}/{target.model} finds out how it is asked; it is under way."
    return NotAdmitted(WaitReason.MODEL_BUSY, text, delay_s=COME_AGAIN_S, provider=target.provider)


async def read(database: Database) -> Mapping[Target, list[LearnedOut]]:
    """Return what was learned about each model, for people. Raises: whatever PostgreSQL does."""
    found: dict[Target, list[LearnedOut]] = defaultdict(list)
    for row in await repository.find_learned(database):
        if row.parameter in PARAMETERS:
            one = LearnedOut(
                parameter=row.parameter,
                value=row.value,
                reason=row.reason,
                learned_at=row.learned_at,
                expires_at=row.expires_at,
            )
            found[Target(row.provider, row.model)].append(one)
    return found


def shown(config: ModelConfig, learned: Mapping[Target, list[LearnedOut]]) -> dict[str, Any]:
    """Return how a model is asked now, and what of it was learned; nothing for a simulated one. Pure."""
    if config.provider.kind is ProviderKind.SIMULATED:
        return {}
    known = sorted(learned.get(target_of(config), ()), key=lambda one: one.parameter)
    spoken = config.spoken({one.parameter: one.value for one in known})
    form = schema_form(spoken)
    dialect = DialectOut(
        structured_output=form,
        max_tokens_param="none" if spoken.max_tokens_param in spoken.dropped else spoken.max_tokens_param,
        temperature=spoken.temperature,
        reasoning_effort=None if "reasoning_effort" in spoken.dropped else spoken.reasoning_effort,
        max_output_tokens=spoken.max_output_tokens,
        thinking=spoken.thinking,
        system_role=spoken.system_role,
        stream=spoken.stream,
    )
    return {"dialect": dialect, "learned": known}
