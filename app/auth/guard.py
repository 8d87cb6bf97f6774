"""Tells of guesses: the other processes by Redis, the log, a metric, and the audit log once an address first waits."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from fastapi import Request
from redis.asyncio import Redis

from app.auth import audit
from app.auth.caller import NOBODY_ID, Actor, Caller
from app.auth.guesses import (
    KEPT_S,
    LONGEST_KNOWN_S,
    LONGEST_S,
    MOST_ADDRESSES,
    MOST_KEPT,
    Guesses,
    Kind,
    Scope,
    password_scopes_of,
    place_of,
    scopes_of,
)
from app.auth.known_addresses import KNOWN_S
from app.auth.previous_token import PreviousToken
from app.core import metrics
from app.core.clock import monotonic_s
from app.core.database import Database
from app.core.errors import UnavailableError
from app.core.logging import get_logger
from app.core.loop import still_wanted
from app.core.redis import PREFIX, REDIS_AWAY

RESULTS = ("wrong", "repeated", "refused", "dead")
GATE = Actor(Caller(NOBODY_ID, "gate", user_id=NOBODY_ID))
HEAR_EVERY_S, NOBODY_EVERY_S = 1.0, 2.0
REPEATED_EVERY_S = 60.0  # how often the log tells of one that goes on with an old token
AWAY_RETRY_S = 5
MOST_ROUTE_CHARS = 100
MOST_AUDITED_PER_MIN = 60
_FOLDER = Path(__file__).with_name("lua")
_BLOCKS = f"{PREFIX}guesses"
_log = get_logger(__name__)


def host_of(request: Request) -> str:
    """Return the client's address."""
    return request.client.host if request.client else ""


def _fields(request: Request, kind: Kind) -> dict[str, str]:
    route = f"{request.method} {request.url.path}"[:MOST_ROUTE_CHARS]
    return {"kind": kind.value, "address": scopes_of(host_of(request))[0].name, "route": route}


