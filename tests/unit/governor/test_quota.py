"""Quotas as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governor.limiter.quota import Quota, Rate, parse_quota

AMOUNTS = st.integers(1, 10**12) | st.decimals("0.01", "100000", places=2).map(float)
RATES = st.builds(Rate, AMOUNTS.map(float), st.sampled_from([1.0, 5.0, 10.0, 60.0, 90.5, 3600.0, 86_400.0]))


@given(st.none() | RATES, st.none() | RATES)
def test_a_quota_that_is_written_can_be_read(requests: Rate | None, tokens: Rate | None) -> None:
    quota = Quota(requests, tokens)
    assert parse_quota(str(quota)) == quota


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", Quota()),
        ("60/min", Quota(Rate(60, 60))),
        ("5/10s", Quota(Rate(5, 10))),
        ("230 per 10 s", Quota(Rate(230, 10))),
        ("60/min,20_000tok/min", Quota(Rate(60, 60), Rate(20_000, 60))),
        ("1000000 tokens/day", Quota(None, Rate(1_000_000, 86_400))),
    ],
)
def test_a_quota_is_read(text: str, wanted: Quota) -> None:
    assert parse_quota(text) == wanted


@pytest.mark.parametrize(
    "text", ["x", "60", "60/fortnight", "0/min", "60/0s", "60/min,5/s", "-1/min", f"{'9' * 400}/s"]
)
def test_what_is_no_quota_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no quota|one limit"):
        parse_quota(text)
