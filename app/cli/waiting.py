"""Waits for a job, or an action over many, to end, and says on standard error how far it is."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from app.cli.client import CallError, Client
from app.cli.exit_codes import UNREACHABLE
from app.cli.failures import Json
from app.core import clock

FINAL = frozenset({"completed", "failed", "cancelled"})
FIRST_POLL_S, LONGEST_POLL_S = 0.2, 1.0
PATIENCE_S = 30.0  # for an API that is being restarted


def _line(job: Json, waited_s: float) -> str:
    attempt = f", attempt {number} of {job.get('max_attempts')}" if (number := _number(job)) else ""
    refused = f", refused {times} of {job.get('max_refusals')} times" if (times := job.get("refusals")) else ""
    return f"{job['type']} {job['id']}: {job['status']}{attempt}{refused}|{waited_s:.0f} s"


def _number(job: Json) -> int:
    """Return the number of the attempt among those that count; 0 where none does yet."""
    known = job["attempt"] if job["status"] == "processing" else 0
    return int(job.get("attempts_used") or known)


def until_final(
    client: Client, item: Json, *, path: str = "/api/v1/jobs", line: Callable[[Json, float], str] = _line
) -> Json:
    """Return what has an `id` below `path` when its `status` is final; `line` tells how far it is, after so many s.

    What stands behind a | in the line is shown on a terminal alone. Raises: CallError, for an unreachable API only
    after half a minute.
    """
    began_at = seen_at = clock.monotonic_s()
    pause_s = FIRST_POLL_S
    with _progress() as tell:
        while item["status"] not in FINAL:
            tell(line(item, clock.monotonic_s() - began_at))
            time.sleep(pause_s)
            pause_s = min(pause_s * 1.5, LONGEST_POLL_S)
            try:
                item = client.call("GET", f"{path}/{item['id']}")
                seen_at = clock.monotonic_s()
            except CallError as error:
                if error.exit_code != UNREACHABLE or clock.monotonic_s() - seen_at > PATIENCE_S:
                    raise
    return item


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Yield what shows a line: moving on a terminal, else one line for each change."""
    if sys.stderr.isatty():
        from rich.console import Console  # noqa: PLC0415

        with Console(stderr=True).status("") as status:
            yield lambda line: status.update(line.replace("|", ", ").replace("[", "\\["))
        return
    last = ""

    def tell(line: str) -> None:
        nonlocal last
        shown = line.partition("|")[0]
        if shown != last:
            typer.echo(shown, err=True)
        last = shown

    yield tell
