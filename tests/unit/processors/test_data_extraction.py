import json
from typing import Any

import pytest
from pydantic import ValidationError

from app.processors.base import ProcessorError
from app.processors.data_extraction import JOB_TYPE, DataExtractionInput, run
from tests.unit.processors.played import PlayedContext

TEXT = 'Invoice BS-2026-0417 of Ana Lima, due on 11 April 2026, total 5,132.40 GBP, 3 chairs. """ $fields'
FIELDS = {"number": "string", "due": "date", "total": "number"}
GOOD = {"number": "BS-2026-0417", "due": "2026-04-11", "total": 5132.4}
SMALL = 8192


def _given(schema: dict[str, Any] | None = None) -> DataExtractionInput:
    return DataExtractionInput.model_validate({"text": TEXT, "schema": schema or FIELDS})


async def test_a_good_answer_is_asked_for_once() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    assert ((await run(_given(), context)).data, len(context.asked)) == (GOOD, 1)


@pytest.mark.parametrize(
    "answer",
    [
        f"```json\n{json.dumps(GOOD)}\n```",
        f"```\n{json.dumps(GOOD)}```",
        json.dumps(GOOD)[:-1] + ",}",
        str(GOOD),
        json.dumps({**GOOD, "due": "11 April 2026"}),
    ],
)
async def test_an_answer_in_a_wrapping_or_slightly_broken_will_do(answer: str) -> None:
    assert (await run(_given(), PlayedContext([answer]))).data == GOOD


@pytest.mark.parametrize(
    "said",
    ["11 April 2026", "Saturday, 11th April 2026", "April 11, 2026", "Apr 11 2026", "11.04.2026", "2026/04/11"],
)
async def test_a_date_is_made_iso(said: str) -> None:
    found = await run(_given({"due": "date"}), PlayedContext([json.dumps({"due": said})]))
    assert found.data == {"due": "2026-04-11"}


async def test_dates_inside_lists_and_objects_are_made_iso() -> None:
    day = {"type": "string", "format": "date"}
    schema = {"properties": {"a": {"type": "array", "items": day}, "b": {"type": "object", "properties": {"c": day}}}}
    found = await run(_given(schema), PlayedContext(['{"a": ["11 April 2026"], "b": {"c": "11.04.2026", "x": 1}}']))
    assert found.data == {"a": ["2026-04-11"], "b": {"c": "2026-04-11", "x": 1}}


async def test_the_text_is_asked_about_as_data() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    await run(_given(), context)
    assert '"""' + TEXT.replace('"""', "'''") + '"""' in context.asked[0].messages[-1].content


async def test_only_the_last_message_holds_the_text() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    await run(_given(), context)
    assert all("BS-2026-0417" not in message.content for message in context.asked[0].messages[:-1])


async def test_the_fields_are_named_in_words() -> None:
    context = PlayedContext(["{}"])
    schema = {
        "properties": {
            "a": {"type": "string", "description": "the name"},
            "b": {"type": ["integer", "number", "null"]},
            "c": {"type": "string", "enum": ["x", "y"]},
            "d": {"type": "array", "items": {"type": "string"}},
            "e": True,
            "f": {"type": "string", "format": "date"},
        }
    }
    await run(_given(schema), context)
    lines = [
        "- a: string (the name)",
        "- b: integer or number",
        '- c: string out of "x", "y"',
        '- d: JSON of this schema: {"type": "array", "items": {"type": "string"}}',
        "- e: any value",
        "- f: date",
    ]
    assert "\n".join(lines) in context.asked[0].messages[-1].content


async def test_the_provider_is_sent_the_schema() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    await run(_given(), context)
    assert (context.asked[0].schema or {})["required"] == ["number", "due", "total"]


async def test_the_example_of_the_prompt_has_the_fields_of_its_schema() -> None:
    context = PlayedContext([json.dumps(GOOD)])
    await run(_given(), context)
    question, answer = context.asked[0].messages[1:3]
    assert all(f"- {name}: " in question.content for name in json.loads(answer.content))


