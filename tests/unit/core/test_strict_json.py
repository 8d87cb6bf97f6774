"""JSON as PostgreSQL can keep it."""

import json
import tracemalloc
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


@pytest.fixture
def escaped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were written into pointers."""
    names: list[str] = []
    escape = strict_json._escape

    def counted(name: str) -> str:
        names.append(name)
        return escape(name)

    monkeypatch.setattr(strict_json, "_escape", counted)
    return names


def wide(name_chars: int, children: int) -> dict[str, Any]:
    return {"k" * name_chars: {"in/ner": [0] * children}}


def test_no_pointer_is_written_where_nothing_is_wrong(escaped: list[str]) -> None:
    strict_json.refuse_unstorable(wide(100_000, 100_000))
    assert escaped == []


def test_one_pointer_is_written_for_the_fault(escaped: list[str]) -> None:
    value = wide(10, 100_000)
    value["k" * 10]["in/ner"] += [float("nan")] * 1000
    with pytest.raises(RefusedJSONError) as raised:
        strict_json.refuse_unstorable(value)
    assert raised.value.pointer == "/kkkkkkkkkk/in~1ner/100000"
    assert len(escaped) == 3


@pytest.mark.parametrize("value", [wide(100_000, 50_000), [[0] * 50_000], {str(n): n for n in range(20_000)}])
def test_a_check_needs_no_memory_of_the_values_size(value: Any) -> None:
    tracemalloc.start()
    try:
        strict_json.refuse_unstorable(value)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 50_000


def test_the_first_fault_is_the_one_that_is_told() -> None:
    with pytest.raises(RefusedJSONError) as raised:
        strict_json.refuse_unstorable([1, {"a": "\x00", "b": ["\x00"]}, float("nan")])
    assert raised.value.pointer == "/1/a"


@pytest.mark.parametrize("name", ["bad\x00", "\ud800"])
def test_a_bad_name_is_pointed_at_by_its_object(name: str) -> None:
    with pytest.raises(RefusedJSONError) as raised:
        strict_json.refuse_unstorable({"a": [{name: 1}]})
    assert raised.value.pointer == "/a/0"


@pytest.mark.parametrize("depth", range(62, 68))
@pytest.mark.parametrize("innermost", [0, [], {}])
def test_depth_is_told_alike_by_level_and_by_child(depth: int, innermost: Any) -> None:
    value = innermost
    for _ in range(depth):
        value = {"a": [1, value]}["a"] if depth % 2 else {"a": value, "b": 1}
    try:
        strict_json.refuse_unstorable(value)
    except RefusedJSONError:
        assert strict_json.is_too_deep(value)
    else:
        assert not strict_json.is_too_deep(value)


@pytest.mark.parametrize(
    "body", [b"[" + b"[]," * 1000 + b"0]", b'{"a": "\\u00e9", "b": [1.5, "\\\\"]}', b'["\\uD83D"]']
)
def test_children_are_looked_at_one_by_one_only_where_a_text_may_be_wrong(
    body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[Any] = []
    monkeypatch.setattr(strict_json, "refuse_unstorable", looked.append)
    strict_json.loads(body)
    assert len(looked) == (b"uD83D" in body)


def test_a_byte_order_mark_is_read_over() -> None:
    assert strict_json.loads(b"\xef\xbb\xbf[1]") == [1]
    with pytest.raises(RefusedJSONError):
        strict_json.loads(b"\xef\xbb\xbf\xef\xbb\xbf[1]")


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b"{}," * 100_000 + b"{}]",
        b"[" * 100_001,
        b"[" + b'"\\",[",' * 100_001,
        b"[" + b"1," * 100_001 + b'"' + b'\\"' * 1000,
    ],
)
def test_many_values_are_refused_before_they_are_made(body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_json, "_decoder", None)
    with pytest.raises(RefusedJSONError, match="over 100,000 values"):
        strict_json.loads(body)


@pytest.mark.parametrize("text", ["a,b,[c],{d}" * 60_000, '\\",[' * 200_000, "\\\\,[{" * 200_000])
def test_marks_inside_of_texts_are_no_values(text: str) -> None:
    assert strict_json.loads(json.dumps({"text": text}).encode()) == {"text": text}


def test_a_text_without_an_end_is_looked_at_once() -> None:
    with pytest.raises(RefusedJSONError, match="Unterminated"):
        strict_json.loads(b'"' + b'\\",' * 500_000)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": [1, -2.5e+10, true, false, null, "x\\u00e9\\ud83d\\ude00\\n😀é"], "b" : {"c": {}}, "d": [ ]}',
        '{"n": 123456789012345678901234567890.123456789e-12, "k\\"k": "\\\\"}',
        '"abc"',
    ],
)
def test_no_beginning_of_a_value_is_taken_for_malformed(text: str) -> None:
    whole = text.encode()
    for end in range(1, len(whole)):
        with pytest.raises(strict_json.IncompleteError):
            strict_json.load_first(whole[:end], is_all=False)


@pytest.mark.parametrize("is_all", [False, True])
@pytest.mark.parametrize("end", [b"", b"{}]", b"{}]}, 1"])
def test_a_first_value_of_many_is_refused_before_they_are_made(end: bytes, *, is_all: bool) -> None:
    begun = b"[" + b"{}," * 400_000 + end
    tracemalloc.start()
    try:
        with pytest.raises(RefusedJSONError, match="over 100,000 values"):
            strict_json.load_first(begun, is_all=is_all)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 100 * strict_json.MAX_VALUES


def test_a_first_value_is_read_whatever_comes_after_it() -> None:
    first = b'{"a,[{": [1, 2]}'
    assert strict_json.load_first(first + b",[]" * 200_000, is_all=True) == ({"a,[{": [1, 2]}, len(first))
