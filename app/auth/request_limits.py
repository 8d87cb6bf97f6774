"""How many requests who may make: users by the hour and in bursts, API keys by their own, strangers by address."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from redis.asyncio import Redis

from app.auth.allowances import MOST_KEPT, Allowances, Limit, Purse
from app.auth.caller import SERVICE_OWNER_ID, Caller
from app.auth.guesses import scopes_of
from app.core import metrics
from app.core.errors import HeadraceError
from app.core.settings import Settings

HOUR_S, MINUTE_S = 3600, 60
LIMITS = ("hour", "burst", "key", "address")
_WHOSE = {
    "hour": "This user may make {0:,} requests an hour.",
    "burst": "This user may make {0:,} requests within a minute.",
    "key": "This API key may make {0:,} requests an hour.",
    "address": "Without a credential that opens something, an address may make {0:,} requests a minute.",
}
Headers = tuple[tuple[bytes, bytes], ...]


class TooManyRequestsError(HeadraceError):
    """Somebody has made all the requests that he may make for now."""

    status, code, title = 429, "too_many_requests", "Too many requests"


@dataclass(frozen=True, slots=True)
class _Account:
    """What one request of somebody is taken from, and how headers call it.

    Source: draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4.
    """

    purses: Sequence[Purse]
    policy: bytes

    def headers(self, now_s: float) -> Headers:
        """Return what tells a client how it stands."""
        left = ", ".join(f'"{one.limit.name}";r={one.left};t={one.wait_s(now_s)}' for one in self.purses)
        return (b"ratelimit-policy", self.policy), (b"ratelimit", left.encode())


class RequestLimits:
    """The limits of requests at one process; each verb returns the headers of the answer, none where nothing limits."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        """Count nothing yet."""
        self._allowances = Allowances(redis)
        self._accounts: OrderedDict[Hashable, _Account | None] = OrderedDict()
        self._per_hour = settings.requests_per_hour
        self._burst = settings.requests_burst
        self._per_hour_of_service = settings.requests_per_hour_of_service
        self._per_minute_of_address = settings.requests_per_minute_of_address
        metrics.begin(metrics.LIMITED, LIMITS)
        metrics.begin(metrics.UNCOUNTED, ("passed", "refused"))

    async def of_caller(self, caller: Caller, *, is_session: bool) -> Headers:
        """Take a request of a caller. A session's count as a burst alone: its page asks again by itself.

        Raises: TooManyRequestsError.
        """
        own = (caller.user_id, caller.requests_per_hour, caller.key_id, caller.key_requests_per_hour, is_session)
        return await self._take(self._account(own, lambda: self._limits_of(caller, is_session=is_session)))

    async def of_address(self, host: str) -> Headers:
        """Take a request of nobody, by his address, in IPv6 by its network. Raises: TooManyRequestsError."""
        name, most = scopes_of(host)[0].name, self._per_minute_of_address
        limits = [(f"address:{name}", Limit("address", most, MINUTE_S))]
        return await self._take(self._account(name, lambda: limits if most else ()))

    def _limits_of(self, caller: Caller, *, is_session: bool) -> Sequence[tuple[str, Limit]]:
        per_hour = self._per_hour if caller.requests_per_hour is None else caller.requests_per_hour
        if caller.user_id == SERVICE_OWNER_ID:
            per_hour = self._per_hour_of_service
        user, found = f"user:{caller.user_id}", []
        if per_hour and self._burst:  # whoever may make many an hour may make them twice as fast as evenly
            found.append((user, Limit("burst", max(self._burst, per_hour // 30), MINUTE_S)))
        if per_hour and not is_session:
            found.append((user, Limit("hour", per_hour, HOUR_S)))
        if caller.key_requests_per_hour:
            found.append((f"key:{caller.key_id}", Limit("key", caller.key_requests_per_hour, HOUR_S)))
        return found

    def _account(self, key: Hashable, find: Callable[[], Sequence[tuple[str, Limit]]]) -> _Account | None:
        if key in self._accounts:
            self._accounts.move_to_end(key)
            return self._accounts[key]
        limits = find()
        policy = ", ".join(f'"{one.name}";q={one.most};w={one.within_s}' for _, one in limits)
        purses = [self._allowances.purse(subject, limit) for subject, limit in limits]
        self._accounts[key] = found = _Account(purses, policy.encode()) if purses else None
        while len(self._accounts) > MOST_KEPT:
            self._accounts.popitem(last=False)
        return found

    async def _take(self, account: _Account | None) -> Headers:
        if account is None:
            return ()
        for index, purse in enumerate(account.purses):
            if not await self._allowances.take(purse):
                for taken in account.purses[:index]:  # what one limit refuses costs nothing of the others
                    taken.give_back()
                raise self._refusal(account, purse)
        if self._allowances.is_away:
            metrics.UNCOUNTED.labels("passed").inc()
        return account.headers(self._allowances.clock())

    def _refusal(self, account: _Account, purse: Purse) -> TooManyRequestsError:
        now_s, limit = self._allowances.clock(), purse.limit
        wait_s = purse.wait_s(now_s)
        metrics.LIMITED.labels(limit.name).inc()
        said = f"{_WHOSE[limit.name].format(limit.most)} Try again in {wait_s} s."
        told = as_text(account.headers(now_s))
        return TooManyRequestsError(said, headers={**told, "Retry-After": str(wait_s)})


def as_text(headers: Headers) -> dict[str, str]:
    """Return headers as an error takes them."""
    return {name.decode(): value.decode() for name, value in headers}
