"""Submits a job for each line of a file: several at a time, in order, each under a key, so that it can be repeated."""

import json
import sys
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import IO, TypeVar

import typer

from app.cli.batch_lines import Line, lines_of
from app.cli.calls import STDIN
from app.cli.client import CallError, Client
from app.cli.exit_codes import INTERRUPTED_CODE, UNREACHABLE
from app.cli.failures import Json
from app.cli.job_types import JOB_TYPES, JobTypes
from app.cli.output import note
from app.cli.show import counted
from app.cli.wording import Given, faults_of
from app.core import clock

AT_ONCE = 16
AHEAD = 64
PATIENCE_S = 60.0  # for an API that is away or busy
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 8.0
MAX_SHOWN = 100  # refused lines; --refused has all of them
_NOT_A_LINE_S = frozenset({401, 403, 404})  # is refused as any other line would be
T = TypeVar("T")
AGAIN = "run the same command again: what was accepted is not made twice"


@dataclass(slots=True)
class Counts:
    """What became of the lines."""

    accepted: int = 0
    known: int = 0  # of them, those that an earlier run had made
    refused: int = 0

    def __str__(self) -> str:
        """Return the counts in words."""
        known = f" ({self.known:,} of them before)" if self.known else ""
        refused = f", {self.refused:,} refused" if self.refused else ""
        return f"{counted(self.accepted + self.refused, 'line')}: {self.accepted:,} accepted{known}{refused}"


def send(
    client: Client, source: str, defaults: Json, *, key: str, refused: Path | None, as_json: bool
) -> tuple[list[str], int]:
    """Submit the lines of a file, - for standard input, and print the id of each job.

    Return the ids, and how many lines were refused.
    Raises: CallError when the API is away for too long; typer.BadParameter; typer.Exit at Ctrl-C.
    """
    counts, ids = Counts(), []
    with ExitStack() as stack:
        file = stack.enter_context(_opened(source))
        rejects = stack.enter_context(_rejects(refused))
        advance = stack.enter_context(_bar(file, quiet=as_json))
        pool = ThreadPoolExecutor(AT_ONCE)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        stopped = Event()
        stack.callback(stopped.set)

        def submit(line: Line) -> "Future[_Accepted | str]":
            return pool.submit(_submit, client, stopped, line)

        types = JobTypes(lambda: _patiently(stopped, lambda: client.items(JOB_TYPES)))
        line: Line | None = None
        try:
            for line, future in _ahead(submit, lines_of(file, name=source, defaults=defaults, key=key, types=types)):
                said = future.result()
                if isinstance(said, str):
                    counts.refused += 1
                    _tell_refused(line, said, counts, as_json=as_json)
                    rejects(line)
                else:
                    counts.accepted += 1
                    counts.known += said.known
                    ids.append(said.job_id)
                    _tell_accepted(line, said, as_json=as_json)
                advance(line.size_bytes)
        except KeyboardInterrupt:
            note(f"{counts}; {AGAIN}", quiet=as_json)
            raise typer.Exit(INTERRUPTED_CODE) from None
        except CallError as error:
            place = f"stopped at line {line.number}" if line else "stopped"
            raise CallError(
                f"{error}\n{place}; {counts}; {AGAIN}", exit_code=error.exit_code, status=error.status
            ) from None
    note(str(counts), quiet=as_json)
    return ids, counts.refused


@dataclass(frozen=True, slots=True)
class _Accepted:
    job_id: str
    status: str
    known: bool


def _ahead(
    submit: Callable[[Line], "Future[_Accepted | str]"], lines: Iterator[Line]
) -> Iterator[tuple[Line, "Future[_Accepted | str]"]]:
    """Yield each line with what is to become of it, in order, while some of those behind it are sent, too."""
    waiting: deque[tuple[Line, Future[_Accepted | str]]] = deque()
    for line in lines:
        waiting.append((line, submit(line)))
        if len(waiting) >= AHEAD:
            yield waiting.popleft()
    yield from waiting


def _submit(client: Client, stopped: Event, line: Line) -> _Accepted | str:
    """Submit a line's job; return why it is refused instead. Raises: CallError for what no other line would change."""
    if (body := line.job) is None:
        return line.fault

    def post() -> _Accepted:
        headers = {"Idempotency-Key": line.key}
        job, answered = client.call_with_headers("POST", "/api/v1/jobs", body=body, headers=headers)
        return _Accepted(str(job["id"]), str(job["status"]), "Idempotency-Replayed" in answered)

    try:
        return _patiently(stopped, post)
    except CallError as error:
        if error.exit_code == UNREACHABLE or error.status in _NOT_A_LINE_S:
            raise
        return _reason(error, body)


def _patiently(stopped: Event, call: Callable[[], T]) -> T:
    """Return what a call returns, made again while the API is away or busy. Raises: CallError."""
    until_s, pause_s = clock.monotonic_s() + PATIENCE_S, FIRST_PAUSE_S
    while True:
        try:
            return call()
        except CallError as error:
            is_in_time = clock.monotonic_s() + pause_s < until_s
            if error.exit_code != UNREACHABLE or not is_in_time or stopped.wait(pause_s):
                raise
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)


def _reason(error: CallError, job: Json) -> str:
    """Return why a line was refused, in words of its own fields."""
    if not error.problem.get("errors"):
        return str(error)
    fields = ("type", *job["input"])
    faults = faults_of(error.problem, Given({name: name for name in fields}, job | job["input"]))
    return " ".join(dict.fromkeys(fault["detail"] for fault in faults))


def _tell_accepted(line: Line, said: _Accepted, *, as_json: bool) -> None:
    if as_json:
        shown = {"line": line.number, "id": said.job_id, "status": said.status, "known": said.known}
        typer.echo(json.dumps(shown))
    else:
        typer.echo(said.job_id)


def _tell_refused(line: Line, reason: str, counts: Counts, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"line": line.number, "refused": reason}, ensure_ascii=False))
    elif counts.refused <= MAX_SHOWN:
        typer.echo(f"line {line.number}: {reason}", err=True)
    elif counts.refused == MAX_SHOWN + 1:
        typer.echo("more lines are refused; --refused FILE has all of them", err=True)


@contextmanager
def _opened(source: str) -> Iterator[IO[bytes]]:
    if source == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = Path(source).open("rb")  # noqa: SIM115 - closed below
    except OSError as error:
        raise typer.BadParameter(f"--batch {source}: {error.strerror}") from None
    with file:
        yield file


@contextmanager
def _rejects(place: Path | None) -> Iterator[Callable[[Line], object]]:
    """Yield what keeps a refused line in a file, which is made when the first one comes."""
    if place is None:
        yield lambda _: None
        return
    try:
        file = place.open("w", encoding="utf-8")
    except OSError as error:
        raise typer.BadParameter(f"--refused {place}: {error.strerror}") from None
    with file:
        yield lambda line: file.write(line.text if line.text.endswith("\n") else f"{line.text}\n")


@contextmanager
def _bar(file: IO[bytes], *, quiet: bool) -> Iterator[Callable[[int], None]]:
    """Yield what moves a bar by some bytes; on a terminal alone."""
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    total = None
    with suppress(OSError, ValueError):
        total = file.seek(0, 2) or None
        file.seek(0)
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("submitting", total=total)
        yield lambda size_bytes: bar.advance(task, size_bytes)
