"""The log of calls: a JSON line when a call begins and one when it ends; the later one of a call counts."""

import json
from pathlib import Path
from typing import IO, Any

from app.core.clock import utc_now

Record = dict[str, Any]


class Witness:
    """Writes the log, flushed line by line, and keeps it for GET /calls."""

    def __init__(self, path: Path | None) -> None:
        """Open the file for appending; None keeps the log in memory only."""
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None
        self.calls: list[Record] = []

    def begin(self, *, job: str, attempt: str, step: str, entry: str) -> Record:
        """Log a call's start; times are seconds since the epoch."""
        record: Record = {
            "call": len(self.calls),
            "job": job,
            "attempt": attempt,
            "step": step,
            "entry": entry,
            "t0": utc_now().timestamp(),
            "t1": None,
            "disconnected": False,
        }
        self.calls.append(record)
        self._write(record)
        return record

    def end(self, record: Record, *, disconnected: bool) -> None:
        """Log a call's end, and whether the caller had gone before its answer."""
        record.update(t1=utc_now().timestamp(), disconnected=disconnected)
        self._write(record)

    def _write(self, record: Record) -> None:
        if self._file is not None:
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()


def read_calls(path: Path) -> list[Record]:
    """Return the calls that a log file holds, in order of their start; a call under way has t1 = None."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found: dict[tuple[float, int], Record] = {}
    for line in lines:
        record = json.loads(line)
        found[record["t0"], record["call"]] = record
    return sorted(found.values(), key=lambda record: float(record["t0"]))
