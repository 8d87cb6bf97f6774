"""JSON as PostgreSQL can keep it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import strict_json
from app.core.strict_json import RefusedJSONError

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]))
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20)


@given(VALUES)
def test_what_is_cleaned_is_storable(value: Any) -> None:
    try:
        cleaned = strict_json.clean(value)
    except ValueError:
        return
    strict_json.refuse_unstorable(cleaned)
    assert strict_json.clean(cleaned) == cleaned


@given(VALUES)
def test_what_is_accepted_is_kept_as_it_is(value: Any) -> None:
    try:
        strict_json.refuse_unstorable(value)
    except RefusedJSONError:
        return
    assert strict_json.clean(value) == value
    assert strict_json.loads(json.dumps(value).encode()) == value


def test_a_fault_is_pointed_at() -> None:
    with pytest.raises(RefusedJSONError) as raised:
        strict_json.loads(b'{"a": [{"b/c": "x\\u0000"}]}')
    assert raised.value.pointer == "/a/0/b~1c"


@pytest.mark.parametrize("depth", [66, 500])
def test_depth_is_limited(depth: int) -> None:
    with pytest.raises(RefusedJSONError, match="deep"):
        strict_json.loads(b"[" * depth + b"]" * depth)


def test_cleaning_removes_nul_and_replaces_lone_surrogates() -> None:
    assert strict_json.clean({"a\x00": ["x\x00y", "\ud800", ("t",)]}) == {"a": ["xy", "\ufffd", ["t"]]}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_nan_and_infinity_have_no_meaning_to_keep(value: Any) -> None:
    with pytest.raises(ValueError, match="NaN"):
        strict_json.clean(value)
