"""What PUT /control can change while the server runs: limits, an outage, speed, the account, and whom it plays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from tests.scripted_model.limits import Limiter, Rule
from tests.scripted_model.personalities import PERSONALITIES, PLAIN, Personality

OUTAGES = ("503", "refuse", "hang")
ACCOUNT = ("key", "credits")
_RULE = frozenset(one.name for one in fields(Rule))
_KEY = {
    "label": "scripted",
    "limit": 100.0,
    "limit_remaining": 75.0,
    "usage": 25.0,
    "is_free_tier": False,
    "rate_limit": {"requests": -1, "interval": "10s"},
}


@dataclass(slots=True)
class Controls:
    """The state that is set from outside.

    `down`: how calls end while the provider is away (a 503, a dropped connection, no answer), None while it is there.
    `latency_s`: how long each completion takes. `key`, `credits`: what the account's endpoints of that name answer
    (as OpenRouter's do), or the HTTP status of their refusal. `personality`: who answers where the path names nobody.
    """

    limiter: Limiter = field(default_factory=Limiter)
    down: str | None = None
    latency_s: float = 0.0
    key: dict[str, Any] | int = field(default_factory=_KEY.copy)
    credits: dict[str, Any] | int = field(default_factory=lambda: {"total_credits": 100.0, "total_usage": 25.0})
    personality: str = PLAIN.name
    _limiters: dict[str, Limiter] = field(default_factory=dict)

    def limiter_of(self, personality: Personality) -> Limiter:
        """Return who keeps a personality's limit: its own limiter where it has a limit of its own."""
        if personality.limit is None:
            return self.limiter
        if personality.name not in self._limiters:
            self._limiters[personality.name] = Limiter()
            self._limiters[personality.name].change(personality.limit, 0.0)
        return self._limiters[personality.name]

    def change(self, wanted: Mapping[str, Any], now_s: float) -> None:
        """Change what is named, and nothing else. Raises: ValueError, having changed nothing."""
        unknown = set(wanted) - _RULE - {"down", "latency_s", "personality", *ACCOUNT}
        if unknown:
            raise ValueError(f"no such control: {', '.join(sorted(unknown))}")
        if wanted.get("down") not in {None, *OUTAGES}:
            raise ValueError(f"down is one of {', '.join(OUTAGES)} or null")
        if wanted.get("personality", PLAIN.name) not in PERSONALITIES:
            raise ValueError(f"personality is one of {', '.join(PERSONALITIES)}")
        rule = replace(self.limiter.rule, **{name: wanted[name] for name in _RULE & set(wanted)})
        amounts = (rule.requests, rule.tokens, rule.interval_s, rule.burst_ratio)
        if rule.mode not in {"bucket", "window"} or min(1 if amount is None else amount for amount in amounts) <= 0:
            raise ValueError("mode is bucket or window; limits are above 0 or null, all other amounts above 0")
        self.limiter.change(rule, now_s)
        self.down = wanted.get("down", self.down)
        self.latency_s = float(wanted.get("latency_s", self.latency_s))
        self.personality = wanted.get("personality", self.personality)
        for name in ACCOUNT:
            if name in wanted:
                given, known = wanted[name], getattr(self, name)
                both = isinstance(given, dict) and isinstance(known, dict)
                setattr(self, name, {**known, **given} if both else given)

    def show(self) -> dict[str, Any]:
        """Return the state as PUT takes it."""
        names = ("down", "latency_s", "key", "credits", "personality")
        others = {name: getattr(self, name) for name in names}
        return {**asdict(self.limiter.rule), **others}
