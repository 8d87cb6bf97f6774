"""The governor's scripts with a clock that the test turns, so that minutes pass in milliseconds."""

from dataclasses import dataclass

from redis.asyncio import Redis

from app.governor.limiter.scripts import NAMES, BreakerRules, Scripts, source

CLOCK_KEY = "test:now"
_REAL = "local now = tonumber(clock[1]) + tonumber(clock[2]) / 1000000"
_PLAYED = f"local now = tonumber(redis.call('GET', '{CLOCK_KEY}'))"


@dataclass
class Played:
    """Scripts whose time is `now_s`."""

    redis: Redis
    scripts: Scripts
    now_s: float = 1_000_000.0

    async def at(self, now_s: float) -> None:
        """Turn the clock forward to a moment."""
        assert now_s >= self.now_s
        self.now_s = now_s
        await self.redis.set(CLOCK_KEY, f"{now_s:.6f}")

    async def pass_s(self, seconds: float) -> None:
        """Let time pass."""
        await self.at(self.now_s + seconds)


async def played(redis: Redis, rules: BreakerRules | None = None) -> Played:
    """Return scripts with a clock of their own."""
    texts = {}
    for name in NAMES:
        text = source(name)
        assert _REAL in text
        texts[name] = text.replace(_REAL, _PLAYED)
    made = Played(redis, Scripts(redis, rules or BreakerRules(), texts))
    await made.at(made.now_s)
    return made
