"""A long backlog costs those who read beside it nothing: buffers, which no other load changes, are compared."""

import pytest

from app.core.database import Database
from load_test import backlog, buffers

SMALL, LARGE = 1_000, 20_000


@pytest.mark.parametrize("is_vacuumed", [True, False], ids=["vacuumed", "right after the insert"])
async def test_twenty_times_the_backlog_reads_at_most_twice_the_buffers(database: Database, is_vacuumed: bool) -> None:
    await backlog.fill_at_once(database, SMALL)
    await buffers.vacuum(database)
    few = await buffers.measure(database)
    await backlog.fill_at_once(database, LARGE - SMALL)
    if is_vacuumed:
        await buffers.vacuum(database)
    many = await buffers.measure(database)
    ratios = {name: many[name] / few[name] for name in few}
    assert {name: ratio for name, ratio in ratios.items() if ratio > buffers.MOST} == {}, f"{few} {many}"
