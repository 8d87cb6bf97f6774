"""How many requests who may make: users by the hour and in bursts, API keys by their own, strangers by address."""

from collections.abc import Sequence
from functools import lru_cache

from redis.asyncio import Redis

from app.auth.allowances import MOST_KEPT, Allowances, Limit, Standing
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
Headers = tuple[tuple[str, str], ...]


class TooManyRequestsError(HeadraceError):
    """Somebody has made all the requests that he may make for now."""

    status, code, title = 429, "too_many_requests", "Too many requests"


@lru_cache(maxsize=MOST_KEPT)
def _limit(name: str, most: int, within_s: int) -> Limit:
    return Limit(name, most, within_s)


class RequestLimits:
    """The limits of requests at one process; each verb returns the headers of the answer, none where nothing limits."""

    def __init__(self, settings: Settings, redis: Redis) -> None:
        """Count nothing yet."""
        self._allowances = Allowances(redis)
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
        per_hour = self._per_hour_of(caller)
        wanted = []
        if per_hour:
            user = f"user:{caller.user_id}"
            if self._burst:  # whoever may make many an hour may make them twice as fast as evenly
                wanted.append((user, _limit("burst", max(self._burst, per_hour // 30), MINUTE_S)))
            if not is_session:
                wanted.append((user, _limit("hour", per_hour, HOUR_S)))
        if caller.key_requests_per_hour:
            wanted.append((f"key:{caller.key_id}", _limit("key", caller.key_requests_per_hour, HOUR_S)))
        return await self._take(wanted) if wanted else ()

    async def of_address(self, host: str) -> Headers:
        """Take a request of nobody, by his address, in IPv6 by its network. Raises: TooManyRequestsError."""
        if not self._per_minute_of_address:
            return ()
        subject = f"address:{scopes_of(host)[0].name}"
        return await self._take([(subject, _limit("address", self._per_minute_of_address, MINUTE_S))])

    def _per_hour_of(self, caller: Caller) -> int:
        if caller.user_id == SERVICE_OWNER_ID:
            return self._per_hour_of_service
        return self._per_hour if caller.requests_per_hour is None else caller.requests_per_hour

    async def _take(self, wanted: Sequence[tuple[str, Limit]]) -> Headers:
        found = []
        for subject, limit in wanted:
            standing = await self._allowances.take(subject, limit)
            found.append(standing)
            if not standing.may:
                break
        if not all(one.is_counted for one in found):
            metrics.UNCOUNTED.labels("passed").inc()
        headers = _headers(found)
        if not found[-1].may:
            raise _refusal(found[-1], headers)
        return headers


def _refusal(standing: Standing, headers: Headers) -> TooManyRequestsError:
    limit, wait_s = standing.limit, standing.wait_s
    metrics.LIMITED.labels(limit.name).inc()
    said = f"{_WHOSE[limit.name].format(limit.most)} Try again in {wait_s} s."
    return TooManyRequestsError(said, headers={**dict(headers), "Retry-After": str(wait_s)})


def _headers(found: Sequence[Standing]) -> Headers:
    """Return what tells a client how it stands. Source: draft-ietf-httpapi-ratelimit-headers-11, sections 3 and 4."""
    left = ", ".join(f'"{one.limit.name}";r={one.left};t={one.wait_s}' for one in found)
    return ("RateLimit-Policy", _policy(tuple(one.limit for one in found))), ("RateLimit", left)


@lru_cache(maxsize=MOST_KEPT)
def _policy(limits: tuple[Limit, ...]) -> str:
    return ", ".join(f'"{one.name}";q={one.most};w={one.within_s}' for one in limits)
