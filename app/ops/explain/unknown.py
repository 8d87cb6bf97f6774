"""Jobs of a type or a model that no live worker of their queue knows: they wait for one that does."""

from collections.abc import Callable, Iterator, Sequence

from app.core.clock import to_second
from app.jobs.repository.eligibility import Known
from app.jobs.repository.workers import GoneWorker, WorkerRow
from app.jobs.rows import JobRow
from app.ops.explain.schemas import Reason

TYPE, MODEL, BOTH = "unknown_type", "unknown_model", "unknown_together"
CODES = (TYPE, MODEL, BOTH)
MOST_NAMED = 3


def reasons(row: JobRow, live: Sequence[WorkerRow], gone: Sequence[GoneWorker]) -> Iterator[Reason]:
    """Yield what no live worker of the job's queue knows; nothing when one knows all, or none is alive. Pure.

    `gone`: workers that ended or are lost, the last one first.
    """
    type_, model = f"the job type {row.type!r}", f"the model {row.requested_model!r}"
    wanted: dict[str, tuple[str, Callable[[Known], bool]]] = {
        TYPE: (type_, lambda known: known.knows_type(row.type)),
        MODEL: (model, lambda known: known.knows_model(row.requested_model)),
        BOTH: (f"{type_} and also {model}", lambda known: known.knows(row.type, row.requested_model)),
    }
    missing = [code for code, (_, knows) in wanted.items() if live and not any(knows(one.known) for one in live)]
    for code in missing if missing == [BOTH] else [one for one in missing if one != BOTH]:
        yield Reason(code=code, message=_message(*wanted[code], row.queue, live, gone))


def _message(
    what: str,
    knows: Callable[[Known], bool],
    queue: str,
    live: Sequence[WorkerRow],
    gone: Sequence[GoneWorker],
) -> str:
    names = [f"{one.id} (version {one.version}, since {to_second(one.started_at)})" for one in live[:MOST_NAMED]]
    more = f" and {len(live) - MOST_NAMED} more" if len(live) > MOST_NAMED else ""
    last = next((one for one in gone if one.types is not None and knows(one.known)), None)
    since = ""
    if last is not None:
        since = f" The last one that did, {last.id}, was there until {to_second(last.ended_at or last.beat_at)}."
    return (
        f"No live worker of the queue {queue!r} knows {what}; the job waits, and no attempt is spent, until one does. "
        f"Alive: {', '.join(names)}{more}.{since}"
    )
