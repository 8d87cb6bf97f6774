"""What must hold for every job whatever happened: checked by one function after every case."""

from typing import Any

from sqlalchemy import text

from app.core.database import Database
from app.jobs.states import FINAL, MOVES

LEGAL = {(move.source, move.target, move.event) for move in MOVES}
# Statuses and attempts in the order of versions, with the row's own.
_HISTORIES = text("""
    SELECT j.id, j.status, j.version, j.attempt, j.refunds, j.max_attempts, j.result IS NOT NULL AS has_result,
           array_agg(e.version ORDER BY e.version) AS versions,
           array_agg(e.name ORDER BY e.version) AS names,
           array_agg(e.status ORDER BY e.version) AS statuses,
           array_agg(e.attempt ORDER BY e.version) AS attempts
    FROM jobs j LEFT JOIN job_events e ON e.job_id = j.id GROUP BY j.id
""")


async def check_invariants(database: Database, *, quiet: bool = True) -> list[Any]:
    """Assert the invariants for all jobs and return their rows. `quiet`: nothing may be left pending or processing."""
    rows = await database.rows(_HISTORIES)
    for row in rows:
        _check_history(row)
        assert not quiet or row.status in FINAL, f"job {row.id} is still {row.status}"
    return rows


def _check_history(row: Any) -> None:
    assert row.versions == list(range(1, row.version + 1)), "versions are gapless and equal the row's"
    assert row.statuses[-1] == row.status, "the last line is the row's status"
    assert row.names[0] == "submitted"
    path = zip(row.statuses[:-1], row.statuses[1:], row.names[1:], strict=True)
    assert all(step in LEGAL for step in path), f"an illegal path: {row.statuses} {row.names}"
    starts = [attempt for attempt, name in zip(row.attempts, row.names, strict=True) if name == "started"]
    assert starts == list(range(1, row.attempt + 1)), "one start for each attempt, rising"
    assert row.attempt - row.refunds <= row.max_attempts, "the budget holds"
    last_replay = max((i for i, name in enumerate(row.names) if name == "replayed"), default=0)
    ends = [status for status in row.statuses[last_replay:] if status in FINAL]
    assert len(ends) == (row.status in FINAL), "at most one end since the last replay"
    assert row.has_result == (row.status == "completed")
