"""The Lua scripts beside this module, and their arguments: one step in Redis for each question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from app.core.redis import PREFIX
from app.governor.limiter.outlook import ModelOutlook
from app.governor.limiter.quota import Quota
from app.governor.limiter.together import Together
from app.governor.states import Admittance, BreakerChange, CallResult

RESERVE_AHEAD_S = 10.0
_FOLDER = Path(__file__).with_name("lua")
_SHARED = ("state", "breaker", "places")
NAMES = ("admit", "settle", "peek", "clear")
Scope = Literal["model", "provider"]  # whom a fault concerns: one model, or all of its provider


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """When a breaker opens: `failures` in a row within `window_s`, or `ratio` of at least `least_calls` in the window.

    It stays open for `cooldown_s`, twice as long after each failed probe, at most `longest_s`. A probe that says
    nothing for `probe_s` is given up, and no call takes a place for longer. `wait_max_s`: for how long a provider's own
    wish to be left alone is followed.
    """

    failures: int = 5
    window_s: float = 60.0
    ratio: float = 0.5
    least_calls: int = 20
    cooldown_s: float = 10.0
    longest_s: float = 300.0
    probe_s: float = 150.0
    wait_max_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Target:
    """One model of one provider, as the governor knows it."""

    provider: str
    model: str

    @property
    def keys(self) -> list[str]:
        """The keys of its budget and reservations, of its own breaker and its provider's, of its places."""
        model = f"{PREFIX}budget:{self.provider}/{self.model}"
        own, whole = breaker_keys(self.provider, self.model), breaker_keys(self.provider)
        return [
            model,
            f"{model}:reserved",
            *own,
            *whole,
            *(f"{model}:{part}" for part in ("flying", "waiting", "freed")),
        ]


def breaker_keys(provider: str, model: str | None = None) -> tuple[str, str]:
    """Return the keys of a breaker's hash and of the calls that try it: a model's, or a provider's own."""
    key = f"{PREFIX}breaker:{provider}" if model is None else f"{PREFIX}breaker:{provider}/{model}"
    return key, f"{key}:trying"


@dataclass(frozen=True, slots=True)
class Verdict:
    """May a call start? `word`: granted (after `wait_s`), reserved or wait (for a quota), busy, or a breaker's.

    `breaker_state` is that of the stricter of both breakers, `scope` says whose it is. `probes`: the breakers that this
    call decides.
    """

    word: Admittance
    wait_s: float
    tokens: float = 0.0
    breaker_state: str = ""
    scope: Scope = "model"
    probes: frozenset[Scope] = frozenset()

    @property
    def is_granted(self) -> bool:
        """Whether the call may start, `wait_s` from now."""
        return self.word is Admittance.GRANTED


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a call. `tokens_used` of None: it was not made.

    `scope` is whom a fault concerns; an answer speaks for both. `took_s`: how long it was under way, where it was.
    """

    result: CallResult
    tokens_reserved: float = 0.0
    tokens_used: int | None = None
    error: str = ""
    retry_after_s: float | None = None
    advertised: Quota = field(default_factory=Quota)
    scope: Scope = "model"
    took_s: float | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """A breaker's change, and for how long it stays open.

    `model` of None: the provider's own breaker.
    """

    provider: str
    change: BreakerChange
    cooldown_s: float
    error: str = ""
    model: str | None = None


@cache
def source(name: str) -> str:
    """Return a script with what all of them share before it."""
    return "\n".join((_FOLDER / f"{part}.lua").read_text(encoding="utf-8") for part in (*_SHARED, name))


class Scripts:
    """The scripts of one connection. Each method raises one of REDIS_AWAY."""

    def __init__(self, redis: Redis, rules: BreakerRules, sources: Mapping[str, str] | None = None) -> None:
        """Register them; `sources` replaces their texts, for tests with a clock of their own."""
        texts = sources or {name: source(name) for name in NAMES}
        self._scripts: dict[str, AsyncScript] = {name: redis.register_script(text) for name, text in texts.items()}
        self._rules = rules
        self._redis = redis
        self._together = Together(redis)

    async def admit(
        self,
        target: Target,
        caps: Quota,
        *,
        call: str,
        prompt_tokens: int,
        output_tokens: int,
        reservation: str = "",
        longest_wait_s: float = 2.0,
        places: int | None = None,
        patience_s: float = 0.0,
    ) -> Verdict:
        """Ask for a start: granted when it is at most `longest_wait_s` away, else reserved if that is near.

        `call` names the call when it is settled; who comes again with the same `reservation` finds its start kept.
        `places`: so many calls may be under way, None is any number; for `patience_s` the caller will ask again when
        there is none.
        """
        rules = self._rules
        arguments = [*_caps(caps), prompt_tokens, output_tokens, call, reservation, longest_wait_s, RESERVE_AHEAD_S]
        arguments += [rules.failures, rules.probe_s, places or 0, patience_s]
        found = [_text(one) for one in await self._run("admit", target, arguments)]
        word, wait_s, tokens, breaker_state, scope, probes = found
        probed = frozenset(map(_scope, _parts(probes)))
        return Verdict(Admittance(word), float(wait_s), float(tokens), breaker_state, _scope(scope), probed)

    async def settle(self, target: Target, caps: Quota, call: str, report: Report) -> tuple[Transition, ...]:
        """Say what became of an admitted call; return the breakers' changes that it brought, the model's first."""
        rules = self._rules
        used = -1 if report.tokens_used is None else report.tokens_used
        arguments = [*_caps(caps), call, report.tokens_reserved, used, report.result, report.error, report.scope]
        arguments += [-1.0 if report.retry_after_s is None else report.retry_after_s, rules.wait_max_s]
        arguments += [rate.amount if rate else 0 for rate in (report.advertised.requests, report.advertised.tokens)]
        arguments += [rules.failures, rules.window_s, rules.ratio, rules.least_calls, rules.cooldown_s, rules.longest_s]
        arguments += [-1.0 if report.took_s is None else report.took_s]
        found = [_text(one) for one in await self._run("settle", target, arguments)]
        by_breaker = zip((target.model, None), found[::2], found[1::2], strict=True)
        return tuple(
            Transition(target.provider, BreakerChange(change), float(cooldown), report.error, model)
            for model, change, cooldown in by_breaker
            if change
        )

    async def until_freed(self, target: Target, longest_s: float) -> None:
        """Return when a place of a model may have come free, or after `longest_s`, below the connection's timeout."""
        await self._redis.blpop([target.keys[-1]], timeout=longest_s)

    async def peek(self, target: Target, caps: Quota, *, horizon_s: float, places: int | None = None) -> ModelOutlook:
        """Look at a model, its places and both its breakers; changes nothing."""
        rules = self._rules
        arguments = [*_caps(caps), horizon_s, rules.failures, rules.probe_s, places or 0]
        found = await self._run("peek", target, arguments)
        return ModelOutlook.read([_text(one) for one in found])

    async def clear(self, target: Target, caps: Quota) -> None:
        """Forget every wait of a model, as an operator wishes; what was used of its quota stays used."""
        await self._run("clear", target, _caps(caps))

    async def _run(self, name: str, target: Target, arguments: list[Any]) -> Any:
        return await self._together.run(self._scripts[name], target.keys, arguments)


def _caps(caps: Quota) -> list[float]:
    return [
        number for rate in (caps.requests, caps.tokens) for number in ((rate.amount, rate.per_s) if rate else (0, 0))
    ]


def _scope(text: str) -> Scope:
    return "provider" if text == "provider" else "model"


def _parts(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
