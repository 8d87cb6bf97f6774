"""The rows of worker processes: renewed every few seconds, also when idle."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Text, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from app.core.database import Database, table_of
from app.jobs.models import Worker
from app.jobs.repository.move import NOW, seconds

LIVE_WITHIN_S = 15.0
RUNNING, STOPPING = "running", "stopping"
_workers = table_of(Worker)
_new = insert(_workers)
_BEAT = _new.on_conflict_do_update(
    index_elements=[_workers.c.id],
    set_={
        "busy": _new.excluded.busy,
        "state": _new.excluded.state,
        "claimed_at": _workers.c.claimed_at,
        "beat_at": NOW,
    },
)
_BEAT_CLAIMED = _new.on_conflict_do_update(
    index_elements=[_workers.c.id],
    set_={"busy": _new.excluded.busy, "state": _new.excluded.state, "claimed_at": NOW, "beat_at": NOW},
)
_GONE = delete(_workers).where(_workers.c.id == bindparam("worker_id", type_=Text()))
_LIVE = (
    select(_workers, NOW.label("now")).where(_workers.c.beat_at > NOW - seconds(LIVE_WITHIN_S)).order_by(_workers.c.id)
)


async def beat_worker(database: Database, row: dict[str, Any], *, has_claimed: bool) -> None:
    """Renew a worker's row; `has_claimed`: it claimed a job since its last beat."""
    await database.rows(_BEAT_CLAIMED if has_claimed else _BEAT, row)


async def remove_worker(database: Database, worker_id: str) -> None:
    """Delete the row of a worker that stops in good order."""
    await database.rows(_GONE, {"worker_id": worker_id})


async def find_live(database: Database) -> Sequence[Any]:
    """Return the rows of workers that beat within the last 15 s."""
    return await database.rows(_LIVE)


def slots_of(live: Sequence[Any]) -> Counter[str]:
    """Return the job slots of some workers for each queue that one serves; a worker that stops has none to give."""
    slots: Counter[str] = Counter()
    for row in live:
        if row.state != STOPPING:
            slots.update(dict.fromkeys(row.queues, row.slots))
    return slots


async def live_slots(database: Database) -> Counter[str]:
    """Return the job slots of live workers for each queue that one serves."""
    return slots_of(await find_live(database))
