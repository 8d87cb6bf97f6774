"""The providers of the played API: two with models, breakers that operators switch, quotas that they change."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from app.core.clock import utc_now
from app.governor.limiter.quota import parse_quota
from tests.browser.played_job import Json
from tests.browser.played_models import PlayedModels
from tests.browser.refused import RefusedError

# What today cost, as GET /costs says it.
COSTS: Json = {"jobs": 37, "attempts": 39, "prompt_tokens": 15_244, "cached_tokens": 4400}
COSTS |= {"completion_tokens": 2146, "cost_usd": 0.0412, "unpriced": 0}
NO_QUOTA: Json = {"configured": None, "override": None, "advertised": None, "effective": None, "factor": 1.0}
NO_QUOTA |= {
    "requests_left": None,
    "tokens_left": None,
    "startable": None,
    "next_start_s": 0.0,
    "reserved": 0,
    "rejected": 0,
}
BUSY: Json = {
    "configured": "60/min,20000tok/min",
    "effective": "60/min,20000tok/min",
    "factor": 0.8,
    "requests_left": 41.6,
}
BUSY |= {"tokens_left": 1480.0, "startable": 0, "next_start_s": 3.2, "reserved": 4, "rejected": 2}
NO_CALLS: Json = {"calls": 0, "successes": 0, "failures": {}, "prompt_tokens": 0, "cached_tokens": 0}
NO_CALLS |= {"completion_tokens": 0, "priced": 0, "cost_usd": None, "latency_p50_s": None, "latency_p95_s": None}


def _breaker() -> Json:
    ok_at = (utc_now() - timedelta(seconds=40)).isoformat()
    return {
        "state": "closed",
        "until": None,
        "failures": 0,
        "last_ok_at": ok_at,
        "last_error": None,
        "last_error_at": None,
    }


@dataclass
class PlayedProviders:
    """What is set for each provider. `breakers` of None: Redis is away."""

    names: tuple[str, ...] = ("local", "openrouter")
    breakers: dict[str, Json] | None = field(default_factory=lambda: {"local": _breaker(), "openrouter": _breaker()})
    states: dict[str, str] = field(default_factory=dict)
    override: dict[str, str] = field(default_factory=dict)
    calls: int = 420
    models: PlayedModels = field(default_factory=PlayedModels)

    def trip(self, name: str) -> None:
        """Open a breaker, as failures do."""
        now = utc_now()
        if self.breakers is not None:
            self.breakers[name] |= {
                "state": "open",
                "until": (now + timedelta(seconds=90)).isoformat(),
                "failures": 5,
                "last_error": "timeout",
                "last_error_at": (now - timedelta(seconds=3)).isoformat(),
            }
        self.states[name] = "error"

    def read(self) -> Json:
        """Return what GET /providers would."""
        shown = [
            {
                "name": name,
                "kind": "local" if name == "local" else "openai",
                "host": "" if name == "local" else "openrouter.ai",
                "preset": None if name == "local" else "openrouter",
                "breaker": self.breakers and self.breakers[name],
                "models": [
                    one | self.models.facts(one["name"], self.breakers and self.breakers[name])
                    for one in self._models(name)
                ],
            }
            for name in self.names
        ]
        return {"providers": shown, "aliases": {"default": ["SmolLM2-135M"], "careful": ["big", "SmolLM2-135M"]}}

    def answer(self, method: str, room: str, *, query: Json, body: Json) -> Any:
        """Answer for one provider. Raises: RefusedError."""
        name, _, verb = room.strip("/").partition("/")
        if name not in self.names:
            raise RefusedError(404, "provider_not_found", f"There is no provider {name!r}.")
        if verb == "status":
            return self._status(name, is_new="force_refresh" in query)
        if verb == "metrics":
            return self._metrics(name, int(query["days"]))
        if verb == "quota" and method == "PUT":
            return self._change(name, body)
        if verb == "forget":
            return self.models.forget(body["model"])
        if verb == "check":
            is_closed = (self.breakers or {}).get(name, {}).get("state") == "forced_open"
            return self.models.check(name, body["model"], is_closed=is_closed)
        if self.breakers is not None:
            self._switch(self.breakers[name], verb.removeprefix("breaker/"))
        return self.breakers and self.breakers[name]

    @staticmethod
    def _switch(breaker: Json, verb: str) -> None:
        breaker |= {"state": "forced_open" if verb == "open" else "closed", "until": None}
        if verb == "reset":
            breaker |= {"failures": 0, "last_error": None, "last_error_at": None}

    def _models(self, provider: str) -> list[Json]:
        if provider == "local":
            one = {"name": "SmolLM2-135M", "model": "SmolLM2-135M", "context_tokens": 8192, "vision": False}
            return [one | {"price": {"input": 0.0, "output": 0.0}, "quota": self._quota("SmolLM2-135M", NO_QUOTA)}]
        big = {"name": "big", "model": "acme/big-instruct:free", "context_tokens": 131_072, "vision": True}
        eye = {"name": "eye", "model": "acme/eye", "context_tokens": None, "vision": True, "price": None}
        price = {"input": 0.15, "output": 0.6}
        return [big | {"price": price, "quota": self._quota("big", BUSY)}, eye | {"quota": self._quota("eye", BUSY)}]

    def _quota(self, model: str, quota: Json) -> Json:
        shown = quota | {"override": self.override.get(model)}
        if self.breakers is None:
            return dict.fromkeys(shown) | {"configured": shown["configured"], "override": shown["override"]}
        return shown | ({"effective": shown["override"] or None} if shown["override"] is not None else {})

    def _change(self, provider: str, body: Json) -> Json:
        try:
            quota = None if body["quota"] is None else str(parse_quota(body["quota"]))
        except ValueError as error:
            fault = {"pointer": "#/quota", "detail": str(error)}
            raise RefusedError(422, "bad_quota", f"#/quota: {error}", [fault]) from None
        if quota is None:
            self.override.pop(body["model"], None)
        else:
            self.override[body["model"]] = quota
        return {one["name"]: one["quota"] for one in self._models(provider)}

    def _status(self, name: str, *, is_new: bool) -> Json:
        breaker = (self.breakers or {}).get(name) or {}
        state = self.states.get(name, "active")
        message = "The last call was answered." if state == "active" else "The last call failed: timeout."
        return {
            "provider": name,
            "state": state,
            "message": message,
            "balance_usd": 7.41 if name == "openrouter" else None,
            "usage_usd": 12.59 if name == "openrouter" else None,
            "usage_today_usd": 0.0412 if name == "openrouter" else None,
            "usage_month_usd": None,
            "consecutive_failures": breaker.get("failures", 0),
            "breaker": breaker or None,
            "quotas": {one["name"]: one["quota"] for one in self._models(name)},
            "last_success_at": breaker.get("last_ok_at"),
            "last_error": breaker.get("last_error"),
            "last_error_at": breaker.get("last_error_at"),
            "checked_at": (utc_now() - timedelta(seconds=0 if is_new else 47)).isoformat(),
            "is_stale": False,
        }

    def _metrics(self, name: str, count: int) -> Json:
        days = [utc_now().date() - timedelta(days=ago) for ago in reversed(range(count))]
        states = {"closed": 86_400.0, "open": 0.0, "half_open": 0.0, "forced_open": 0.0}
        shown = [
            {
                "day": day.isoformat(),
                "models": [self._calls(self.calls * (index + 2) // 10) | {"model": "x"}],
                "states_s": states,
            }
            for index, day in enumerate(days)
        ]
        return {"provider": name, "days": shown, "total": self._calls(self.calls * 4)}

    def _calls(self, calls: int) -> Json:
        if calls == 0:
            return NO_CALLS
        failures = {"rate_limited": calls // 20, "timeout": calls // 30}
        answered = calls - sum(failures.values())
        return {
            "calls": calls,
            "successes": answered,
            "failures": failures,
            "prompt_tokens": 412 * answered,
            "cached_tokens": 120 * answered,
            "completion_tokens": 58 * answered,
            "priced": answered - 1,
            "cost_usd": 0.000_12 * answered,
            "latency_p50_s": 1.34,
            "latency_p95_s": 4.82,
        }


def costs_out(total: Json, query: Json) -> Json:
    """Return what GET /costs would for the days asked for."""
    span = {"first_day": query["from"], "last_day": query["to"]}
    return {"group_by": "day", "items": [], "total": total} | span
