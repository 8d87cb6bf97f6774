"""What must hold for every job whatever happened: checked by one function after every case."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import text

from app.core.broker_messages import PRIORITY_STEPS, list_key
from app.core.database import Database
from app.core.redis import PREFIX
from app.jobs.states import FINAL, MOVES
from tests.rig.stack import eventually
from tests.scripted_model.witness import read_calls

LEGAL = {(move.source, move.target, move.event) for move in MOVES}
_ANSWER = re.compile(r"Scripted answer to job ([0-9a-f-]{36}), attempt (\d+)")
# Statuses and attempts in the order of versions, with the row's own.
_HISTORIES = text("""
    SELECT j.id, j.status, j.version, j.attempt, j.refunds, j.max_attempts, j.result::text AS result,
           j.result IS NOT NULL AS has_result,
           (SELECT string_agg(p.value::text, ' ') FROM job_parts p WHERE p.job_id = j.id) AS kept,
           array_agg(e.version ORDER BY e.version) AS versions,
           array_agg(e.name ORDER BY e.version) AS names,
           array_agg(e.status ORDER BY e.version) AS statuses,
           array_agg(e.attempt ORDER BY e.version) AS attempts,
           array_agg(extract(epoch FROM e.at)::float ORDER BY e.version) AS times
    FROM jobs j LEFT JOIN job_events e ON e.job_id = j.id GROUP BY j.id
""")
_RESULTS = text(
    "SELECT id, md5(concat(status, finished_at, result::text)) AS hash FROM jobs WHERE finished_at IS NOT NULL"
)
# In one statement, so that both are of one moment.
_MISCOUNTED = text("""
    SELECT status, type, queue, coalesce(found.count, 0) AS jobs, coalesce(noted.count, 0) AS noted
    FROM (SELECT status, type, queue, count(*) FROM jobs GROUP BY 1, 2, 3) AS found
    FULL JOIN (SELECT status, type, queue, sum(count) AS count FROM job_tallies GROUP BY 1, 2, 3) AS noted
    USING (status, type, queue) WHERE coalesce(found.count, 0) <> coalesce(noted.count, 0)
