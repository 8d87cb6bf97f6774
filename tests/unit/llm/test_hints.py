import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.governor.outcomes import advertised
from app.llm.hints import MAX_CHARS, MAX_HINTS, read


def test_headers_about_limits_are_kept_in_lower_case() -> None:
    given = {
        "X-RateLimit-Limit-Tokens": " 200000 ",
        "x-ratelimit-reset-requests": "6m0s",
        "Retry-After": "2",
        "retry-after-ms": "1500",
        "Content-Type": "application/json",
        "Set-Cookie": "secret",
    }
    assert read(given) == {
        "x-ratelimit-limit-tokens": "200000",
        "x-ratelimit-reset-requests": "6m0s",
        "retry-after": "2",
        "retry-after-ms": "1500",
    }


GROQ = {  # https://console.groq.com/docs/rate-limits
    "x-ratelimit-limit-requests": "14400",
    "x-ratelimit-limit-tokens": "18000",
    "x-ratelimit-remaining-requests": "14370",
    "x-ratelimit-remaining-tokens": "17997",
    "x-ratelimit-reset-requests": "2m59.56s",
    "x-ratelimit-reset-tokens": "7.66s",
}


@pytest.mark.parametrize(
    ("headers", "requests", "tokens"),
    [
        ({"x-ratelimit-limit-requests": "500", "x-ratelimit-limit-tokens": "30000"}, 500, 30000),
        (GROQ, None, 18000),
        # the first call of a day: only the fill rate or the region tells
        (GROQ | {"x-ratelimit-remaining-requests": "14399", "x-ratelimit-reset-requests": "6s"}, None, 18000),
        (GROQ | {"x-ratelimit-reset-requests": "0s", "x-groq-region": "us-west-1"}, None, 18000),
        (
            {
                "x-ratelimit-limit-requests": "5000",
                "x-ratelimit-remaining-requests": "4999",
                "x-ratelimit-reset-requests": "12ms",
            },
            5000,
            None,
        ),
        (
            {
                "x-ratelimit-limit-requests": "60",
                "x-ratelimit-remaining-requests": "59",
                "x-ratelimit-reset-requests": "45s",
            },
            60,
            None,
        ),
        ({"x-ratelimit-limit-requests": "200", "x-ratelimit-reset-requests": "23h59m"}, None, None),
        ({"llm_provider-x-ratelimit-limit-requests": "500", "llm_provider-x-ratelimit-limit-tokens": "9"}, 500, 9),
        ({"llm_provider-x-ratelimit-limit-requests": "500", "x-ratelimit-limit-requests": "20"}, 20, None),
        ({"anthropic-ratelimit-requests-limit": "50", "anthropic-ratelimit-tokens-limit": "48000"}, 50, 48000),
        ({"llm_provider-anthropic-ratelimit-requests-limit": "50"}, 50, None),
        ({"anthropic-ratelimit-input-tokens-limit": "40000"}, None, None),
        # Mistral
        ({"x-ratelimit-limit-tokens-minute": "5000000", "x-ratelimit-limit-req-minute": "720"}, 720, 5000000),
        ({"x-ratelimit-limit-tokens-month": "1000000000"}, None, None),
        # Cerebras
        ({"x-ratelimit-limit-requests-day": "14400", "x-ratelimit-limit-tokens-minute": "60000"}, None, 60000),
        ({"x-ratelimit-minute-limit": "100", "x-ratelimit-day-limit": "5000"}, 100, None),
        ({"x-ratelimit-limit-requests-second": "5"}, None, None),
        ({"x-ratelimit-limit": "10", "x-tokenlimit-limit": "3000"}, None, None),  # Together's second
        ({"ratelimit-limit": "100"}, None, None),
        ({"ratelimit-limit": "100, 100;w=60"}, 100, None),
        ({"x-ratelimit-limit": "100, 100;window=60, 10000;window=86400"}, 100, None),
        ({"ratelimit-limit": "5, 5;w=1"}, None, None),
        ({"ratelimit-policy": '"burst";q=100;w=60', "ratelimit": '"burst";r=50;t=30'}, 100, None),
        ({"x-ratelimit-api_key-limit-requests": "7"}, None, None),
        ({"x-ratelimit-limit-tokens-prompt": "7"}, None, None),
    ],
)
def test_only_what_is_a_minute_s_limit_is_advertised_as_one(
    headers: dict[str, str], requests: int | None, tokens: int | None
) -> None:
    quota = advertised(read(headers))
    assert (quota.requests and quota.requests.amount, quota.tokens and quota.tokens.amount) == (requests, tokens)


def test_a_day_s_limit_is_kept_under_its_own_name() -> None:
    found = read(GROQ)
    assert found["x-ratelimit-limit-requests-day"] == "14400"
    assert found["x-ratelimit-reset-requests-day"] == "2m59.56s"
    assert "x-ratelimit-limit-requests" not in found


def test_what_is_left_goes_by_one_name() -> None:
    headers = {
        "anthropic-ratelimit-requests-remaining": "49",
        "anthropic-ratelimit-requests-reset": "2026-11-01T12:00:20Z",
        "ratelimit-policy": '"x";q=100;w=60',
        "ratelimit": '"x";r=50;t=30',
    }
    assert read({name: value for name, value in headers.items() if name.startswith("a")}) == {
        "x-ratelimit-remaining-requests": "49",
        "x-ratelimit-reset-requests": "2026-11-01T12:00:20Z",
    }
    assert read({name: value for name, value in headers.items() if name.startswith("r")}) == {
        "x-ratelimit-limit-requests": "100",
        "x-ratelimit-remaining-requests": "50",
        "x-ratelimit-reset-requests": "30",
    }


def test_a_servers_excess_is_dropped() -> None:
    many = {f"x-ratelimit-{number}": "1" for number in range(1000)}
    assert len(read(many)) == MAX_HINTS
    assert read({"x-ratelimit-long": "9" * (MAX_CHARS + 1), "x-ratelimit-" + "a" * MAX_CHARS: "1"}) == {}


@given(st.dictionaries(st.text(max_size=200), st.text(max_size=200), max_size=60))
def test_whatever_comes_is_bounded(headers: dict[str, str]) -> None:
    found = read(headers)
    assert len(found) <= MAX_HINTS
    assert all(len(name) <= MAX_CHARS and len(value) <= MAX_CHARS for name, value in found.items())
