"""What a job waits for at its model's providers: one sentence for each thing that keeps a call from starting."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.governor.limiter.outlook import View
from app.governor.providers import Door
from app.jobs.rows import JobRow
from app.ops.explain.schemas import Reason

CLOSED, DOWN, PROBED = "provider_closed", "provider_down", "provider_probed"
WAIT, QUOTA, BUSY = "provider_wait", "quota_used_up", "model_busy"
# Why the governor gives a job back; such an attempt counts for nothing.
GIVEN_BACK = {
    "rate_limited": "the provider's rate limit was reached",
    "provider_down": "the provider was failing",
    "provider_closed": "the provider was closed by an operator",
    "model_busy": "the model was answering other jobs",
    "unknown_type": "its worker did not know the job type",
    "unknown_model": "its worker did not know the model",
    "invalid_input": "its worker has another version of the job type",
}


def was_given_back(row: JobRow) -> bool:
    """Say whether a waiting job's last attempt ended for a limit or a breaker, and its next one lies ahead."""
    return bool(row.attempt) and row.error_code in GIVEN_BACK and row.run_at > row.now


def reasons(row: JobRow, doors: Sequence[Door]) -> list[Reason]:
    """Return what keeps a waiting job from its model; nothing while one model of its chain takes calls. Pure.

    A job that lies ahead is told what time alone does not mend; one with a start of its own is not told of quotas.
    """
    found = [_reason(door) for door in doors]
    closed = [one for one in found if one is not None]
    codes = {one.code for one in closed}
    if not closed or len(closed) < len(found):
        return []
    is_told = row.run_at <= row.now or codes == {CLOSED} or (was_given_back(row) and QUOTA not in codes)
    return closed if is_told else []


def opens_at(found: Sequence[Reason], now: datetime) -> datetime | None:
    """Return when a model of the chain takes a call again, by these reasons; None when an operator must act. Pure."""
    told = [one for one in found if one.code in {CLOSED, DOWN, PROBED, WAIT, QUOTA, BUSY}]
    if told and all(one.code == CLOSED for one in told):
        return None
    return min((one.until or now for one in told if one.code != CLOSED), default=now)


def _reason(door: Door) -> Reason | None:
    provider, name = door.target.provider, f"{door.target.provider}/{door.target.model}"
    what = f"The provider {provider}" if door.scope == "provider" else f"The model {name}"
    match door.breaker.state:
        case "forced":
            return Reason(code=CLOSED, message=f"The provider {provider} was closed by an operator.")
        case "open" if door.breaker.until is not None:
            until = _written(door.breaker.until)
            why = f"{what} is failing ({door.breaker.last_error}); no call is made before {until}."
            return Reason(code=DOWN, message=why, until=door.breaker.until)
        case "half_open" if not door.view.free:
            why = f"{what} was failing; one call finds out whether it is well again."
            return Reason(code=PROBED, message=why)
    if door.view.free != 0:
        return _busy(name, door.view, door.now) if door.view.is_busy else None
    if door.view.shut_s > 0:
        return _asked_to_wait(provider, name, door.view, door.now)
    until_at = door.now + timedelta(seconds=door.view.wait_s)
    why = f"The quota of {name} ({door.view.limit}) is used up; its next call may start in {door.view.wait_s:.1f} s."
    return Reason(code=QUOTA, message=why, until=until_at)


def _busy(name: str, view: View, now: datetime) -> Reason:
    one = view.places == 1
    takes = f"The model {name} takes {view.places} call{'' if one else 's'} at once;"
    until = now + timedelta(seconds=view.next_end_s) if view.mean_call_s else None
    doing = "answers another job now." if one else f"answers {view.flying} now."
    return Reason(code=BUSY, message=f"{takes} it {doing}", until=until)


def _asked_to_wait(provider: str, name: str, view: View, now: datetime) -> Reason:
    until_at = now + timedelta(seconds=view.shut_s)
    until = _written(until_at)
    asked = f"The provider {provider} asked to be left alone by calls of {name}"
    why = {
        "asked": f"{asked} until {until}.",
        "capped": f"{asked} for longer than is followed; it is tried again at {until}.",
    }
    untold = (
        f"The provider {provider} refused a call of {name} and did not say for how long; the next is made at {until}."
    )
    return Reason(code=WAIT, message=why.get(view.shut_why, untold), until=until_at)


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
