"""The retry schedule: a pure function."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.settings import SettingsError
from app.jobs.retry import ERROR_CLASSES, OTHER, ErrorClass, Policy, with_schedules

MIDDLE = 0.5  # of the jitter: the schedule itself


def delay_s(
    error_class: ErrorClass, *, counted: int, scale: float, retry_after_s: float | None, random: Callable[[], float]
) -> float:
    return Policy(ERROR_CLASSES, scale, random).delay_s(error_class, counted=counted, retry_after_s=retry_after_s)


def delays(error_class: ErrorClass, count: int) -> list[float]:
    return [
        delay_s(error_class, counted=n, scale=1, retry_after_s=None, random=lambda: MIDDLE) for n in range(1, count + 1)
    ]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("unavailable", [5, 10, 30, 60, 120, 120]),
        ("network", [2, 5, 10, 30, 60, 60]),
        ("timeout", [2, 5, 10, 30, 60, 60]),
        ("insufficient_credits", [300, 600, 1800, 1800]),
        ("rate_limited", [120, 300, 600, 1200, 1200]),
        ("bad_response", [5, 15, 60, 300, 300]),
        ("other", [5, 15, 60, 300, 300]),
    ],
)
def test_the_schedule_of_each_class_with_its_last_entry_repeating(name: str, expected: list[float]) -> None:
    assert delays(ERROR_CLASSES[name], len(expected)) == expected


def test_only_limits_refund_and_only_some_errors_are_worth_another_try() -> None:
    assert {name for name, one in ERROR_CLASSES.items() if one.refund} == {"rate_limited"}
    permanent = {name for name, one in ERROR_CLASSES.items() if not one.retryable}
    assert permanent == {
        "auth_failed",
        "provider_rejected",
        "model_not_found",
        "context_too_long",
        "request_too_large",
        "output_truncated",
        "content_refused",
    }


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True), st.floats(0, 10))
def test_jitter_stays_within_a_fifth(counted: int, random: float, scale: float) -> None:
    plain = delays(ERROR_CLASSES[OTHER], max(counted, 1))[-1] * scale
    jittered = delay_s(ERROR_CLASSES[OTHER], counted=counted, scale=scale, retry_after_s=None, random=lambda: random)
    assert 0.8 * plain - 1e-6 <= jittered <= 1.2 * plain + 1e-6


@given(st.sampled_from(sorted(ERROR_CLASSES)), st.integers(-5, 100), st.floats(0, 1, exclude_max=True))
def test_no_wait_is_negative_or_over_its_class_s_longest_by_more_than_a_fifth(
    name: str, counted: int, random: float
) -> None:
    one = ERROR_CLASSES[name]
    wait = delay_s(one, counted=counted, scale=1, retry_after_s=None, random=lambda: random)
    assert 0 <= wait <= max(one.schedule_s) * 1.2


@given(st.sampled_from(sorted(ERROR_CLASSES)))
def test_later_attempts_never_wait_less(name: str) -> None:
    waits = delays(ERROR_CLASSES[name], 12)
    assert waits == sorted(waits)


@given(st.sampled_from(sorted(ERROR_CLASSES)), st.floats(0, 1e6), st.floats(0, 1, exclude_max=True))
def test_the_provider_s_own_word_is_a_floor(name: str, retry_after_s: float, random: float) -> None:
    wait = delay_s(ERROR_CLASSES[name], counted=1, scale=0, retry_after_s=retry_after_s, random=lambda: random)
    assert retry_after_s <= wait <= retry_after_s * 1.2 + 1e-6


def refused_s(refusals: int, retry_after_s: float | None) -> float:
    policy = Policy(ERROR_CLASSES, 1, lambda: MIDDLE)
    return policy.refused_delay_s(ERROR_CLASSES["rate_limited"], refusals=refusals, retry_after_s=retry_after_s)


def test_a_limit_with_a_word_is_waited_for_and_no_longer() -> None:
    assert 3 <= refused_s(1, 3) < 4


def test_who_is_refused_again_and_again_waits_ever_longer_whatever_the_provider_says() -> None:
    waits = [refused_s(refusals, 0) for refusals in range(1, 30)]
    assert waits[:4] == [0, 0, 0, 2]
    assert waits == sorted(waits)
    assert waits[-1] == 900
    assert sum(waits) > 3600, "it would be asked hundreds of times a day"


def test_without_a_word_the_pause_grows_with_the_job_s_own_refusals() -> None:
    assert [refused_s(refusals, None) for refusals in (1, 2, 3, 4, 50)] == [120, 300, 600, 1200, 1200]


def test_settings_can_change_schedules_and_nothing_else() -> None:
    classes = with_schedules(" unavailable = 1/2.5/30 ; rate_limited=7")
    assert classes["unavailable"] == ErrorClass((1, 2.5, 30))
    assert classes["rate_limited"] == ErrorClass((7,), refund=True)
    same = ERROR_CLASSES.keys() - {"unavailable", "rate_limited"}
    assert {name: classes[name] for name in same} == {name: ERROR_CLASSES[name] for name in same}


@pytest.mark.parametrize("text", ["", "  "])
def test_without_a_setting_the_schedules_are_the_usual_ones(text: str) -> None:
    assert with_schedules(text) == ERROR_CLASSES


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("unavailable", "unavailable: 1 to 20 numbers"),
        ("unavailable=", "unavailable: 1 to 20 numbers"),
        ("unavailable=5//10", "unavailable: 1 to 20 numbers"),
        ("unavailable=5,10", "unavailable: 1 to 20 numbers"),
        ("unavailable=-5", "unavailable: 1 to 20 numbers"),
        ("unavailable=nan", "unavailable: 1 to 20 numbers"),
        ("unavailable=1e3", "unavailable: 1 to 20 numbers"),
        ("unavailable=86401", "unavailable: 1 to 20 numbers"),
        ("unavailable=\u0665", "unavailable: 1 to 20 numbers"),
        ("unavailable=" + "/".join("1" * 21), "unavailable: 1 to 20 numbers"),
        ("unavailable=5;", "no error class ''; there are: unavailable, "),
        ("Unavailable=5", "no error class 'Unavailable'; there are: unavailable, "),
        ("auth_failed=5", "auth_failed is never retried; there are: unavailable, "),
        ("network=1;network=2", "network is given twice"),
    ],
)
def test_a_mistake_in_the_setting_is_one_line(text: str, why: str) -> None:
    with pytest.raises(SettingsError) as caught:
        with_schedules(text)
    assert str(caught.value).startswith(f"RETRY_SCHEDULES: {why}")
    assert "\n" not in str(caught.value)
