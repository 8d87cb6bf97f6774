"""Answers in the wrappings that models put around them, through the job type."""

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processors.base import ProcessorError
from app.processors.data_extraction import DataExtractionInput, run
from app.processors.evidence import Evidence
from app.processors.json_answer import Fault
from app.processors.json_schema import normalize
from app.processors.wrappings import value_of
from tests.unit.processors.played import PlayedContext

TEXT = "Rechnung Nr. 4711 vom 3. Mai 2026, Betrag 1.249,00 EUR für 3 Stühle, bezahlt."
FIELDS = {"invoice_number": "string", "date": "date", "total": "number", "count": "integer", "is_paid": "boolean"}
GOOD = {"invoice_number": "4711", "date": "2026-05-03", "total": 1249.0, "count": 3, "is_paid": True}
PLAIN = json.dumps(GOOD)
ROW = {"type": "object", "properties": {"sku": {"type": "string"}, "n": {"type": "integer"}}, "required": ["sku", "n"]}
ROWS = {"type": "array", "items": {**ROW, "additionalProperties": False}}
OPTIONAL = {"type": "object", "properties": {"total": {"type": "number"}, "note": {"type": "string"}}}


async def extracted(answer: str, schema: dict[str, Any], text: str = TEXT) -> Any:
    """Return what is made of an answer, "asked again" where the model is asked once more."""
    context = PlayedContext([answer])
    try:
        found = await run(DataExtractionInput.model_validate({"text": text, "schema": schema}), context)
    except ProcessorError as error:
        return "asked again" if (error.code, len(context.asked)) == ("invalid_output", 2) else error
    return found.data if len(context.asked) == 1 else context.asked


@pytest.mark.parametrize(
    "answer",
    [
        f"[{PLAIN}]",
        f"[[{PLAIN}]]",
        json.dumps({"result": GOOD}),
        json.dumps({"data": {"response": GOOD}}),
        json.dumps({"status": "ok", "output": GOOD, "confidence": 0.9}),
        json.dumps({"reasoning": "It says {so}.", "answer": GOOD}),
        json.dumps({"type": "object", "properties": GOOD}),
        json.dumps([{"extracted": [GOOD]}]),
        json.dumps(PLAIN),
        json.dumps(json.dumps(PLAIN)),
        json.dumps({"result": PLAIN}),
        json.dumps({**GOOD, "currency": "EUR"}),
        json.dumps({**GOOD, "confidence": 0.9, "notes": ["a", "b"]}),
        json.dumps({"Invoice Number": "4711", "Date": "2026-05-03", "TOTAL": 1249, "count": 3, "isPaid": True}),
        json.dumps({"invoiceNumber": "4711", "date": "2026-05-03", "total": 1249, "count": 3, "is-paid": True}),
        f'<tool_call>{{"name": "extract", "arguments": {PLAIN}}}</tool_call>',
        f"<answer>\n{PLAIN}\n</answer>",
        f"<output>{PLAIN}</output> Is there anything else?",
        f"I looked at [the text] for this:\n```json\n{PLAIN}\n```\nBye.",
        f"~~~json\n{PLAIN}\n~~~",
        f"Like {{}} or so: {PLAIN}",
        "{invoice_number: '4711', date: '2026-05-03', total: 1249.0, count: 3, is_paid: true,}",
        "{'invoice_number': '4711', 'date': '2026-05-03', 'total': 1249.0, 'count': 3, 'is_paid': True}",
        '{"invoice_number": 4711, "date": "3. Mai 2026", "total": "1.249,00 EUR", "count": "3", "is_paid": "yes"}',
        '{"invoice_number": 4711, "date": 03.05.2026, "total": 1.249,00, "count": 3 Stück, "is_paid": 1}',
        '{invoice_number: 4711, date: 2026-05-03, total: 1.249,00, count: +3, is_paid: "ja"}',
        json.dumps(
            {**GOOD, "invoice_number": ["4711"], "date": "2026-05-03T00:00:00Z", "count": 3.0, "is_paid": "True"}
        ),
        json.dumps({**GOOD, "total": {"value": 1249, "currency": "EUR"}}),
    ],
)
async def test_a_value_is_taken_out_of_its_wrapping(answer: str) -> None:
    assert await extracted(answer, FIELDS) == GOOD


