"""What refusals taught about models: kept in PostgreSQL, shared by all processes, and a gate for a model's first calls.

The first call of each form (text, schema, image) tries a model's dialect alone, for at most two seconds: so many
workers that begin together find out once, not each for itself. Who waited goes with what was learned meanwhile.
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
from app.governor.scripts import Target
from app.llm.dialect import PARAMETERS
from app.llm.learning import united

KEPT = timedelta(days=7)
FOLLOW_EVERY_S = 2.0
GATE_S = 2.0  # a refusal of the form comes sooner; a slow answer keeps nobody waiting
GATE_KEPT_S = 120  # of a pilot that died
POLL_S = 0.1
MAX_REASON_CHARS = 300
_ACCEPTS = "accepts:"
# Only its owner may release a gate: one that ran out may be somebody else's by now.
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"
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


class Dialects:
    """The lessons of one process, as PostgreSQL had them last."""

    def __init__(self, database: Database, redis: Redis) -> None:
        """Know nothing yet."""
        self._database = database
        self._redis = redis
        self._release = redis.register_script(_RELEASE)
        self._known: dict[Target, _Known] = defaultdict(_Known)
        self._gates: dict[str, asyncio.Event] = {}
        self._unwritten: dict[Target, dict[str, Any]] = defaultdict(dict)

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

    @asynccontextmanager
    async def pilot(self, target: Target, form: str) -> AsyncIterator[None]:
        """Let the first call of a form pass alone; what leaves the block without an error was accepted."""
        if form in self._known[target].accepted:
            yield
            return
        key = f"{PREFIX}dialect:{target.provider}/{target.model}:{form}"
        token = await self._enter(key, target, form)
        try:
            yield
            if form not in self._known[target].accepted:
                self._known[target].accepted.add(form)
                await asyncio.shield(
                    self._write(target, {f"{_ACCEPTS}{form}": True}, "It answered a question of this form.")
                )
        finally:
            if token:
                await asyncio.shield(self._leave(key, token))

    async def refresh(self) -> None:
        """Read what is known. Raises: whatever PostgreSQL does; what was known stays then."""
        found: dict[Target, _Known] = defaultdict(_Known)
        for row in await repository.find_learned(self._database):
            found[Target(row.provider, row.model)].add(row.parameter, row.value)
        for target, values in self._unwritten.items():
            for name, value in values.items():
                found[target].add(name, value)
        self._known = found

    async def keep_fresh(self) -> None:
        """Read it every two seconds, through every outage."""
        while still_wanted():
            await self._try_refresh()
            await asyncio.sleep(FOLLOW_EVERY_S)

    async def _try_refresh(self) -> None:
        try:
            await self.refresh()
        except Exception as error:  # noqa: BLE001 - whatever it is, the next time may be better
            _log.debug("dialects_unknown", error=type(error).__name__)

    async def _enter(self, key: str, target: Target, form: str) -> str:
        """Wait until the form is accepted, or this call is the one that tries it (its token), or long enough ("")."""
        until_s = monotonic_s() + GATE_S
        while form not in self._known[target].accepted:
            if (gate := self._gates.get(key)) is not None:  # somebody of this process is at it
                with suppress(TimeoutError):
                    async with asyncio.timeout(max(0.0, until_s - monotonic_s())):
                        await gate.wait()
            elif token := await self._try(key, target, form):
                return token
            elif form not in self._known[target].accepted:
                await asyncio.sleep(POLL_S)
            if monotonic_s() >= until_s:
                break
        return ""

    async def _try(self, key: str, target: Target, form: str) -> str:
        """Look what others found out; else take the gate and return its token, "" when another process has it."""
        gate = self._gates[key] = asyncio.Event()
        token = ""
        try:
            await self._try_refresh()
            if form not in self._known[target].accepted:
                mine = uuid4().hex
                if await self._redis.set(key, mine, nx=True, ex=GATE_KEPT_S):
                    token = mine
        except REDIS_AWAY:
            token = "alone"  # noqa: S105 - a mark: this process asks by itself
        finally:
            if not token:
                self._gates.pop(key, None)
                gate.set()
        return token

    async def _leave(self, key: str, token: str) -> None:
        if gate := self._gates.pop(key, None):
            gate.set()
        with suppress(*REDIS_AWAY):
            await self._release(keys=[key], args=[token])

    async def _write(self, target: Target, values: Mapping[str, Any], reason: str) -> None:
        self._unwritten[target] |= values
        with suppress(Exception):  # PostgreSQL is away: this process knows it all the same
            await repository.learn(
                self._database, target.provider, target.model, values, reason=reason[:MAX_REASON_CHARS], kept=KEPT
            )
            for name in values:
                self._unwritten[target].pop(name, None)
