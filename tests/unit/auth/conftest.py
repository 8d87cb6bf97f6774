"""A clock that the tests of this folder turn by hand."""

import pytest


class Clock:
    """Shows the seconds that a test says."""

    now_s = 1000.0

    def __call__(self) -> float:
        """Return them."""
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    """A clock for one test."""
    return Clock()