@pytest.mark.parametrize("bad", ["no idea", "[1]", "3", "null", '{"number": 3}', json.dumps({"extra": 1})])
async def test_a_bad_answer_is_repaired_with_one_more_question(bad: str) -> None:
    context = PlayedContext([bad, json.dumps(GOOD)])
    assert ((await run(_given(), context)).data, len(context.asked)) == (GOOD, 2)


async def test_the_repair_names_the_fault_and_shows_the_answer() -> None:
    context = PlayedContext(['{"total": "x", "due": null, "number": null}', json.dumps(GOOD)])
    await run(_given(), context)
    shown, repair = context.asked[1].messages[-2:]
    assert (shown.role, shown.content[:13], "at /total: 'x' is not of type" in repair.content) == (
        "assistant",
        '{"total": "x"',
        True,
    )


async def test_a_repair_is_held_to_the_same_schema() -> None:
    context = PlayedContext(["no idea", json.dumps(GOOD)])
    await run(_given(), context)
    assert context.asked[1].schema == context.asked[0].schema


async def test_an_empty_answer_is_shown_as_a_dash() -> None:
    context = PlayedContext(["", json.dumps(GOOD)])
    await run(_given(), context)
    assert context.asked[1].messages[-2].content == "-"


async def test_a_second_bad_answer_is_invalid_output() -> None:
    context = PlayedContext(["no idea", "none"])
    with pytest.raises(ProcessorError) as caught:
        await run(_given(), context)
    assert (caught.value.code, len(context.asked)) == ("invalid_output", 2)


async def test_a_small_model_is_held_to_the_numbers_of_the_text() -> None:
    context = PlayedContext(['{"chairs": 3}'], context_tokens=SMALL)
    await run(_given({"chairs": "integer"}), context)
    choices = (context.asked[0].schema or {})["properties"]["chairs"]["enum"]
    assert 3 in choices
    assert choices[-1] is None
    assert 99 not in choices


async def test_a_small_model_is_held_to_the_words_of_the_text() -> None:
    context = PlayedContext(['{"who": "Ana Lima"}'], context_tokens=SMALL)
    await run(_given({"who": "string"}), context)
    choices = (context.asked[0].schema or {})["properties"]["who"]["enum"]
    assert {"Ana Lima", "BS-2026-0417", None} <= set(choices)


async def test_a_small_model_is_held_to_the_dates_of_the_text() -> None:
    context = PlayedContext(['{"due": "11 April 2026"}'], context_tokens=SMALL)
    found = await run(_given({"due": "date"}), context)
    assert (context.asked[0].schema or {})["properties"]["due"]["enum"] == ["11 April 2026", None]
    assert found.data == {"due": "2026-04-11"}


async def test_a_small_model_is_not_held_in_fields_that_are_no_single_value() -> None:
    context = PlayedContext(['{"a": ["x"], "b": true, "c": "x"}'], context_tokens=SMALL)
    await run(_given({"a": "list", "b": "boolean", "c": {"anyOf": [{"type": "string"}]}}), context)
    fields = (context.asked[0].schema or {})["properties"]
    assert all("enum" not in field for field in fields.values())


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"a": "text"},
        {"a": {"$ref": "https://example.org/x.json"}},
        {"properties": {"a": {"$ref": "http://127.0.0.1/x"}}},
        {"properties": {"a": {"pattern": "(a+)\\1"}}},
        [],
        "string",
        None,
    ],
)
def test_a_schema_that_will_not_do_is_refused_at_submit(schema: object) -> None:
    with pytest.raises(ValidationError):
        DataExtractionInput.model_validate({"text": "x", "schema": schema})


def test_a_text_longer_than_the_context_is_refused_at_submit() -> None:
    assert JOB_TYPE.check is not None
    assert JOB_TYPE.check(_given(), 1)


async def test_a_number_too_large_for_json_is_repaired() -> None:
    context = PlayedContext(['{"total": 1e400}', '{"total": 1}'])
    assert (await run(_given({"total": "number"}), context)).data == {"total": 1}