@pytest.mark.parametrize(
    "answer",
    [
        f"{PLAIN} or {json.dumps({**GOOD, 'total': 5})}",
        json.dumps([GOOD, {**GOOD, "count": 4}]),
        json.dumps({"first": GOOD, "second": {**GOOD, "count": 4}}),
        json.dumps({"a": {"b": {"c": {"d": {"e": GOOD}}}}}),
        json.dumps({**GOOD, "date": "03/05/2026"}).replace("2026-05-03", "x"),
        json.dumps({**GOOD, "count": 3.5}),
        json.dumps({**GOOD, "count": "3 or 4"}),
        json.dumps({**GOOD, "is_paid": "maybe"}),
        '{"invoice_number": "4711", "invoice-number": "4712"}',
    ],
)
async def test_what_may_mean_several_things_is_asked_again(answer: str) -> None:
    assert await extracted(answer, FIELDS, "An invoice.") == "asked again"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        *(
            ('[{"sku": "a", "n": "2"}]', [{"sku": "a", "n": 2}]),
            ('{"items": [{"sku": "a", "n": 2}]}', [{"sku": "a", "n": 2}]),
        ),
        *(('{"rows": [{"sku": "a", "n": 2}], "count": 1}', [{"sku": "a", "n": 2}]), ("[]", []), ('{"items": []}', [])),
        ('{"result": {"items": [{"sku": "a", "n": 2}]}}', [{"sku": "a", "n": 2}]),
        ('{"sku": "a", "n": 2}', [{"sku": "a", "n": 2}]),
        ('{"sku": "a", "n": 2}\n{"sku": "b", "n": 3}', [{"sku": "a", "n": 2}, {"sku": "b", "n": 3}]),
        ('```json\n[{"SKU": 7, "n": 2}]\n```', [{"sku": "7", "n": 2}]),
        ('[{"sku": "a"}]', "asked again"),
        ("none", "asked again"),
    ],
)
async def test_an_array_schema_has_an_array_as_its_result(answer: str, found: object) -> None:
    assert await extracted(answer, ROWS) == found


async def test_a_provider_is_asked_for_an_object_around_an_array() -> None:
    context = PlayedContext(['{"items": [{"sku": "a", "n": 2}]}'])
    await run(DataExtractionInput.model_validate({"text": TEXT, "schema": ROWS}), context)
    sent = context.asked[0].schema or {}
    assert (sent["type"], sent["required"], sent["properties"]["items"]["type"]) == ("object", ["items"], "array")
    assert '- items: JSON of this schema: {"type": "array"' in context.asked[0].messages[-1].content


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ('{"result": {"total": 5}}', {"total": 5}),
        ('{"total": 5, "more": 1}', {"total": 5, "more": 1}),
        ('{"more": 1}', {"more": 1}),
        ("{}", {}),
        ('{"Total": 5}', {"total": 5}),
        ('{"note": 1.10}', {"note": "1.10"}),
        ('{"note": true}', {"note": "true"}),
    ],
)
async def test_where_all_is_optional_a_wrapping_is_still_one(answer: str, found: object) -> None:
    assert await extracted(answer, OPTIONAL) == found


@pytest.mark.parametrize("answer", ['{"sum": 5}', '{"result": {"sum": 5}}'])
async def test_a_closed_object_does_not_become_empty(answer: str) -> None:
    assert await extracted(answer, {**OPTIONAL, "additionalProperties": False}) == "asked again"


@pytest.mark.parametrize(
    ("field", "said", "found"),
    [
        ({"type": ["number", "null"]}, "N/A", None),
        ({"type": ["string", "null"], "format": "date"}, "unknown", None),
        ({"type": ["string", "null"]}, "unknown", "unknown"),
        ({"type": "string", "enum": ["Net 30", "Prepaid"]}, "NET-30", "Net 30"),
        ({"type": "string", "enum": ["a b", "A-B"]}, "AB", "asked again"),
        ({"enum": [1, 2, 3]}, "2", 2),
        ({"const": "open"}, "Open", "open"),
        ({"type": "array", "items": {"type": "string"}}, "one", ["one"]),
        ({"type": "array", "items": {"type": "string"}}, "one, two", "asked again"),
        ({"type": "array", "items": {"type": "integer"}}, '["1", 2]', [1, 2]),
        ({"type": "array", "items": {"type": "number"}}, ["1.249,00", "(3,50)"], [1249.0, -3.5]),
        ({"type": "array", "items": ROW}, {"sku": "a", "n": 1}, [{"sku": "a", "n": 1}]),
        ({"anyOf": [{"type": "number"}, {"type": "null"}]}, "5.132,40", 5132.4),
        ({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}, "3 mai 2026", "2026-05-03"),
        ({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}, "1", 1),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, "4", 4),
        ({"type": ["number", "string"]}, "5,1", "5,1"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, {"a": "5,10"}, {"a": 5.1}),
        ({"type": "object", "patternProperties": {"^a": {}}, "additionalProperties": False}, {"ab": 1}, {"ab": 1}),
        ({"prefixItems": [{"type": "integer"}], "items": {"type": "string"}}, ["1", 2], [1, "2"]),
        ({"type": "integer"}, 1e300, 1e300),
        ({"type": "boolean"}, "no", False),
        ({"type": "boolean"}, 2, "asked again"),
        ({"type": "integer"}, True, "asked again"),
    ],
)
async def test_a_value_becomes_what_its_schema_says(field: dict[str, Any], said: object, found: object) -> None:
    answer = json.dumps({"a": said})
    got = await extracted(answer, {"type": "object", "properties": {"a": field}})
    assert got == (found if found == "asked again" else {"a": found})
    if isinstance(got, dict):
        assert type(got["a"]) is type(found)