class Guard:
    """Guards the credentials of one API process."""

    def __init__(self, secret_key: str, token: str, database: Database, redis: Redis) -> None:
        """Keep the connections; `token` is the right one."""
        self.guesses = Guesses(secret_key, token)
        self.previous_token = PreviousToken(redis)
        self.one_code = asyncio.Lock()
        self._database = database
        self._redis = redis
        self._guess = redis.register_script((_FOLDER / "guess.lua").read_text("utf-8"))
        self._blocks = redis.register_script((_FOLDER / "blocks.lua").read_text("utf-8"))
        self._told_at_s: dict[str, float] = {}
        self._audited: list[float] = []
        self._has_blocks = False
        metrics.begin(metrics.WRONG_CREDENTIALS, Kind, RESULTS)

    def check(self, request: Request, kind: Kind) -> None:
        """Say that a request's credential may be looked at. Raises: TooManyGuessesError."""
        self.guesses.check(host_of(request), kind)

    def passed(self, request: Request) -> None:
        """Remember from where the right token came."""
        self.guesses.know(host_of(request))

    def found_dead(self, request: Request, kind: Kind) -> None:
        """Tell of a credential that opens nothing, and that nobody guesses: revoked, over, damaged, or made up."""
        metrics.WRONG_CREDENTIALS.labels(kind, "dead").inc()
        if self._is_told_again("dead"):
            _log.warning("dead_credential", **_fields(request, kind))

    async def failed(self, request: Request, credential: str, kind: Kind) -> None:
        """Count a wrong credential; this process knows of it before anything is awaited."""
        await self._failed(request, credential, kind, scopes_of(host_of(request)))

    async def password_scopes(self, request: Request, name: str) -> tuple[Scope, ...]:
        """Return what a password for an account, by what was typed as its name, counts to.

        Raises: UnavailableError while Redis, which counts for all processes, is away.
        """
        account = self.guesses.account(name)
        place, known = place_of(host_of(request), account), self.guesses.known
        try:
            if await self._redis.exists(known.redis_key(place)):
                known.learn(place)
        except REDIS_AWAY:
            metrics.UNCOUNTED.labels("refused").inc()
            detail = "Passwords are not looked at while Redis, which counts the wrong ones, is away. API keys go on."
            retry = {"Retry-After": str(AWAY_RETRY_S)}
            raise UnavailableError(detail, code="sign_in_unavailable", headers=retry) from None
        return password_scopes_of(host_of(request), account, is_known=place in known)

    def check_password(self, scopes: Sequence[Scope]) -> None:
        """Say that a password may be looked at. Raises: TooManyGuessesError."""
        self.guesses.check_scopes(scopes, Kind.PASSWORD)

    def password_passed(self, scopes: Sequence[Scope]) -> None:
        """Remember from where the right password of an account came."""
        self.guesses.known.add(scopes[0].known_as)

    async def password_failed(self, request: Request, password: str, scopes: Sequence[Scope]) -> None:
        """Count a wrong password, of an account that exists or not."""
        await self._failed(request, password, Kind.PASSWORD, scopes)

    async def _failed(self, request: Request, credential: str, kind: Kind, scopes: Sequence[Scope]) -> None:
        digest = self.guesses.digest(credential, kind)
        counted = [self.guesses.count(scope, digest) for scope in scopes]
        count, is_new = counted[0]
        metrics.WRONG_CREDENTIALS.labels(kind, "wrong" if is_new else "repeated").inc()
        fields = _fields(request, kind)
        if not is_new:
            if self._is_told_again("repeated"):
                _log.warning("wrong_credential_again", **fields)
            return
        for scope, (here, _) in zip(scopes, counted, strict=True):
            everywhere, is_first = await self._share(scope, digest, here)
            count = max(count, everywhere) if scope is scopes[0] else count
            if is_first:
                _log.warning("guesses_blocked", **fields | {"address": scope.name}, guesses=everywhere)
                await self._audit(scope, everywhere, fields)
        _log.warning("wrong_credential", **fields, guesses=count)

    def _is_told_again(self, result: str) -> bool:
        if monotonic_s() - self._told_at_s.get(result, float("-inf")) < REPEATED_EVERY_S:
            return False
        self._told_at_s[result] = monotonic_s()
        return True

    async def _share(self, scope: Scope, digest: bytes, here: int) -> tuple[int, bool]:
        """Return how many guesses all processes counted, and whether the scope waits for the first time."""
        known = self.guesses.known
        keys = [f"{_BLOCKS}:{scope.name}", _BLOCKS, known.redis_key(scope.known_as)]
        longest = [LONGEST_S, LONGEST_KNOWN_S]
        arguments: list[bytes | float | str] = [digest, scope.free, *longest, KEPT_S, MOST_KEPT, scope.name]
        try:
            count, left_s, is_first, is_known = await self._guess(keys=keys, args=arguments)
        except REDIS_AWAY:  # each process counts for itself
            return here, here == scope.free
        if is_known:
            known.learn(scope.known_as)
        self.guesses.block(scope.name, float(left_s))
        return int(count), bool(is_first)

    async def _audit(self, scope: Scope, count: int, fields: dict[str, str]) -> None:
        now_s = monotonic_s()
        self._audited = [at_s for at_s in self._audited if now_s - at_s < 60]  # noqa: PLR2004 - a minute
        if len(self._audited) >= MOST_AUDITED_PER_MIN:  # the log has them all
            return
        self._audited.append(now_s)
        detail = {"guesses": count, "kind": fields["kind"], "route": fields["route"]}
        with suppress(Exception):  # PostgreSQL is away
            async with self._database.begin() as connection:
                await audit.record(connection, GATE, "guesses.blocked", scope.target, detail=detail)

    async def keep_fresh(self) -> None:
        """Tell each second from where the right token came, and hear who waits by other processes' counts."""
        while still_wanted():
            for act in (self.tell, self.hear):
                with suppress(*REDIS_AWAY):
                    await act()
            await asyncio.sleep(HEAR_EVERY_S if self._has_blocks else NOBODY_EVERY_S)

    async def tell(self) -> None:
        """Let the other processes know from where the right token came. Raises: one of REDIS_AWAY."""
        known = self.guesses.known
        names = known.unshared()
        if names:
            async with self._redis.pipeline(transaction=False) as pipeline:
                for name in names:
                    pipeline.set(known.redis_key(name), b"", ex=KNOWN_S)
                await pipeline.execute()
            known.mark_shared(names)

    async def hear(self) -> None:
        """Ask who waits, if anybody does. Raises: one of REDIS_AWAY."""
        self._has_blocks = bool(await self._redis.exists(_BLOCKS))
        if not self._has_blocks:
            return
        found = await self._blocks(keys=[_BLOCKS], args=[MOST_ADDRESSES])
        for name, left_s in zip(found[::2], found[1::2], strict=True):
            self.guesses.block(name.decode(), float(left_s))
