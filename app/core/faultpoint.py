"""Named points at which a test makes this process die, freeze or fail; knows nobody, and costs a look-up when off.

FAULT_POINTS names them: `name:action[:when]`, separated by commas. `when` below 1 is a probability, a whole number n
the n-th time only; without it, always.
"""

import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from random import random

EXIT_CODE = 86
NAMES = frozenset(
    {
        "api.after_commit",  # a submit is stored; neither sent nor answered
        "api.after_send",  # the API has put messages of new jobs on the broker
        "api.file_stored",  # an uploaded file's content lies in its place, its row is not written
        "worker.popped",  # a message is here, its job not claimed
        "worker.claimed",  # the claim is committed, nothing done
        "worker.calling",  # just before a model is asked
        "worker.answered",  # the outcome is known, nothing written
        "worker.finished",  # the end is committed, the message not acked
        "scheduler.after_mark",  # jobs are marked as sent, and are not
    }
)
ACTIONS = frozenset({"exit", "kill", "stop", "raise"})


class FaultPointError(Exception):
    """What the action `raise` raises."""


@dataclass(slots=True)
class Fault:
    """What happens at a point, and when: with a probability, or only the n-th time (0: any time)."""

    action: str
    probability: float = 1.0
    only: int = 0
    seen: int = 0

    def strikes(self) -> bool:
        """Count one passing, and say whether it is one that the fault is for."""
        self.seen += 1
        if self.only:
            return self.seen == self.only
        return self.probability >= 1 or random() < self.probability  # noqa: S311 - no secret

    def act(self, name: str) -> None:
        """Do it. `stop` returns when somebody sends SIGCONT."""
        match self.action:
            case "exit":
                os._exit(EXIT_CODE)
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            case "stop":
                os.kill(os.getpid(), signal.SIGSTOP)
            case _:
                raise FaultPointError(name)


_armed: Mapping[str, Fault] = {}


def parse(text: str) -> dict[str, Fault]:
    """Return the faults by the name of their point. Raises: ValueError naming what is not understood."""
    faults = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, rest = part.partition(":")
        action, _, when = rest.partition(":")
        if name not in NAMES:
            raise ValueError(f"no fault point {name!r}; there are: {', '.join(sorted(NAMES))}")
        if action not in ACTIONS:
            raise ValueError(f"no action {action!r}; there are: {', '.join(sorted(ACTIONS))}")
        faults[name] = _fault(action, when)
    return faults


def _fault(action: str, when: str) -> Fault:
    if not when:
        return Fault(action)
    if when.isdecimal() and int(when):
        return Fault(action, only=int(when))
    try:
        probability = float(when)
    except ValueError:
        probability = 0.0
    if not 0 < probability < 1:
        raise ValueError(f"{when!r} is neither a probability nor a whole number")
    return Fault(action, probability=probability)


def arm(text: str) -> None:
    """Set the faults of this process, as FAULT_POINTS has them; an empty text takes them away."""
    global _armed  # noqa: PLW0603 - one process, one set of faults
    _armed = parse(text)


def faultpoint(name: str) -> None:
    """Be a place where a fault may strike; does nothing unless this process was armed for it."""
    fault = _armed.get(name)
    if fault is not None and fault.strikes():
        fault.act(name)