@pytest.mark.parametrize("answer", ['{"a": [1.249,00, 5,00]}', '{"a": [1.249,00]}'])
async def test_commas_within_the_numbers_of_a_list_are_never_taken_for_those_between(answer: str) -> None:
    assert await extracted(answer, {"a": {"type": "array", "items": {"type": "number"}}}) == "asked again"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)
WRAPS = st.lists(st.sampled_from(["list", "result", "string", "text", "fence", "more"]), max_size=3)
CLOSED = normalize(
    {
        "type": "object",
        "properties": {"id": {"type": "string"}, "inner": {"type": "object"}, "list": {"type": "array"}},
        "required": ["id", "inner", "list"],
        "additionalProperties": False,
    }
)


def wrapped(value: Any, how: str) -> Any:
    match how:
        case "list":
            return [value]
        case "result":
            return {"result": value}
        case "string":
            return json.dumps(value)
        case "more":
            return {"status": "ok", "data": value}
    return value


@given(
    inner=st.dictionaries(st.text(max_size=6), JSON, max_size=4),
    items=st.lists(JSON, max_size=4),
    name=st.text(max_size=8),
    wraps=WRAPS,
)
def test_a_wrapped_value_unwraps_to_itself(
    inner: dict[str, Any], items: list[Any], name: str, wraps: list[str]
) -> None:
    value = {"id": name.replace("\x00", ""), "inner": inner, "list": items}
    try:
        cleaned = value_of(json.dumps(value), CLOSED, Evidence(""))[0]
    except Fault:
        return
    whole: Any = value
    for how in wraps:
        whole = wrapped(whole, how)
    answer = json.dumps(whole)
    if "fence" in wraps:
        answer = f"```json\n{answer}\n```"
    assert value_of(answer, CLOSED, Evidence("")) == (cleaned, [])


@given(value=st.dictionaries(st.text(max_size=6), JSON, max_size=4))
def test_what_fits_an_open_schema_stays_itself(value: dict[str, Any]) -> None:
    schema = normalize({"type": "object", "additionalProperties": True})
    assert value_of(json.dumps(value), schema, Evidence(""))[1] == []


def filled(unit: str, *, before: str = "", after: str = "", between: str = "", size: int = 16_000) -> str:
    return before + between.join([unit] * (size // (len(unit) + len(between)))) + after


@pytest.mark.parametrize(
    "answer",
    [
        filled("[]", before='{"a": [', after="]}", between=","),
        filled("1.5", before='{"a": [', after="]}", between=","),
        filled("[" * 60 + "]" * 60, before="[", after="]", between=",", size=6_000),
        filled("'x'", before='{"a": [', after="]}", between=","),
        filled('"a": 5,1,', before="{", after="}"),
        filled('{"a": "1", "b": 2.50}', between="\n"),
        '{"' + "k" * 12_000 + '": [' + "0," * 2_000 + "0]}",
        "{" + ",".join(f'"k{number}": {number}' for number in range(1_500)) + "}",
        "<text>{" * 2_000,
        "'a: 5, " * 2_000,
    ],
)
def test_a_large_answer_costs_memory_of_its_size(answer: str) -> None:
    choice = {
        "anyOf": [{"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, {"type": "null"}]
    }
    schema = normalize({"type": "object", "properties": {"a": choice}, "required": ["a"]})
    tracemalloc.start()
    try:
        value_of(answer, schema, Evidence(TEXT))
    except Fault:
        pass
    finally:
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak_bytes < 150 * len(answer) + 500_000  # less than 20 MB for 120 kB
