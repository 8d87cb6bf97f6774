from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.llm.retry_after import MAX_WAIT_S, retry_after_s

NOW = datetime(2026, 11, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"Retry-After": "7"}, 7.0),
        ({"retry-after": " 1.5 "}, 1.5),
        ({"Retry-After": "Sun, 01 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"Retry-After": "Sun, 01 Nov 2026 11:59:00 GMT"}, 0.0),
        ({"Retry-After": "-3"}, 0.0),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "999999999"}, MAX_WAIT_S),
        ({"Retry-After": "2", "x-ratelimit-reset-requests": "60s"}, 2.0),
        ({"retry-after-ms": "250"}, 0.25),
        ({"x-ratelimit-reset-requests": "6m0s"}, 360.0),
        ({"x-ratelimit-reset-tokens": "20ms"}, 0.02),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "1m30s"}, 90.0),
        (
            {
                "x-ratelimit-reset-requests": "1s",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-tokens": "9m",
                "x-ratelimit-remaining-tokens": "1200",
            },
            1.0,
        ),
        ({"x-ratelimit-reset": "12"}, 12.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 45)}, 45.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp() + 45) * 1000)}, 45.0),
        ({"x-ratelimit-reset": "1 fortnight"}, None),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == expected


@given(st.text(max_size=40))
def test_any_header_gives_a_sane_wait_or_none(value: str) -> None:
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-reset-tokens"):
        wait = retry_after_s({name: value}, now=NOW)
        assert wait is None or 0 <= wait <= MAX_WAIT_S


@given(st.integers(0, 2 * int(MAX_WAIT_S)))
def test_seconds_are_read_as_they_stand_up_to_a_day(seconds: int) -> None:
    assert retry_after_s({"Retry-After": str(seconds)}, now=NOW) == min(seconds, MAX_WAIT_S)


@given(st.integers(-86_400, 2 * int(MAX_WAIT_S)), st.integers(-12, 14))
def test_a_date_of_any_zone_is_the_time_until_then(seconds: int, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    date = format_datetime((NOW + timedelta(seconds=seconds)).astimezone(zone))
    assert retry_after_s({"Retry-After": date}, now=NOW) == min(max(seconds, 0), MAX_WAIT_S)
