"""What a job says that waits for a breaker."""

import pytest

from app.governor.limiter.refusals import failing
from app.governor.limiter.scripts import Target


@pytest.mark.parametrize(("delay_s", "told"), [(0.0, "in 1 s."), (0.2, "in 1 s."), (1.0, "in 1 s."), (9.1, "in 10 s.")])
def test_a_wait_is_never_told_as_none(delay_s: float, told: str) -> None:
    assert str(failing(Target("p", "m"), "m", why="", delay_s=delay_s)).endswith(told)
