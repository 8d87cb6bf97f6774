"""The rollup goes on while there is more to count, and lets the next pass have its turn."""

import pytest

from app.core.database import Database
from app.jobs.maintenance import rollup
from app.jobs.repository import costs, rollups


@pytest.mark.parametrize(("full", "passes"), [(0, 1), (2, 3), (1000, rollup.MOST_BATCHES)])
async def test_it_goes_on_while_batches_are_full(monkeypatch: pytest.MonkeyPatch, full: int, passes: int) -> None:
    counted = 0

    async def count(_: Database) -> bool:
        nonlocal counted
        counted += 1
        return counted <= full

    async def nothing(_: Database) -> None:
        return None

    monkeypatch.setattr(costs, "roll_up", count)
    monkeypatch.setattr(rollups, "roll_up", nothing)
    await rollup.roll_up(Database("postgresql://nobody@127.0.0.1/none", application_name="tests"))
    assert counted == passes
