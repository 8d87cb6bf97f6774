"""Silence: only looks at which something should have come, and did not, count."""

from app.core.stall import LOOK_EVERY_S, Silence

LOOKS = 3
LIMIT_S = LOOKS * LOOK_EVERY_S


def after_almost_too_long(count: int = 0) -> Silence:
    silence = Silence(LIMIT_S)
    if count:
        assert not silence.look(count, expected=True)
    for _ in range(LOOKS - 1):
        assert not silence.look(count, expected=True)
    assert silence.lasted_s == LIMIT_S - LOOK_EVERY_S
    return silence


def test_it_is_too_long_when_nothing_came_at_every_look() -> None:
    silence = after_almost_too_long()
    assert silence.look(0, expected=True)
    assert silence.lasted_s == LIMIT_S


def test_what_came_long_ago_counts_for_nothing() -> None:
    assert after_almost_too_long(7).look(7, expected=True)


def test_it_ends_with_whatever_comes() -> None:
    silence = after_almost_too_long()
    assert not silence.look(1, expected=True)
    assert silence.lasted_s == 0
    assert [silence.look(1, expected=True) for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]


def test_one_look_at_which_nothing_was_expected_breaks_it() -> None:
    silence = after_almost_too_long()
    assert not silence.look(0, expected=False)
    assert silence.lasted_s == 0
    assert [silence.look(0, expected=True) for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]


def test_what_came_while_nothing_was_expected_is_not_taken_for_new_later() -> None:
    silence = Silence(LIMIT_S)
    silence.look(5, expected=False)
    assert [silence.look(5, expected=True) for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]


def test_a_part_of_a_look_rounds_up() -> None:
    silence = Silence(LOOK_EVERY_S * 1.5)
    assert [silence.look(0, expected=True) for _ in range(2)] == [False, True]
