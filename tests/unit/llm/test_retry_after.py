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
        # the formats, wherever they stand
        ({"Retry-After": "5s"}, 5.0),
        ({"Retry-After": "1m30s"}, 90.0),
        ({"Retry-After": "1h2m3.5s"}, 3723.5),
        ({"Retry-After": "250ms"}, 0.25),
        ({"Retry-After": "12 minutes"}, 720.0),
        ({"Retry-After": '"7"'}, 7.0),
        ({"Retry-After": "7, 7"}, 7.0),
        ({"Retry-After": "2026-11-01T12:00:30Z"}, 30.0),
        ({"Retry-After": "2026-11-01T13:00:30.500+01:00"}, 30.5),
        ({"Retry-After": "2026-11-01 12:00:30"}, 30.0),
        ({"Retry-After": "9999-12-31T23:59:59-14:00"}, MAX_WAIT_S),
        ({"Retry-After": "Fri, 31 Dec 9999 23:59:59 GMT"}, MAX_WAIT_S),
        ({"Retry-After": str(int(NOW.timestamp()) + 45)}, 45.0),
        ({"Retry-After": "00:00:30"}, 30.0),
        ({"Retry-After": "1.00:00:00"}, MAX_WAIT_S),
        # the names
        ({"retry-after-ms": "250", "Retry-After": "1"}, 1.0),
        ({"x-ms-retry-after-ms": "1500"}, 1.5),
        ({"x-retry-after": "4"}, 4.0),
        ({"llm_provider-retry-after": "8"}, 8.0),
        ({"llm_provider-Retry-After-Ms": "800"}, 0.8),
        ({"llm_provider-retry-after": "8", "retry-after": "3"}, 3.0),
        ({"llm_provider-x-ratelimit-reset-requests": "9s"}, 9.0),
        ({"anthropic-ratelimit-requests-reset": "2026-11-01T12:00:20Z"}, 20.0),
        (
            {
                "anthropic-ratelimit-requests-reset": "2026-11-01T12:00:20Z",
                "anthropic-ratelimit-requests-remaining": "49",
                "anthropic-ratelimit-tokens-reset": "2026-11-01T12:00:10Z",
                "anthropic-ratelimit-tokens-remaining": "0",
            },
            10.0,
        ),
        ({"ratelimit-reset": "11"}, 11.0),
        ({"RateLimit-Remaining": "0", "RateLimit-Reset": "12", "RateLimit-Limit": "100, 100;w=60"}, 12.0),
        ({"ratelimit": '"default";r=0;t=30'}, 30.0),
        ({"ratelimit": '"default";r=5;t=30'}, None),
        ({"ratelimit": "limit=100, remaining=0, reset=50"}, 50.0),
        ({"x-rate-limit-reset": "13"}, 13.0),
        ({"x-ratelimit-reset-after": "1.5"}, 1.5),
        ({"x-ratelimit-reset-tokens-minute": "14.25", "x-ratelimit-remaining-tokens-minute": "0"}, 14.25),
        ({"x-ratelimit-minute-reset": "15"}, 15.0),
        # limits that are not used up say nothing
        ({"x-ratelimit-reset-tokens": "0s", "x-ratelimit-remaining-tokens": "29999"}, None),
        ({"x-ratelimit-reset-tokens": "9m", "x-ratelimit-remaining-tokens": "1"}, None),
        ({"x-ratelimit-reset-tokens": "9m", "x-ratelimit-remaining-tokens": "-3"}, 540.0),
        ({"x-ratelimit-reset-tokens": "9m", "x-ratelimit-remaining-tokens": "1", "x-ratelimit-reset": "6"}, 6.0),
        # nothing counts least
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "0", "x-ratelimit-reset-requests": "20s", "x-ratelimit-remaining-requests": "0"}, 20.0),
    ],
)
def test_the_wait_is_read_from_the_headers(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers, now=NOW) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Please try again in 7.2s.", 7.2),
        ("Please try again in 20s. Visit https://x/y to learn more.", 20.0),
        ("Rate limit reached: Limit 7000, Used 0, Requested 129. Please try again in 50.597142857s.", 50.597142857),
        ("Please retry after 30 seconds.", 30.0),
        ("Please retry your request after 26 seconds", 26.0),
        ("* Quota exceeded, limit: 20\nPlease retry in 36.429760048s.", 36.429760048),
        ("Please try again in 1h2m3.5s", 3723.5),
        ("try again in 12 minutes", 720.0),
        ("try again in 1 minute and 5 seconds", 65.0),
        ("Please try again in 6m0s", 360.0),
        ("Please try again in 8ms.", 0.008),
        ("please try again after 1 seconds", 1.0),
        ("Retry after 30", 30.0),
        ("Please wait 20 seconds before the next", 20.0),
        ("You may retry in about 5 minutes", 300.0),
        ("Quota will be replenished in 02:12:03", 7923.0),
        ("The limit resets at 2026-11-01T12:00:30Z.", 30.0),
        ("blocked until 2026-11-01 12:01:00 UTC", 60.0),
        ("The limit resets in 90s; try again in 30s", 90.0),
        ("Please try again later.", None),
        ("Please retry your request. Limit 30000, used 29999.", None),
        ("Please wait, the limit is 30000 tokens", None),
        ("This model's maximum context length is 30 s", None),
        ("", None),
    ],
)
def test_the_wait_is_read_from_a_sentence(sentence: str, expected: float | None) -> None:
    found = retry_after_s({}, now=NOW, sentences=[sentence])
    assert found == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("headers", "waits", "sentences", "expected"),
    [
        ({"Retry-After": "3"}, ["7s"], ["try again in 9s"], 3.0),
        ({"Retry-After": "0"}, ["7s"], ["try again in 9s"], 7.0),
        ({"Retry-After": "0"}, ["0s"], ["try again in 9s"], 9.0),
        ({"x-ratelimit-reset": "60"}, ["7s", "8.5s"], [], 8.5),
        ({"x-ratelimit-reset": "60"}, ["soon"], ["try again in 9s"], 9.0),
        ({"x-ratelimit-reset": "60"}, [], [], 60.0),
        ({}, ["0s"], [], 0.0),
        ({"Retry-After": "1000"}, [], [], 900.0),
    ],
)
def test_what_says_most_goes_first(
    headers: dict[str, str], waits: list[str], sentences: list[str], expected: float
) -> None:
    assert retry_after_s(headers, now=NOW, waits=waits, sentences=sentences, longest_s=900.0) == expected


@given(st.text(max_size=200), st.sampled_from(["", "try again in ", "retry after ", "resets at "]))
def test_any_sentence_gives_a_sane_wait_or_none(text: str, before: str) -> None:
    wait = retry_after_s({}, now=NOW, sentences=[before + text], waits=[text])
    assert wait is None or 0 <= wait <= MAX_WAIT_S


@given(st.text(max_size=40))
def test_any_header_gives_a_sane_wait_or_none(value: str) -> None:
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset", "x-ratelimit-reset-tokens", "ratelimit"):
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
