import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.patterns import PatternError, compile_pattern

DECIMAL = r"^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$"  # what Pydantic says of a Decimal
EMAIL = (  # what Zod says of an e-mail address
    r"^(?!\.)(?!.*\.\.)([A-Za-z0-9_'+\-\.]*)[A-Za-z0-9_+-]@([A-Za-z0-9][A-Za-z0-9\-]*\.)+[A-Za-z]{2,}$"
)
DATE = (  # and of a date
    r"^(?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29"
    r"|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30)"
    r"|(?:02)-(?:0[1-9]|1\d|2[0-8])))$"
)
HOST = r"^(?=.{1,20}$)(?!-)[a-z0-9-]+(?<!-)$"
PASSWORD = r"^(?=.*[A-Z])(?=.*\d)[^\s]{8,}$"
EITHER = r"^$|^(?!0)\d+$"


@pytest.mark.parametrize("pattern", [DECIMAL, EMAIL, DATE, HOST, PASSWORD, EITHER, "b", r"^\d+$", "[(?=]", r"^[^\]|]$"])
@given(text=st.text("ab19.-+@_A|( ", max_size=14) | st.dates().map(str))
def test_a_pattern_means_what_it_meant(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).matches(text) == bool(re.search(pattern, text, re.ASCII))


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"^\u0041\u{1F600}$", "A\U0001f600"),
        (r"^\cA$", "\x01"),
        (r"^a\/b$", "a/b"),
        ("^[^]$", "\n"),
        (r"^\p{Script=Greek}\p{Letter}\p{Lu}$", "βbC"),
        (r"^\d\Z", "1"),
        (r"^(?<year>\d{4})$", "2026"),
        ("(?i)^(?!x)abc$", "ABC"),
        ("x", "\ud800x"),
    ],
)
def test_javascript_s_and_python_s_spellings_are_read(pattern: str, text: str) -> None:
    assert compile_pattern(pattern).matches(text)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(a)\1", "invalid escape"),
        ("(?=x)y", "look-ahead"),
        ("a(?=b)c", "look-ahead"),
        ("^(?=a(?!b))a", "look-ahead"),
        ("(?<=a)b", "look-behind"),
        ("(?m)^(?!a)b", "look-ahead"),
        ("^(?!a", "missing"),
        ("(", "missing"),
        ("a{1,2000}", "repetition"),
        ("^" + "(?!a)" * 4000, "more than 10"),
        ("x(?<!a)$" * 4000, "more than 10"),
        ("\ud800", "surrogate"),
    ],
)
def test_what_re2_cannot_check_is_refused_with_the_reason(pattern: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(x+x+)+y", "^(a+)+$", "(.*)*x$", "^(?!(a+)+$).*b$"])
def test_a_pattern_that_backtracking_never_ends_is_read_once(pattern: str) -> None:
    assert not compile_pattern(pattern).matches("a" * 20_000 + "c")
