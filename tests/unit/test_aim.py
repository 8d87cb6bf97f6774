"""A race's aim finds the moment wherever it lies, and follows it."""

from random import Random

import pytest

from tests.rig.aim import Aim

AT_ONCE = 20


def early_ratio(aim: Aim, *, ends_s: float, races: int, random: Random) -> float:
    """Race against something that ends about then, so many at once; return how often the aim was early."""
    early = 0
    for _ in range(races // AT_ONCE):
        shots = [aim.after_s < random.gauss(ends_s, ends_s / 5) for _ in range(AT_ONCE)]
        for one in shots:
            aim.note(early=one)
        early += sum(shots)
    return early / races


@pytest.mark.parametrize("times", [0.02, 0.5, 1.0, 3.0, 20.0])
def test_after_some_races_about_half_are_early_however_wrong_the_guess_was(times: float) -> None:
    random, aim = Random(1), Aim.at(0.1, at_once=AT_ONCE)
    early_ratio(aim, ends_s=0.1 * times, races=600, random=random)
    assert 0.25 < early_ratio(aim, ends_s=0.1 * times, races=400, random=random) < 0.75


def test_what_is_over_before_it_can_be_hit_has_to_take_longer() -> None:
    aim = Aim.at(0.1, at_once=AT_ONCE)
    for _ in range(300):
        aim.note(early=False)
    assert aim.after_s < 0
