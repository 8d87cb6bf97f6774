"""What small models are told to compare."""

import json
from typing import Any

import pytest

from app.processors.classify import JOB_TYPE, ClassifyInput, run
from app.processors.data_extraction import DataExtractionInput
from app.processors.data_extraction import run as extract
from app.processors.prompts import Prompt
from app.processors.small_classify import phrases
from app.processors.small_extract import with_money
from tests.unit.processors.played import PlayedContext

PROMPT = Prompt("test", 1, "## meanings\nbug, defect: It crashes. | An error.\ntechnical problem: It fails.\n")
BUG = ("It crashes.", "An error.")


@pytest.mark.parametrize(
    ("category", "meant"),
    [
        ("bug", BUG),
        ("Bugs", BUG),
        ("bug report", BUG),
        ("Hardware-Defect!", BUG),
        ("technical problem", ("It fails.",)),
        ("Technical-Problems", ("It fails.",)),
        ("not a bug", ()),
        ("problem", ()),
        ("+", ()),
    ],
)
def test_a_common_category_brings_what_it_means(category: str, meant: tuple[str, ...]) -> None:
    assert phrases(category, PROMPT) == (category, *meant)


def test_every_built_in_meaning_is_found_by_its_name() -> None:
    assert JOB_TYPE.prompt is not None
    lines = JOB_TYPE.prompt.section("meanings").splitlines()
    names = [name.strip() for line in lines for name in line.split(":", 1)[0].split(",")]
    assert len(names) == len(set(names)), "each once"
    assert all(len(phrases(name, JOB_TYPE.prompt)) > 1 for name in names)


async def test_a_small_model_can_compare_the_text_with_the_categories() -> None:
    context = PlayedContext(['{"category": " praise"}'], context_tokens=8192)
    await run(ClassifyInput(text="Well done.", categories=["praise", "Zoë"]), context)
    compared = context.asked[0].messages[-1].comparison
    assert compared is not None
    assert compared.text == "Well done."
    assert compared.fields["category"][" Zoë"] == ("Zoë",)
    assert compared.fields["category"][" praise"][0] == "praise"
    schema: Any = context.asked[0].schema
    assert schema["properties"]["category"]["enum"] == list(compared.fields["category"])


@pytest.mark.parametrize(
    ("categories", "context_tokens"), [(None, 8192), (["praise", "bug"], 128_000), (["praise", "bug"], None)]
)
async def test_nothing_is_compared_without_categories_or_by_other_models(
    categories: list[str] | None, context_tokens: int | None
) -> None:
    context = PlayedContext(['{"category": "praise"}'], context_tokens=context_tokens)
    await run(ClassifyInput(text="Well done.", categories=categories), context)
    assert all(message.comparison is None for message in context.asked[0].messages)


@pytest.mark.parametrize(
    ("values", "compared"),
    [
        (["invoice", "order"], True),
        (["EUR", "USD"], False),
        (["yes", "no"], False),
        (["invoice"], False),
        (["invoice", 5], False),
        ([1, 2], False),
    ],
)
async def test_choices_between_words_are_compared_in_an_extraction(values: list[Any], *, compared: bool) -> None:
    context = PlayedContext([json.dumps({"kind": values[0]})], context_tokens=8192)
    schema = {"type": "object", "properties": {"kind": {"enum": values}}}
    await extract(DataExtractionInput.model_validate({"text": "An invoice.", "schema": schema}), context)
    found = context.asked[0].messages[-1].comparison
    assert (found is not None) == compared
    if found is not None:
        assert list(found.fields["kind"]) == values


@pytest.mark.parametrize(
    ("name", "text", "offered", "kept"),
    [
        ("amount", "For 12 bags: 5,540.18 EUR.", [12, 5540.18], [5540.18]),
        ("totalPrice", "3 chairs, GBP 50, or $60.", [3, 50, 60, None], [50, 60, None]),
        ("total_in_eur", "3 chairs for 50.", [3, 50], [3, 50]),
        ("quantity", "For 12 bags: 5,540.18 EUR.", [12, 5540.18], [12, 5540.18]),
        ("summary", "For 12 bags: 5,540.18 EUR.", [12, 5540.18], [12, 5540.18]),
        ("total", "3 chairs, EUR 50", ["3", "chairs"], ["3", "chairs"]),
        ("amount", "3 chairs, EUR 50", [3, None], [3, None]),
    ],
)
def test_a_field_for_money_offers_amounts_alone(name: str, text: str, offered: list[Any], kept: list[Any]) -> None:
    assert with_money(text, {"properties": {name: {"enum": offered}}}) == {"properties": {name: {"enum": kept}}}


def test_fields_that_are_no_choice_stay() -> None:
    schema = {"properties": {"total": True, "price": {"type": "number"}, "sum": {"properties": {}}}}
    assert with_money("EUR 5", schema) == schema
