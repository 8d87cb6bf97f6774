"""One fixed walk of the machine past every condition of every statement: short, and the same each time."""

from collections.abc import Callable
from typing import Any

from app.jobs.outcomes import Completed, Failed, Released, Retry
from tests.rig.job_machine import OOPS, JobMachine, TooSlowError

DONE, AGAIN, LATER, MUCH_LATER = Completed({}), Retry(0, OOPS), Retry(20, OOPS), Retry(250, OOPS)
BROKEN, RELEASED, RELEASED_LATER = Failed(OOPS), Released(0, OOPS), Released(20, OOPS)
NEWEST, SECOND, THIRD = [0], [1], [2]  # claims, by how many came after them
BOTH = [0, 1]
Step = tuple[str, dict[str, Any]]
TRIES = 20


def ask(verb: str, job: int, *, is_stranger: bool = False, **more: Any) -> Step:
    return verb, {"job": job, "is_stranger": is_stranger, **more}


def remove(job: int, *, is_stranger: bool = False, being_cancelled: bool = False) -> Step:
    return ask("remove", job, is_stranger=is_stranger, being_cancelled=being_cancelled)


def submit(job: int) -> Step:
    return "submit", {"job": job, "priority": 5, "delay_s": 0, "deadline_s": 300, "direct": False}


def claim(*jobs: int) -> Step:
    return "claim", {"jobs": list(jobs), "worker": "w1"}


def claim_again(claimed: list[int]) -> Step:
    return "claim_again", {"claimed": claimed}


def beat(claimed: list[int], *, is_forged: bool = False) -> Step:
    return "beat", {"claimed": claimed, "is_forged": is_forged}


def end(claimed: list[int], outcome: Any, *, is_forged: bool = False) -> Step:
    return "end", {"claimed": claimed, "outcome": outcome, "is_forged": is_forged}


def dispatch(priority: int = 5, room: int = 2) -> Step:
    return "dispatch", {"priority": priority, "room": room}


def advance(by_s: int) -> Step:
    return "advance", {"by_s": by_s}


def rescue(*, is_quiet: bool = False) -> Step:
    return "rescue", {"is_quiet": is_quiet}


EXPIRE: Step = ("expire", {})
PRUNE: Step = ("prune", {"kept_s": 100})
UNSEND: Step = ("unsend", {"jobs": [0, 1]})
RESEND_LOST: Step = ("resend_lost", {})
RESEND_ALL: Step = ("resend_all", {})
WAITING = (
    submit(0),
    *(ask("cancel", 0, is_stranger=True), remove(0, is_stranger=True)),
    *(EXPIRE, PRUNE, dispatch(priority=1), dispatch(room=1), dispatch()),
    *(RESEND_LOST, advance(5), RESEND_LOST, RESEND_ALL),
)
RUNNING = (
    *(claim(0, 1, 1), claim(0), claim_again(BOTH), advance(5), UNSEND, dispatch(), remove(0), rescue()),
    beat(BOTH, is_forged=True),
    *(end(BOTH, outcome, is_forged=True) for outcome in (DONE, AGAIN, BROKEN, RELEASED)),
    *(end(SECOND, RELEASED_LATER), end(NEWEST, LATER), UNSEND, dispatch(), claim(0, 1), advance(20)),
)
# Both are claimed once more with the tokens of their first attempts, which are the older two claims from now on.
FENCED = (
    claim_again(BOTH),
    *(step for old in ([2], [3]) for step in (beat(old), *(end(old, how) for how in (DONE, AGAIN, BROKEN, RELEASED)))),
    *(ask("cancel", 0), ask("cancel", 0), end(BOTH, DONE), end(BOTH, DONE), beat(BOTH)),
    *(end(BOTH, how) for how in (AGAIN, BROKEN, RELEASED)),
    *(ask(verb, job) for verb in ("cancel", "retry") for job in (1, 0)),
    ask("retry", 0, is_stranger=True),
)
# The job 0 is retried and pending, 1 is completed.
SPENT = (
    *(ask("cancel", 0), ask("retry", 0, is_stranger=True), ask("retry", 0)),
    *(step for _ in range(3) for step in (claim(0), end(NEWEST, AGAIN))),
    *(ask("retry", 0), claim(0), ask("cancel", 0), end(NEWEST, AGAIN), ask("retry", 0), claim(0)),
    *(advance(65), rescue(is_quiet=True), rescue(), end(NEWEST, DONE), beat(NEWEST)),
    *(claim(0), ("cut_budget", {"job": 0}), advance(65), rescue(), ask("retry", 0)),
    *(claim(0), ask("cancel", 0), advance(65), rescue(), PRUNE),
)
LATE = (
    *(remove(0), submit(0), claim(0), advance(65), beat(NEWEST), end(NEWEST, MUCH_LATER), ask("retry", 0)),
    *(claim(0), *([advance(20), beat(NEWEST)] * 15), EXPIRE, *([advance(20), beat(NEWEST)] * 2), rescue()),
    *(remove(0), submit(0), advance(300), claim(0), EXPIRE, PRUNE),
    *(remove(0), submit(0), claim(0), end(NEWEST, AGAIN), ("cut_budget", {"job": 0}), claim(0)),
    *(advance(65), advance(65), PRUNE),
)
WALK = (*WAITING, *RUNNING, *FENCED, *SPENT, *LATE)


def walk(make: Callable[[], JobMachine]) -> None:
    """Take every step; again with another machine where the computer was too slow for the result to mean anything.

    Raises: AssertionError after the first that the model does not agree with.
    """
    for _ in range(TRIES):
        machine = make()
        try:
            machine.submit_all(max_attempts=[3, 3], deadline_s=300)
            for step in WALK:
                machine.do(step)
        except TooSlowError:
            continue
        return
    raise TooSlowError
