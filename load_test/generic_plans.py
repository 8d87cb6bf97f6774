"""The plans that PostgreSQL makes of the hot statements without looking at their parameters, as it may from the sixth.

A partial index is out of its reach then, unless the statement names the index's condition in so many words.
"""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from app.core.database import Database
from app.jobs.broker_buffer import DEFAULT
from app.jobs.outcomes import AttemptUsage, Completed, Failed, JobError, Released, Retry, Written
from app.jobs.repository import attempt_end, claim, dispatch, maintenance
from app.jobs.repository.eligibility import Known
from app.jobs.rows import Claim, ClaimRequest
from load_test.buffers import Sent, listening, undone

ROOM = 64
_OOPS = JobError("unavailable", "503")
_ENDS: tuple[Written, ...] = (Completed({}), Failed(_OOPS), Retry(60.0, _OOPS), Released(60.0, _OOPS))
_KNOWN = Known({"echo": ""}, ("small",))
WAITING = text("SELECT id FROM jobs WHERE status = 'pending' ORDER BY id LIMIT :count")
_PARAMETERS = text("SELECT cardinality(parameter_types) AS count FROM pg_prepared_statements WHERE name = 'hot'")


async def explain(database: Database, one: Sent) -> Mapping[str, Any]:
    """Return the generic plan of a statement, which is not executed."""
    async with undone(database) as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
        await raw.execute(f"PREPARE hot AS {one.sql}")
        count: int = (await connection.execute(_PARAMETERS)).scalar_one()
        given = f"({', '.join(['NULL'] * count)})" if count else ""
        found = await raw.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE hot{given}")
        await raw.execute("DEALLOCATE hot")
    plan: Mapping[str, Any] = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    return plan


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield each node of a plan."""
    yield plan
    for one in plan.get("Plans", ()):
        yield from nodes(one)


def ways(plan: Mapping[str, Any]) -> set[str]:
    """Return how a plan reaches rows of tables: by the name of each index, or by the table's where it reads all."""
    found = set()
    for one in nodes(plan):
        if "Index Name" in one:
            found.add(one["Index Name"])
        elif one["Node Type"].endswith("Seq Scan"):
            found.add(f"all of {one['Relation Name']}")
    return found


def verbs(database: Database, ids: list[UUID]) -> dict[str, Callable[[], Awaitable[Any]]]:
    """Return what happens to jobs all the time, each as a function; `ids` are of waiting jobs."""
    take = (database, "default", DEFAULT)
    claimed: list[Claim] = []

    async def claim_all() -> None:
        requests = [ClaimRequest(one, uuid4()) for one in [*ids, uuid4()]]
        answers = await claim.claim(database, requests, worker="bench", lease_s=60, knows=_KNOWN, queues=["default"])
        claimed.extend(one for one in answers if one is not None)

    async def end_all() -> None:
        for place, outcome in enumerate(_ENDS):
            some = claimed[place :: len(_ENDS)]
            await attempt_end.write(database, [attempt_end.ended(one, outcome, AttemptUsage()) for one in some])

    return {
        "dispatch": partial(dispatch.take_due, *take, room=ROOM),
        "dispatch of a type": partial(dispatch.take_due_of_type, *take, job_type="echo", room=ROOM),
        "dispatch of a model": partial(dispatch.take_due_of_model, *take, model="small", room=ROOM),
        "dispatch of suspects": partial(dispatch.take_due_suspects, *take, room=ROOM),
        "room for suspects": partial(dispatch.room_for_suspects, database, "default"),
        "sent": partial(dispatch.count_sent, database),
        "unsend": partial(dispatch.unsend, database, ids),
        "resend all": partial(dispatch.resend_all, database),
        "resend lost": partial(dispatch.resend_lost, database, "default"),
        "claim": claim_all,
        "beat": lambda: claim.beat(database, claimed, lease_s=60),
        "progress": lambda: claim.set_progress(database, claimed[0], {}),
        "end": end_all,
        "rescue": partial(maintenance.rescue, database, lease_s=60),
        "expire": partial(maintenance.expire, database),
    }


async def measure(database: Database, *, count: int) -> dict[str, list[set[str]]]:
    """Return the ways of each statement of each verb, with `count` jobs at a time."""
    ids = [row.id for row in await database.rows(WAITING, {"count": count})]
    found = {}
    for name, verb in verbs(database, ids).items():
        with listening(database) as sent:
            await verb()
        found[name] = [ways(await explain(database, one)) for one in sent]
    return found


async def check(database: Database) -> None:
    """Look at each statement's plan. Raises: SystemExit when one reads all of a table."""
    for name, statements in (await measure(database, count=100)).items():
        for found in statements:
            if any(way.startswith("all of") for way in found):
                raise SystemExit(f"the generic plan of {name} reads {', '.join(sorted(found))}")
