"""What a job waits for at its model's providers: one sentence for each thing that keeps a call from starting."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.clock import to_second
from app.governor.limiter.outlook import ModelOutlook
from app.governor.providers import CallOutlook
from app.governor.states import BreakerState
from app.jobs.rows import JobRow
from app.llm.base import WaitReason
from app.ops.explain.schemas import Reason

CLOSED, DOWN, PROBED = WaitReason.PROVIDER_CLOSED.value, WaitReason.PROVIDER_DOWN.value, "provider_probed"
WAIT, QUOTA, BUSY = "provider_wait", "quota_used_up", WaitReason.MODEL_BUSY.value
# Why the governor gives a job back; such an attempt counts for nothing.
RELEASED = {
    WaitReason.RATE_LIMITED: "the provider's rate limit was reached",
    WaitReason.PROVIDER_DOWN: "the provider was failing",
    WaitReason.PROVIDER_CLOSED: "the provider was closed by an operator",
    WaitReason.MODEL_BUSY: "the model was answering other jobs",
    "unknown_type": "its worker did not know the job type",
    "unknown_model": "its worker did not know the model",
    "invalid_input": "its worker has another version of the job type",
}


def was_released(row: JobRow) -> bool:
    """Say whether a waiting job's last attempt ended for a limit or a breaker, and its next one lies ahead."""
    return bool(row.attempt) and row.error_code in RELEASED and row.run_at > row.now


def reasons(row: JobRow, outlooks: Sequence[CallOutlook]) -> list[Reason]:
    """Return what keeps a waiting job from its model; nothing while one model of its chain takes calls. Pure.

    A job that lies ahead is told what time alone does not mend; one with a start of its own is not told of quotas.
    """
    found = [_reason(outlook) for outlook in outlooks]
    closed = [one for one in found if one is not None]
    codes = {one.code for one in closed}
    if not closed or len(closed) < len(found):
        return []
    is_shown = row.run_at <= row.now or codes == {CLOSED} or (was_released(row) and QUOTA not in codes)
    return closed if is_shown else []


def opens_at(found: Sequence[Reason], now: datetime) -> datetime | None:
    """Return when a model of the chain takes a call again, by these reasons; None when an operator must act. Pure."""
    waits = [one for one in found if one.code in {CLOSED, DOWN, PROBED, WAIT, QUOTA, BUSY}]
    if waits and all(one.code == CLOSED for one in waits):
        return None
    return min((one.until or now for one in waits if one.code != CLOSED), default=now)


def _reason(outlook: CallOutlook) -> Reason | None:
    provider, name = outlook.target.provider, f"{outlook.target.provider}/{outlook.target.model}"
    what = f"The provider {provider}" if outlook.scope == "provider" else f"The model {name}"
    match outlook.breaker.state:
        case BreakerState.FORCED_OPEN:
            return Reason(code=CLOSED, message=f"The provider {provider} was closed by an operator.")
        case BreakerState.OPEN if outlook.breaker.until is not None:
            until = to_second(outlook.breaker.until)
            why = f"{what} is failing ({outlook.breaker.last_error}); no call is made before {until}."
            return Reason(code=DOWN, message=why, until=outlook.breaker.until)
        case BreakerState.HALF_OPEN if not outlook.model.startable:
            why = f"{what} was failing; one call finds out whether it is well again."
            return Reason(code=PROBED, message=why)
    if outlook.model.startable != 0:
        return _busy(name, outlook.model, outlook.now) if outlook.model.is_busy else None
    if outlook.model.retry_in_s > 0:
        return _asked_to_wait(provider, name, outlook.model, outlook.now)
    wait_s = outlook.model.wait_s
    until_at = outlook.now + timedelta(seconds=wait_s)
    why = f"The quota of {name} ({outlook.model.limit}) is used up; its next call may start in {wait_s:.1f} s."
    return Reason(code=QUOTA, message=why, until=until_at)


def _busy(name: str, model: ModelOutlook, now: datetime) -> Reason:
    one = model.places == 1
    takes = f"The model {name} takes {model.places} call{'' if one else 's'} at once;"
    until = now + timedelta(seconds=model.next_end_s) if model.mean_call_s else None
    doing = "answers another job now." if one else f"answers {model.flying} now."
    return Reason(code=BUSY, message=f"{takes} it {doing}", until=until)


def _asked_to_wait(provider: str, name: str, model: ModelOutlook, now: datetime) -> Reason:
    until_at = now + timedelta(seconds=model.retry_in_s)
    until = to_second(until_at)
    asked = f"The provider {provider} asked to be left alone by calls of {name}"
    why = {
        "asked": f"{asked} until {until}.",
        "capped": f"{asked} for longer than is followed; it is tried again at {until}.",
    }
    unsaid = (
        f"The provider {provider} refused a call of {name} and did not say for how long; the next is made at {until}."
    )
    return Reason(code=WAIT, message=why.get(model.retry_reason, unsaid), until=until_at)
