"""The log of calls: a JSON line when a call begins and one when it ends; the later one of a call counts."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from app.core.clock import utc_now
from tests.scripted_model.plan import ATTEMPT_HEADER, JOB_HEADER, STEP_HEADER
from tests.scripted_model.request import Request

Record = dict[str, Any]


class Witness:
    """Writes the log, flushed line by line, and keeps it for GET /calls."""

    def __init__(self, path: Path | None) -> None:
        """Open the file for appending; None keeps the log in memory only."""
        self._file: IO[str] | None = path.open("a", encoding="utf-8") if path else None
        self.calls: list[Record] = []

    def begin(
        self, request: Request, entry: str, usage: Mapping[str, Any], *, personality: str, now_s: float
    ) -> Record:
        """Log a call's start; times are seconds since the epoch.

        Its `status` will be that of the HTTP answer, None where there is none; its tokens are those that were counted.
        `entry` is the word of its plan, or `refused:<parameter>` where the personality would not have the request.
        """
        headers = request.headers
        record: Record = {
            "call": len(self.calls),
            "job": headers.get(JOB_HEADER, ""),
            "attempt": headers.get(ATTEMPT_HEADER, ""),
            "step": headers.get(STEP_HEADER, ""),
            "personality": personality,
            "model": request.model,
            "entry": entry,
            "t0": now_s,
            "t1": None,
            "status": None,
            "prompt_tokens": _count(usage, "prompt_tokens"),
            "completion_tokens": _count(usage, "completion_tokens"),
            "disconnected": False,
        }
        self.calls.append(record)
        self._write(record)
        return record

    def end(self, record: Record, *, disconnected: bool) -> None:
        """Log a call's end, and whether the caller had gone before its answer."""
        record.update(t1=utc_now().timestamp(), disconnected=disconnected)
        self._write(record)

    def counts(self) -> dict[str, Any]:
        """Return the number of calls so far, by status, and of their tokens."""
        statuses = Counter(str(record["status"]) for record in self.calls if record["t1"])
        tokens = sum(record["prompt_tokens"] + record["completion_tokens"] for record in self.calls)
        return {"calls": len(self.calls), "statuses": statuses, "tokens": tokens}

    def _write(self, record: Record) -> None:
        if self._file is not None:
            self._file.write(json.dumps(record) + "\n")
            self._file.flush()


def _count(usage: Mapping[str, Any], name: str) -> int:
    found = usage.get(name, 0)
    return found if isinstance(found, int) else 0


def read_calls(path: Path) -> list[Record]:
    """Return the calls that a log file holds, in order of their start; a call under way has t1 = None."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    found: dict[tuple[float, int], Record] = {}
    for line in lines:
        record = json.loads(line)
        found[record["t0"], record["call"]] = record
    return sorted(found.values(), key=lambda record: float(record["t0"]))
