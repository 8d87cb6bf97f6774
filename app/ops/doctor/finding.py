"""What a check found, and how checks are run: side by side, each within its time, none able to fail the rest."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

CHECK_TIMEOUT_S = 10.0


class State(StrEnum):
    """How a finding is: only a fault makes the doctor end with 1."""

    OK = "ok"
    NOTE = "note"
    SKIPPED = "skipped"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence on one subject, without any secret; `do` says what to write or run instead."""

    subject: str
    state: State
    text: str
    do: str = ""


Check = Callable[[], Awaitable[Sequence[Finding]]]


def ok(subject: str, text: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(subject, State.OK, text)


def note(subject: str, text: str, do: str = "") -> Finding:
    """Return a finding that somebody should know, though jobs run."""
    return Finding(subject, State.NOTE, text, do)


def fault(subject: str, text: str, do: str = "") -> Finding:
    """Return a finding with which jobs do not run, or not for long."""
    return Finding(subject, State.FAULT, text, do)


def skipped(subject: str, text: str) -> Finding:
    """Return that something was not looked at, and why."""
    return Finding(subject, State.SKIPPED, text)


async def examine(checks: Mapping[str, Check], *, timeout_s: float = CHECK_TIMEOUT_S) -> list[Finding]:
    """Run all checks side by side, and return what they found in their order; never raises."""
    found = await asyncio.gather(*(_run(subject, check, timeout_s) for subject, check in checks.items()))
    return [one for some in found for one in some]


async def _run(subject: str, check: Check, timeout_s: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(timeout_s):
            return await check()
    except TimeoutError:
        return [fault(subject, f"no answer within {timeout_s:g} s", "look whether it runs, and what lies between")]
    except Exception as error:  # noqa: BLE001 - its text may quote an address or a password
        return [fault(subject, f"the check itself failed ({type(error).__name__})", "report this")]
