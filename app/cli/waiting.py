"""Waits for a job, or an action over many, to end, and says on standard error how far it is."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from app.cli.calls import job_path
from app.cli.client import CallError, Client
from app.cli.exit_codes import UNREACHABLE
from app.cli.failures import Json
from app.core import clock

JOBS = "/api/v1/jobs"
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


class TimeIsOver(Exception):  # noqa: N818 - not an error of this program
    """What was waited for has not ended within the time."""


def until_final(
    client: Client,
    item: Json,
    *,
    path: str = JOBS,
    line: Callable[[Json, float], str] = _line,
    timeout_s: float | None = None,
    quiet: bool = False,
) -> Json:
    """Return what has an `id` below `path` when its `status` is final; `line` tells how far it is, after so many s.

    What stands behind a | in the line is shown on a terminal alone. Raises: CallError, for an unreachable API only
    after half a minute; TimeIsOver.
    """
    began_at = clock.monotonic_s()
    with _progress(quiet=quiet) as tell:
        return _poll(
            client,
            item,
            path=path,
            on_look=lambda seen: tell(line(seen, clock.monotonic_s() - began_at)),
            until_s=None if timeout_s is None else began_at + timeout_s,
        )


def each_final(client: Client, ids: Sequence[str], *, timeout_s: float | None, quiet: bool) -> Iterator[Json]:
    """Yield jobs in the order of their ids, each when it has ended. Raises: as until_final."""
    until_s = None if timeout_s is None else clock.monotonic_s() + timeout_s
    failed = 0
    with _progress(quiet=quiet) as tell:
        for number, job_id in enumerate(ids):
            counts = f"{number} of {len(ids)} ended" + (f", {failed} not completed" if failed else "")

            def on_look(seen: Json, counts: str = counts) -> None:
                tell(f"{counts}|{_line(seen, 0).partition('|')[0]}")

            job = _poll(client, client.call("GET", job_path(job_id)), path=JOBS, on_look=on_look, until_s=until_s)
            failed += job["status"] != "completed"
            yield job


def _poll(client: Client, item: Json, *, path: str, on_look: Callable[[Json], None], until_s: float | None) -> Json:
    """Ask for an item again and again until it has ended."""
    seen_at = clock.monotonic_s()
    pause_s = FIRST_POLL_S
    while item["status"] not in FINAL:
        on_look(item)
        left_s = pause_s if until_s is None else until_s - clock.monotonic_s()
        if left_s <= 0:
            raise TimeIsOver
        time.sleep(min(pause_s, left_s))
        pause_s = min(pause_s * 1.5, LONGEST_POLL_S)
        try:
            item = client.call("GET", f"{path}/{item['id']}")
            seen_at = clock.monotonic_s()
        except CallError as error:
            if error.exit_code != UNREACHABLE or clock.monotonic_s() - seen_at > PATIENCE_S:
                raise
    return item


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[str], None]]:
    """Yield what shows a line: moving on a terminal, else one line for each change."""
    if quiet:
        yield lambda _: None
        return
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
