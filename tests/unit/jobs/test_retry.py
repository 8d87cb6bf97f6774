"""The retry schedule: a pure function."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.jobs.retry import ERROR_CLASSES, OTHER, ErrorClass, delay_s

MIDDLE = 0.5  # of the jitter: the schedule itself


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
        "content_refused",
    }


@given(st.integers(0, 100), st.floats(0, 1, exclude_max=True), st.floats(0, 10))
def test_jitter_stays_within_a_fifth(counted: int, random: float, scale: float) -> None:
    plain = delays(OTHER, max(counted, 1))[-1] * scale
    jittered = delay_s(OTHER, counted=counted, scale=scale, retry_after_s=None, random=lambda: random)
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


def test_a_limit_with_a_word_is_waited_for_and_no_longer() -> None:
    wait = delay_s(ERROR_CLASSES["rate_limited"], counted=1, scale=1, retry_after_s=3, random=lambda: MIDDLE)
    assert 3 <= wait < 4
