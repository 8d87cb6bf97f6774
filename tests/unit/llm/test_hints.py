from hypothesis import given
from hypothesis import strategies as st

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


def test_a_servers_excess_is_dropped() -> None:
    many = {f"x-ratelimit-{number}": "1" for number in range(1000)}
    assert len(read(many)) == MAX_HINTS
    assert read({"x-ratelimit-long": "9" * (MAX_CHARS + 1), "x-ratelimit-" + "a" * MAX_CHARS: "1"}) == {}


@given(st.dictionaries(st.text(max_size=200), st.text(max_size=200), max_size=60))
def test_whatever_comes_is_bounded(headers: dict[str, str]) -> None:
    found = read(headers)
    assert len(found) <= MAX_HINTS
    assert all(len(name) <= MAX_CHARS and len(value) <= MAX_CHARS for name, value in found.items())
