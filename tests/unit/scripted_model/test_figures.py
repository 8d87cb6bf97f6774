import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scripted_model.figures import Phase, displacement, most_in_any, outage, refused_ratio, used_ratio
from tests.scripted_model.witness import Record


def call(t0: float, *, job: str = "", status: int = 200, tokens: int = 0, took_s: float = 0.1) -> Record:
    return {
        "t0": t0,
        "t1": t0 + took_s,
        "job": job,
        "status": status,
        "prompt_tokens": tokens,
        "completion_tokens": 0,
    }


@given(times=st.lists(st.integers(0, 40)), interval_s=st.integers(1, 10))
def test_the_most_in_any_interval_is_what_counting_finds(times: list[int], interval_s: int) -> None:
    counted = [sum(begun <= at < begun + interval_s for at in times) for begun in range(41)]
    assert most_in_any(times, interval_s) == max(counted)


def test_refusals_are_a_part_of_all_calls_but_those_left_out() -> None:
    calls = [call(0), call(1, status=429), call(2), call(3, status=429)]
    assert refused_ratio(calls) == 0.5
    assert refused_ratio(calls, without=(2.5, 9)) == pytest.approx(1 / 3)


def test_the_tighter_limit_counts_second_by_second() -> None:
    phases = [Phase(0, 4, requests=60, tokens=6000), Phase(4, 8, requests=30, tokens=3000)]
    small = [call(at, tokens=10) for at in (0, 1)]
    large = [call(at, tokens=100) for at in (2, 3)]
    halved = [call(at, tokens=25) for at in (4, 6)]
    assert used_ratio(small + large + halved, phases) == pytest.approx((1 + 1 + 1 + 1 + 2 + 0 + 2 + 0) / 8)
    assert used_ratio([call(0.5, status=429)], phases) == 0


def test_a_job_that_lets_others_pass_is_displaced_by_their_number() -> None:
    calls = [call(place, job=job) for place, job in enumerate("bcda")]
    assert displacement("abcdef", calls) == 3
    assert displacement("abcdef", [*calls, call(-1, job="a")]) == 0


def test_what_follows_the_failures_that_open_a_breaker_are_probes() -> None:
    calls = [call(at, status=503) for at in (0.5, 1, 1.1, 1.2, 6.5, 17)]
    found = outage(calls, 1, 16, failures=2)
    assert [one["t0"] for one in found.before] == [1, 1.1, 1.2]
    assert [one["t0"] for one in found.probes] == [6.5]
    assert found.shortest_gap_s == pytest.approx(5.2)
