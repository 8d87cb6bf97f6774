"""The limits that the server enforces, and what its answers say of them."""

import math
from dataclasses import dataclass
from typing import Literal

from tests.scripted_model.meters import Bucket, Meter, Window

Mode = Literal["bucket", "window"]


@dataclass(frozen=True, slots=True)
class Rule:
    """What is allowed in `interval_s` seconds, None where nothing is limited.

    `burst_ratio`: the part of it that a full bucket holds; providers that cut a minute's limit into seconds hold less.
    `headers`: every answer says what is left. `retry_after`: a refusal says when to come again.
    """

    requests: int | None = None
    tokens: int | None = None
    interval_s: float = 60.0
    mode: Mode = "bucket"
    burst_ratio: float = 1.0
    headers: bool = True
    retry_after: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a call is not answered: `requests` or `tokens`; `wait_s` is infinite where waiting would not help."""

    kind: str
    wait_s: float


class Limiter:
    """Both limits together: a call is allowed by both, or counted by neither."""

    def __init__(self) -> None:
        """Limit nothing."""
        self.rule = Rule()
        self._meters: dict[str, Meter] = {}

    def change(self, rule: Rule, now_s: float) -> None:
        """Enforce another rule from now on; what was taken is forgotten with another interval, mode or burst."""
        if _kind(rule) != _kind(self.rule):
            self._meters = {}
        self.rule = rule
        for kind, limit in (("requests", rule.requests), ("tokens", rule.tokens)):
            if limit is None:
                self._meters.pop(kind, None)
            elif kind in self._meters:
                self._meters[kind].change(limit, now_s)
            else:
                self._meters[kind] = _meter(rule, limit, now_s)

    def admit(self, tokens: int, now_s: float) -> Refusal | None:
        """Count one call of so many tokens, or say why not."""
        amounts = {"requests": 1, "tokens": tokens}
        waits = {kind: meter.wait_s(amounts[kind], now_s) for kind, meter in self._meters.items()}
        kind = max(waits, key=lambda name: waits[name], default=None)
        if kind is not None and waits[kind] > 0:
            return Refusal(kind, waits[kind])
        for name, meter in self._meters.items():
            meter.take(amounts[name], now_s)
        return None

    def headers(self, now_s: float) -> dict[str, str]:
        """Return what OpenAI says of its limits in every answer; nothing where the rule keeps it back."""
        found = {}
        for kind, meter in self._meters.items() if self.rule.headers else ():
            found[f"x-ratelimit-limit-{kind}"] = str(int(meter.limit))
            found[f"x-ratelimit-remaining-{kind}"] = str(max(0, int(meter.left(now_s))))
            found[f"x-ratelimit-reset-{kind}"] = duration(meter.reset_s(now_s))
        return found

    def refusal_headers(self, refusal: Refusal) -> dict[str, str]:
        """Return when to come again, in whole seconds and exactly."""
        if not self.rule.retry_after or math.isinf(refusal.wait_s):
            return {}
        return {
            "retry-after": str(math.ceil(refusal.wait_s)),
            "retry-after-ms": str(math.ceil(refusal.wait_s * 1000)),
        }


def _kind(rule: Rule) -> tuple[Mode, float, float]:
    return rule.mode, rule.interval_s, rule.burst_ratio


def _meter(rule: Rule, limit: float, now_s: float) -> Meter:
    if rule.mode == "window":
        return Window(limit, rule.interval_s)
    return Bucket(limit, rule.interval_s, now_s, burst_ratio=rule.burst_ratio)


def duration(seconds: float) -> str:
    """Return a time as OpenAI writes it: 17ms, 1.5s, 6m0s."""
    ms = math.ceil(seconds * 1000)
    if ms < 1000:
        return f"{ms}ms"
    minutes, rest_ms = divmod(ms, 60_000)
    return f"{f'{minutes}m' if minutes else ''}{rest_ms / 1000:g}s"
