"""The rules of the scripted provider: everything that the governor's tests conclude rests on them."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted_model.limits import Limiter, Rule, duration
from tests.scripted_model.meters import Bucket, Meter, Window

GAPS_S = st.lists(
    st.tuples(st.floats(0, 3, allow_subnormal=False), st.integers(1, 4)), max_size=80
)  # since the last try, and how much


def taken(meter: Meter, tries: Sequence[tuple[float, int]]) -> list[tuple[float, int]]:
    """Return when how much was allowed."""
    now_s, found = 0.0, []
    for gap_s, amount in tries:
        now_s += gap_s
        if meter.wait_s(amount, now_s) == 0:
            meter.take(amount, now_s)
            found.append((now_s, amount))
    return found


@given(tries=GAPS_S, limit=st.integers(4, 12), interval_s=st.floats(0.5, 5))
def test_a_window_never_allows_more_than_its_limit_in_any_interval(
    tries: Sequence[tuple[float, int]], limit: int, interval_s: float
) -> None:
    found = taken(Window(limit, interval_s), tries)
    for begun_s, _ in found:
        assert sum(amount for at_s, amount in found if begun_s <= at_s < begun_s + interval_s) <= limit


@given(tries=GAPS_S, limit=st.integers(4, 12), interval_s=st.floats(0.5, 5), burst_ratio=st.floats(0.1, 1))
def test_a_bucket_allows_what_it_holds_and_what_flowed_in_since(
    tries: Sequence[tuple[float, int]], limit: int, interval_s: float, burst_ratio: float
) -> None:
    found = taken(Bucket(limit, interval_s, 0, burst_ratio=burst_ratio), tries)
    for begun_s, _ in found:
        for ended_s, _ in found:
            within = sum(amount for at_s, amount in found if begun_s <= at_s <= ended_s)
            assert within <= max(1, limit * burst_ratio) + max(0, ended_s - begun_s) * limit / interval_s + 1e-6


@pytest.mark.parametrize("mode", ["bucket", "window"])
@given(tries=GAPS_S)
def test_whoever_waits_as_told_is_allowed_and_not_much_before(mode: str, tries: Sequence[tuple[float, int]]) -> None:
    meter: Meter = Bucket(5, 2, 0) if mode == "bucket" else Window(5, 2)
    found = taken(meter, tries)
    now_s = found[-1][0] if found else 0.0
    wait_s = meter.wait_s(3, now_s)
    if wait_s > 0.001:
        assert meter.wait_s(3, now_s + wait_s - 0.001) > 0
    assert meter.wait_s(3, now_s + wait_s + 1e-9) == 0


@pytest.mark.parametrize("meter", [Bucket(5, 2, 0), Window(5, 2)])
def test_what_is_above_the_limit_is_never_allowed(meter: Meter) -> None:
    assert math.isinf(meter.wait_s(6, 0))


def test_a_bucket_flows_evenly_and_a_window_gives_back_all_at_once() -> None:
    bucket, window = Bucket(4, 2, 0), Window(4, 2)
    for meter in (bucket, window):
        meter.take(4, 0.0)
        assert meter.left(0) == 0
        assert meter.reset_s(0.5) == 1.5
    assert (bucket.left(1), window.left(1)) == (2, 0)
    assert (bucket.left(2), window.left(2)) == (4, 4)


def test_a_lowered_limit_holds_at_once() -> None:
    bucket, window = Bucket(8, 2, 0), Window(8, 2)
    for meter in (bucket, window):
        meter.take(2, 0.0)
        meter.change(4, 0)
    assert bucket.left(0) == 4
    assert window.left(0) == 2
    window.change(1, 0)
    assert (window.left(0), window.wait_s(1, 0)) == (-1, 2)


def test_a_call_that_one_limit_refuses_is_counted_by_neither() -> None:
    limiter = Limiter()
    limiter.change(Rule(requests=2, tokens=100, interval_s=10, mode="window"), 0)
    assert limiter.admit(90, 0) is None
    refusal = limiter.admit(20, 1)
    assert refusal is not None
    assert (refusal.kind, refusal.wait_s) == ("tokens", 9)
    assert limiter.admit(10, 1) is None
    assert getattr(limiter.admit(0, 2), "kind", "") == "requests"


def test_headers_say_what_openai_says() -> None:
    limiter = Limiter()
    limiter.change(Rule(requests=60, tokens=6000), 0)
    limiter.admit(1500, 0)
    assert limiter.headers(0) == {
        "x-ratelimit-limit-requests": "60",
        "x-ratelimit-remaining-requests": "59",
        "x-ratelimit-reset-requests": "1s",
        "x-ratelimit-limit-tokens": "6000",
        "x-ratelimit-remaining-tokens": "4500",
        "x-ratelimit-reset-tokens": "15s",
    }
    limiter.change(Rule(requests=60, headers=False), 0)
    assert limiter.headers(0) == {}


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0ms"), (0.017, "17ms"), (1.5, "1.5s"), (60, "1m0s"), (361.25, "6m1.25s")]
)
def test_a_duration_is_written_as_openai_does(seconds: float, text: str) -> None:
    assert duration(seconds) == text
