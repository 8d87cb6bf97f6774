import json
from typing import Any

import pytest

from app.processors.json_answer import MAX_ANSWER_CHARS, Fault, loads, values


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"a": 1}', {"a": 1}),
        ('\ufeff {"a": 1}', {"a": 1}),
        ('```json\n{"a": 1}\n```', {"a": 1}),
        ('```\n{"a": "```"}```  ', {"a": "```"}),
        ('Here it is:\n```json\n{"a": 1}\n```\nAnything else?', {"a": 1}),
        ('Here you are: {"a": "b"} Anything else?', {"a": "b"}),
        ('It is {"a": {"b": [1, 2]}}.', {"a": {"b": [1, 2]}}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": [1, 2,],}', {"a": [1, 2]}),
        ("{'a': 'it is',}", {"a": "it is"}),
        ("{'a': None, 'b': True}", {"a": None, "b": True}),
        ('{a: "b"}', {"a": "b"}),
        ('{"a": "b" // why\n}', {"a": "b"}),
        ("[1]", [1]),
        ('As in [1]: {"a": 5,132.40, "b": "c"}', {"a": "5,132.40", "b": "c"}),
        ("As in [1]: {'a': 1, 'b': 'c',}", {"a": 1, "b": "c"}),
        ('[see {above}] {"a": 1, "b": [2]}', {"a": 1, "b": [2]}),
        ('{"a": 5,132.40, b: 11.04.2026, "c": "x: 5,1"}', {"a": "5,132.40", "b": "11.04.2026", "c": "x: 5,1"}),
        ('{"a": 10:30, "b": 007, "c": +5, "d": $5.00}', {"a": "10:30", "b": "007", "c": "+5", "d": "$5.00"}),
        ("{'a': 'x: 5,1}', 'b': 5,1}", {"a": "x: 5,1}", "b": "5,1"}),
        ('{"a": 5 // five\n}', {"a": 5}),
        ('{"a": 1}\n{"b": [1, 2]}', {"b": [1, 2]}),
        ("It is [].", []),
        ("3", 3),
        ('{"a": 1, "a": 1}', {"a": 1}),
        (json.dumps({"a": "\U0001f600 \\u0000"}), {"a": "\U0001f600 \\u0000"}),
        (r'{"a": "x\u0000y\ud800z"}', {"a": "xy\ufffdz"}),
        (r'{"\u0000a": "\ude00\ud83d"}', {"a": "\ufffd\ufffd"}),
        ('{"a": "x\x00\ud800y"}', {"a": "x\ufffdy"}),
        (f'{{"a": {"9" * 308}}}', {"a": int("9" * 308)}),
    ],
)
def test_the_json_of_an_answer_is_found(answer: str, expected: object) -> None:
    assert loads(answer) == expected


@pytest.mark.parametrize(
    ("answer", "why", "pointer"),
    [
        ("", "not JSON", ""),
        ("   \n", "not JSON", ""),
        ("I cannot do that.", "not JSON", ""),
        ("```json\n```", "not JSON", ""),
        ('{"a": NaN}', "no JSON numbers", "/a"),
        ('{"a": [1, -Infinity]}', "no JSON numbers", "/a/1"),
        ('{"x/y": [{"~": 1e999}]}', "no JSON numbers", "/x~1y/0/~0"),
        ("{'a': 1e999}", "no JSON numbers", "/a"),
        (f'{{"a": {"9" * 1_000}}}', "no JSON numbers", "/a"),
        (f'{{"a": {"9" * 100_000}}}', "no JSON numbers", "/a"),
        (f'{{"a": {"9" * 1_000_000}}}', "longer than", ""),
        (json.dumps({"a": "x" * 2_000_000}), "longer than", ""),
        ('{"a": 1, "a": 2}', "'a' two values", ""),
        ('{"b": [{"a": 1, "a": null}]}', "'a' two values", ""),
        ("[" * 100_000, "nested too deeply", ""),
        ('{"a":' * 30_000, "nested too deeply", ""),
        ("[" * 900 + "]" * 900, "nested", None),
        ("{'a':" * 900 + "1" + "}" * 900, "nested too deeply", ""),
        ("[" * 65 + "1" + "]" * 65, "over 64 levels", None),
        ('{"a": 1', "breaks off", ""),
        ('{"a": [1, 2', "breaks off", ""),
        ('{"a": "the end of this is mi', "breaks off", ""),
        ('{"a": "x"', "breaks off", ""),
        ('{"a": "x\\', "breaks off", ""),
        ('```json\n{"a": "x", "b', "breaks off", ""),
        ('Here: {"a": {"b": 1}', "breaks off", ""),
    ],
)
def test_what_cannot_be_used_is_a_fault_that_says_where(answer: str, why: str, pointer: str | None) -> None:
    with pytest.raises(Fault, match=why) as caught:
        loads(answer)
    assert pointer is None or caught.value.pointer == pointer


def test_all_values_of_an_answer_are_found_the_longest_first() -> None:
    assert values('Not {"a": 1} but {"a": 22}, or [3].') == [{"a": 22}, {"a": 1}, [3]]


def test_a_number_remembers_how_it_was_written() -> None:
    (found,) = values('{"a": 1.10, "b": 2}')
    assert (found["a"], found["a"].text, found["b"]) == (1.1, "1.10", 2)


@pytest.mark.parametrize(
    "answer",
    [
        *("[1," * 60_000, '{"a": "' + 'x" y ' * 30_000 + '"}', "{" + "'a':1," * 30_000 + "}", '{"a":1}' * 25_000),
        *("```json\n" * 20_000, '"' * 150_000, "{'a': '" + "\\" * 100_000, "[{" * 90_000, "{/*" * 60_000),
        *("[" + "{'a':1}," * 20_000 + "]", "```\n" + " " * 150_000 + "x", "{#" * 60_000),
        *("{" * 90_000 + "}" * 90_000, "[" * 190 + "{'a':" + "[1 2]," * 20_000 + "}" + "]" * 190),
    ],
)
def test_a_long_broken_answer_is_read_or_refused(answer: str) -> None:
    assert len(answer) <= MAX_ANSWER_CHARS
    try:
        found: Any = loads(answer)
    except Fault:
        return
    assert isinstance(found, dict | list)


def test_a_fault_is_bounded_and_keeps_both_ends_of_its_message() -> None:
    fault = Fault("start " + "x" * 10_000 + " end", pointer="/a" + "/b" * 10_000)
    assert (len(fault.message) <= 300, fault.message[:5], fault.message[-3:]) == (True, "start", "end")
    assert len(fault.pointer) <= 500
    assert fault.pointer.endswith("/b")


def test_a_pointer_is_cut_between_its_parts() -> None:
    assert Fault("x", pointer="/list/" + "n~1" * 300).pointer == "/list"
