"""How long the dispatcher leaves the database alone after it has looked beyond jobs that may not start."""

import pytest

from app.core.redis import SCHEDULER_ALIVE_S
from app.jobs.maintenance.sending import PAUSE_MOST_S, rest_s


def test_it_rests_ten_times_as_long_as_it_looked() -> None:
    assert rest_s(0.05) == pytest.approx(0.5)
    assert rest_s(0.0) == 0


def test_it_never_rests_long() -> None:
    assert rest_s(3.0) == PAUSE_MOST_S < SCHEDULER_ALIVE_S / 2
