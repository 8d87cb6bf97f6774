"""F14: clocks that are ten minutes off decide nothing, since only PostgreSQL's is asked."""

from pathlib import Path

import pytest

from app.core.database import Database
from tests.faults.asking import asking, echo, post, wait_none_open
from tests.faults.conftest import LEASE_S, Record
from tests.rig.invariants import check_invariants
from tests.rig.stack import Stack
from tests.scripted_model.witness import read_calls

DELAY_S = 4.0
RETRY_AFTER_S = 2.0


LIBRARIES = "/usr/lib"


def faked(shift: str) -> dict[str, str]:
    """Return the environment of a process whose wall clock is off; its monotonic one is right."""
    found = sorted(Path(LIBRARIES).glob("*/faketime/libfaketimeMT.so.1"))
    if not found:
        pytest.skip("libfaketime is not installed")
    return {
        "LD_PRELOAD": str(found[0]),
        "FAKETIME": shift,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "DONT_FAKE_MONOTONIC": "1",
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of_api", "of_worker"),
    [
        pytest.param(
            None, "+10m", marks=pytest.mark.case("F14", "a worker 10 min ahead", "nothing early, no lease stolen")
        ),
        pytest.param("-10m", "+10m", marks=pytest.mark.case("F14", "the API behind, a worker ahead", "as above")),
        pytest.param("+10m", None, marks=pytest.mark.case("F14", "the API 10 min ahead", "as above")),
    ],
)
async def test_a_wrong_clock_starts_nothing_early_and_steals_no_lease(
    stack: Stack, database: Database, record: Record, of_api: str | None, of_worker: str | None
) -> None:
    log = await stack.scripted_model()
    stack.broker()
    stack.scheduler()
    client = await stack.api(**(faked(of_api) if of_api else {}))
    await stack.worker(**(faked(of_worker) if of_worker else {}))
    await stack.worker()
    delayed = await post(client, echo(delay_s=DELAY_S), count=10)
    refused = await post(client, asking(f"429:{RETRY_AFTER_S:.0f},ok"), count=10)
    await post(client, asking(f"slow:{LEASE_S + 2}"), count=10)
    await wait_none_open(database)
    rows = {str(row.id): row for row in await check_invariants(database, calls=log, lease_s=LEASE_S)}
    assert {row.status for row in rows.values()} == {"completed"}
    assert not any("lease_expired" in row.names for row in rows.values())
    waits = [rows[job].times[1] - rows[job].times[0] for job in delayed]
    assert min(waits) >= DELAY_S
    assert max(waits) < DELAY_S + 10
    calls = read_calls(log)
    pauses = [
        second["t0"] - first["t1"] for job in refused for first, second in [[c for c in calls if c["job"] == job]]
    ]
    assert min(pauses) >= RETRY_AFTER_S
    record("earliest start of a job due in 4 s", f"{min(waits):.2f} s")
