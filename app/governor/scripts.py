"""The Lua scripts beside this module, and their arguments: one step in Redis for each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from app.core.redis import PREFIX
from app.governor.quota import Quota, Rate

BOOK_AHEAD_S = 10.0
_FOLDER = Path(__file__).with_name("lua")


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens: `failures` in a row within `window_s`, or `ratio` of at least `least_calls` in the window.

    It stays open for `cooldown_s`, twice as long after each failed probe, at most `longest_s`. A probe that says
    nothing for `probe_s` is given up.
    """

    failures: int = 5
    window_s: float = 60.0
    ratio: float = 0.5
    least_calls: int = 20
    cooldown_s: float = 10.0
    longest_s: float = 300.0
    probe_s: float = 150.0


@dataclass(frozen=True, slots=True)
class Target:
    """One model of one provider, as the governor knows it."""

    provider: str
    model: str

    @property
    def keys(self) -> list[str]:
        """The keys of its budget and bookings, and of its provider's breaker and the calls that try it."""
        model, provider = f"{PREFIX}budget:{self.provider}/{self.model}", f"{PREFIX}breaker:{self.provider}"
        return [model, f"{model}:booked", provider, f"{provider}:trying"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """May a call start? `word`: granted (after `wait_s`), booked or wait (for a quota), or why the breaker says no.

    `door` is the breaker's word about a call that was granted.
    """

    word: str
    wait_s: float
    tokens: float = 0.0
    door: str = ""

    @property
    def is_granted(self) -> bool:
        """Whether the call may start, `wait_s` from now."""
        return self.word == "granted"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a call. `tokens_used` of None: it was not made. `result`: ok, fault, limited, neutral."""

    result: str
    tokens_booked: float = 0.0
    tokens_used: int | None = None
    error: str = ""
    retry_after_s: float | None = None
    told: Quota = field(default_factory=Quota)


@dataclass(frozen=True, slots=True)
class Transition:
    """A breaker's change: opened, probed, reopened or closed; and for how long it stays open."""

    provider: str
    change: str
    cooldown_s: float
    error: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """How a model stands. `free`: calls that may start within the horizon, None is any number; rates per second.

    `told` is what the provider's headers said, `refused` how many calls it refused for its limit.
    """

    free: int | None
    wait_s: float
    breaker: str
    limit: Quota
    factor: float
    level: float
    token_level: float
    shut_s: float
    booked: int
    rate: float
    token_rate: float
    refused: int
    told: Quota

    @property
    def requests_left(self) -> float | None:
        """How many requests are left of the interval; None without a limit."""
        return _left(self.limit.requests, self.factor, self.level)

    @property
    def tokens_left(self) -> float | None:
        """As `requests_left`, for tokens."""
        return _left(self.limit.tokens, self.factor, self.token_level)


@cache
def source(name: str) -> str:
    """Return a script with what all of them share before it."""
    return "\n".join((_FOLDER / f"{part}.lua").read_text(encoding="utf-8") for part in ("state", name))


class Scripts:
    """The scripts of one connection. Each method raises one of REDIS_AWAY."""

    def __init__(self, redis: Redis, rules: BreakerRules, sources: Mapping[str, str] | None = None) -> None:
        """Register them; `sources` replaces their texts, for tests with a clock of their own."""
        texts = sources or {name: source(name) for name in ("admit", "settle", "peek")}
        self._scripts: dict[str, AsyncScript] = {name: redis.register_script(text) for name, text in texts.items()}
        self._rules = rules

    async def admit(
        self,
        target: Target,
        caps: Quota,
        *,
        call: str,
        prompt_tokens: int,
        output_tokens: int,
        booking: str = "",
        longest_wait_s: float = 2.0,
    ) -> Verdict:
        """Ask for a start: granted when it is at most `longest_wait_s` away, else booked for `booking` if that is near.

        `call` names the call when it is settled; who comes again with the same `booking` finds its start kept.
        """
        rules = self._rules
        arguments = [*_caps(caps), prompt_tokens, output_tokens, call, booking, longest_wait_s, BOOK_AHEAD_S]
        found = await self._run("admit", target, [*arguments, rules.failures, rules.probe_s])
        return Verdict(_text(found[0]), float(found[1]), float(found[2]), "".join(_text(each) for each in found[3:]))

    async def settle(self, target: Target, caps: Quota, call: str, report: Report) -> Transition | None:
        """Say what became of an admitted call; return the breaker's change, if it brought one."""
        rules = self._rules
        used = -1 if report.tokens_used is None else report.tokens_used
        arguments = [*_caps(caps), call, report.tokens_booked, used, report.result, report.error]
        arguments += [-1.0 if report.retry_after_s is None else report.retry_after_s]
        arguments += [rate.amount if rate else 0 for rate in (report.told.requests, report.told.tokens)]
        arguments += [rules.failures, rules.window_s, rules.ratio, rules.least_calls, rules.cooldown_s, rules.longest_s]
        change, _, cooldown = await self._run("settle", target, arguments)
        return Transition(target.provider, _text(change), float(cooldown), report.error) if change else None

    async def peek(self, target: Target, caps: Quota, *, horizon_s: float) -> View:
        """Look at a model and its provider's breaker; changes nothing."""
        found = [
            _text(value) for value in await self._run("peek", target, [*_caps(caps), horizon_s, self._rules.failures])
        ]
        free, wait, amount, per_s, tokens, tokens_s, factor = (float(found[index]) for index in (0, 1, 3, 4, 5, 6, 7))
        return View(
            free=None if free < 0 else int(free),
            wait_s=wait,
            breaker=found[2],
            limit=Quota(Rate(amount, per_s) if amount > 0 else None, Rate(tokens, tokens_s) if tokens > 0 else None),
            factor=factor,
            level=float(found[8]),
            token_level=float(found[9]),
            shut_s=float(found[10]),
            booked=int(found[11]),
            rate=float(found[12]),
            token_rate=float(found[13]),
            refused=int(found[14]),
            told=Quota(*(Rate(each, 60.0) if each > 0 else None for each in map(float, found[16:18]))),
        )

    async def _run(self, name: str, target: Target, arguments: list[Any]) -> Any:
        return await self._scripts[name](keys=target.keys, args=arguments)


def _caps(caps: Quota) -> list[float]:
    return [
        number for rate in (caps.requests, caps.tokens) for number in ((rate.amount, rate.per_s) if rate else (0, 0))
    ]


def _left(rate: Rate | None, factor: float, level: float) -> float | None:
    return None if rate is None else round(max(0.0, rate.amount * factor - level), 1)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
