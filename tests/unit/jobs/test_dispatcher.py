"""How long the dispatcher rests."""

import pytest

from app.core.redis import SCHEDULER_ALIVE_S
from app.jobs.dispatcher import BUSY_TICK_S, IDLE_TICK_S, PAUSE_MOST_S, pause_s


@pytest.mark.parametrize(("full", "expected"), [(True, BUSY_TICK_S), (False, IDLE_TICK_S)])
def test_a_tick_that_passes_over_nothing_rests_as_ever(full: bool, expected: float) -> None:
    assert pause_s(3.0, full=full, passes_over=False) == expected
    assert pause_s(0.001, full=full, passes_over=True) == expected


def test_a_dear_tick_rests_for_long_but_never_holds_up_the_other_queues() -> None:
    assert pause_s(0.05, full=True, passes_over=True) == pytest.approx(0.5)
    assert pause_s(3.0, full=True, passes_over=True) == PAUSE_MOST_S < SCHEDULER_ALIVE_S / 2