""")
_IDLE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND datname = current_database()"
)


@dataclass(frozen=True, slots=True)
class Violation:
    """An invariant that does not hold: which one (a word), and where."""

    kind: str
    where: str


async def check_invariants(
    database: Database,
    *,
    quiet: bool = True,
    accepted: Collection[str] = (),
    calls: Path | None = None,
    lease_s: float | None = None,
) -> list[Any]:
    """Assert the invariants for all jobs and return their rows, as `find_violations` takes them."""
    rows, violations = await find_violations(database, quiet=quiet, accepted=accepted, calls=calls, lease_s=lease_s)
    assert not violations, "\n".join(f"{one.kind}: {one.where}" for one in violations[:20])
    return rows


async def find_violations(
    database: Database,
    *,
    quiet: bool = True,
    accepted: Collection[str] = (),
    calls: Path | None = None,
    lease_s: float | None = None,
) -> tuple[list[Any], list[Violation]]:
    """Return the rows of all jobs with their histories, and what does not hold.

    `quiet`: nothing may be left pending or processing. `accepted`: the ids of all 202s, which must have rows.
    `calls`: the witness's log, which must hold at most one call for each job, attempt and step. `lease_s`: no attempt
    may be taken from its worker sooner than this after its start.
    """
    rows = await database.rows(_HISTORIES)
    found = [one for row in rows for one in _of_history(row, quiet=quiet, lease_s=lease_s)]
    known = {str(row.id) for row in rows}
    found += [Violation("lost", f"{job} was accepted and has no row") for job in accepted if job not in known]
    if calls is not None:
        found += _of_calls(calls, {str(row.id): row for row in rows})
    found += [Violation("counts", str(row)) for row in await find_miscounted(database)]
    return rows, found


async def find_miscounted(database: Database) -> list[Any]:
    """Return for which statuses, types and queues the counts that are kept are not those of the jobs."""
    return await database.rows(_MISCOUNTED)


def _of_history(row: Any, *, quiet: bool, lease_s: float | None) -> Iterator[Violation]:
    checks = {
        "unfinished": not quiet or row.status in FINAL,
        "history": _is_history(row),
        "attempts": _starts(row) == list(range(1, row.attempt + 1)),  # one for each attempt, rising
        "budget": row.attempt - row.refunds <= row.max_attempts,
        "ends": _has_one_end(row),
        "late_write": _is_of_last_attempt(row),
        "lease": lease_s is None or all(claimed >= lease_s for claimed in _held_until_rescue(row)),
    }
    where = f"job {row.id} is {row.status}, attempt {row.attempt}, version {row.version}: {row.names} {row.attempts}"
    return (Violation(kind, where) for kind, holds in checks.items() if not holds)


def _is_history(row: Any) -> bool:
    """Say whether the lines are gapless, legal, and end where the row is."""
    path = zip(row.statuses[:-1], row.statuses[1:], row.names[1:], strict=True)
    return (
        row.versions == list(range(1, row.version + 1))
        and row.names[0] == "submitted"
        and row.statuses[-1] == row.status
        and all(step in LEGAL for step in path)
    )


def _starts(row: Any) -> list[int]:
    return [attempt for attempt, name in zip(row.attempts, row.names, strict=True) if name == "started"]


def _has_one_end(row: Any) -> bool:
    """Say whether the job has one end since its last retry, or none while it has not ended."""
    last_retry = max((i for i, name in enumerate(row.names) if name == "retried"), default=0)
    return sum(status in FINAL for status in row.statuses[last_retry:]) == (row.status in FINAL)


def _is_of_last_attempt(row: Any) -> bool:
    """Say whether there is a result only when completed, and by the attempt that was started last.

    It may hold an answer that an attempt before has kept: that was written under its fence, and is not asked for twice.
    """
    answers, kept = (
        {(job, int(attempt)) for job, attempt in _ANSWER.findall(text or "")} for text in (row.result, row.kept)
    )
    return (
        row.has_result == (row.status == "completed")
        and (row.names[-1] != "completed" or row.attempts[-1] == _starts(row)[-1])
        and answers <= {(str(row.id), row.attempt)} | kept
    )


def _held_until_rescue(row: Any) -> Iterator[float]:
    """Return for each rescue the seconds since the attempt's start."""
    started = {}
    for name, attempt, at in zip(row.names, row.attempts, row.times, strict=True):
        if name == "started":
            started[attempt] = at
        elif name == "lease_expired":
            yield at - started[attempt]


def _of_calls(log: Path, rows: dict[str, Any]) -> Iterator[Violation]:
    """Compare with what the provider saw: nobody in the stack can make this up."""
    calls = read_calls(log)
    for (job, attempt, step), count in Counter((one["job"], one["attempt"], one["step"]) for one in calls).items():
        if count > 1:
            yield Violation("calls", f"job {job}, attempt {attempt}, step {step}: {count} calls")
        if job not in rows or int(attempt) > rows[job].attempt:
            yield Violation("calls", f"job {job}, attempt {attempt}: a call of an attempt that no row knows")


class ResultWatch:
    """Remembers the results of jobs that ended, to see that none changes afterwards."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen: dict[str, str] = {}

    async def look(self) -> list[Violation]:
        """Sample all results; return those that are not what they were. Not for runs with retries."""
        now = {str(row.id): row.hash for row in await self._database.rows(_RESULTS)}
        changed = [Violation("changed", f"job {job}") for job, hash_ in self._seen.items() if now.get(job) != hash_]
        self._seen = now
        return changed


async def check_rest(database: Database, redis: Redis, *, killed: bool, queue: str = "default") -> None:
    """Wait until nothing is left of the work: no message, no open transaction.

    `killed`: a worker was killed; what it had not acked stays in kombu's hash until the visibility timeout.
    """

    async def is_empty() -> bool:
        waiting = sum([int(await redis.llen(list_key(queue, step))) for step in PRIORITY_STEPS])
        unacked = int(await redis.hlen(f"{PREFIX}unacked")) + int(await redis.zcard(f"{PREFIX}unacked_index"))
        return waiting == 0 and (killed or unacked == 0)

    async def is_idle() -> bool:
        row = await database.row(_IDLE)
        return row is not None and row[0] == 0

    await eventually(is_empty, what="the broker's lists are empty")
    await eventually(is_idle, what="no transaction is left open")
