"""The reasons why a call is not made: each a NotAdmitted with a sentence for people and the time to come again."""

import math

from app.governor.limiter.scripts import Target, Verdict
from app.governor.states import Admittance
from app.llm.base import NotAdmitted, WaitReason

EARLY_S = 1.0  # before its reserved start a job is back, and sleeps the rest: so it starts on time
BUSY_S = (0.5, 5.0)  # until a job may be sent again that found no place: the dispatcher knows better when
CLOSED_RETRY_S = 5.0


def refusal(target: Target, verdict: Verdict, *, longest_sleep_s: float, jitter_s: float) -> NotAdmitted:
    """Return what a verdict that grants nothing is for its job; `jitter_s` is added to waits without a start."""
    name, wait_s = f"{target.provider}/{target.model}", verdict.wait_s
    match verdict.word:
        case Admittance.RESERVED:
            text = f"The quota of {name} is used up; a start is reserved in {max(0.1, wait_s):.1f} s."
            return NotAdmitted(
                WaitReason.RATE_LIMITED, text, delay_s=max(0.05, wait_s - EARLY_S), provider=target.provider
            )
        case Admittance.WAIT:
            text = f"The quota of {name} is used up for {max(1, math.ceil(wait_s))} s."
            delay_s = wait_s - longest_sleep_s + jitter_s
            return NotAdmitted(WaitReason.RATE_LIMITED, text, delay_s=delay_s, provider=target.provider)
        case Admittance.BUSY:
            return busy(target, delay_s=min(max(wait_s, BUSY_S[0]), BUSY_S[1]) + jitter_s / 2)
        case Admittance.FORCED_OPEN:
            return closed(target, wait_s)
    whole = verdict.scope == "provider"
    return failing(target, None if whole else target.model, why="", delay_s=max(1.0, wait_s))


def busy(target: Target, *, delay_s: float) -> NotAdmitted:
    """Return the refusal of a model that answers as many calls as it takes at once."""
    text = f"The model {target.provider}/{target.model} answers other jobs, as many as it takes at once."
    return NotAdmitted(WaitReason.MODEL_BUSY, text, delay_s=delay_s, provider=target.provider)


def failing(target: Target, model: str | None, *, why: str, delay_s: float) -> NotAdmitted:
    """Return the refusal of a breaker; `model` of None: it is the whole provider that fails."""
    what = f"provider {target.provider}" if model is None else f"model {target.provider}/{model}"
    because = f" ({why})" if why else ""
    text = f"The {what} is failing{because}; it is tried again in {max(1, math.ceil(delay_s))} s."
    return NotAdmitted(WaitReason.PROVIDER_DOWN, text, delay_s=delay_s, provider=target.provider)


def closed(target: Target, delay_s: float = CLOSED_RETRY_S) -> NotAdmitted:
    """Return the refusal of a provider that an operator closed."""
    text = f"The provider {target.provider} was closed by an operator."
    return NotAdmitted(WaitReason.PROVIDER_CLOSED, text, delay_s=delay_s, provider=target.provider)


def share_used_up(target: Target, delay_s: float) -> NotAdmitted:
    """Return the refusal of a worker that has used its part of a quota while Redis is away."""
    text = f"This worker's share of the quota of {target.provider}/{target.model} is used up; Redis is away."
    return NotAdmitted(WaitReason.RATE_LIMITED, text, delay_s=delay_s, provider=target.provider)
