"""A text that is longer than the model reads at once is extracted from part by part."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from app.llm.base import ModelError
from app.processors.base import ProcessorError
from app.processors.data_extraction import JOB_TYPE, DataExtractionInput, DataExtractionResult, run
from tests.unit.processors.played import Asked, PlayedContext, Remembering

LARGE = 16_000
SCHEMA = {"number": "string", "due": "date", "total": "number", "names": "list"}
FILLING = "The mill by the river turns day and night, and nobody has seen its owner for many years. "
_SAID = {
    "number": re.compile(r"Invoice ([\w-]+)"),
    "due": re.compile(r"due on (\d+ \w+ \d{4})"),
    "total": re.compile(r"total ([\d,.]+\d)"),
}


class Reader(Remembering):
    """A model that copies what stands in the text it is shown."""

    def __init__(self, answer: Callable[[str, Asked], Any] | None = None, **fields: Any) -> None:
        super().__init__(answer or (lambda text, _: copied(text)), **({"context_tokens": LARGE} | fields))


def copied(text: str) -> dict[str, Any]:
    found = {name: match[1] if (match := pattern.search(text)) else None for name, pattern in _SAID.items()}
    return {**found, "names": re.findall(r"signed by (\w+)", text) or None}


def nothing(asked: Asked) -> dict[str, None]:
    return dict.fromkeys((asked.schema or {})["properties"])


def document(*inserted: str, length: int = 200_000) -> str:
    """Return a text in which these sentences stand far apart."""
    between = FILLING * (length // len(FILLING) // (len(inserted) + 1))
    return between + "".join(f"{one} {between}" for one in inserted)


INSERTED = (
    "Invoice BS-2026-0417.",
    "It is due on 11 April 2026, signed by Ana.",
    "The total 5,132.40 GBP, signed by Bo.",
)
TEXT = document(*INSERTED)


async def extract(context: PlayedContext, text: str = TEXT, schema: Any = None) -> DataExtractionResult:
    return await run(DataExtractionInput.model_validate({"text": text, "schema": schema or SCHEMA}), context)


async def test_fields_from_all_over_a_long_text_are_made_one_object() -> None:
    context = Reader()
    found = await extract(context)
    assert found.data == {"number": "BS-2026-0417", "due": "2026-04-11", "total": 5132.4, "names": ["Ana", "Bo"]}
    assert len(context.asked) > 3
    assert all(asked.keep for asked in context.asked)
    quotes = {pointer: place.quote if place else None for pointer, place in found.places.items()}
    assert quotes == {
        "/number": "BS-2026-0417",
        "/due": "11 April 2026",
        "/total": "5,132.40",
        "/names/0": "Ana",
        "/names/1": "Bo",
    }
    assert (found.conflicts, found.source) == ((), None)
    assert context.reported == [(done + 1, len(context.reported)) for done in range(len(context.reported))]


@pytest.mark.parametrize("tokens", [8192, 8300, 16_000, 128_000, None])
async def test_each_part_fits_beside_its_answer(tokens: int | None) -> None:
    context = Reader(lambda text, asked: nothing(asked), context_tokens=tokens)
    await extract(context)
    assert len(context.asked) > 1
    for asked in context.asked:
        needed = sum(len(one.content.encode()) / 3 for one in asked.messages) + (asked.max_output_tokens or 0)
        assert tokens is None or needed <= tokens


async def test_every_part_is_asked_for_fields_that_it_may_leave_open() -> None:
    context = Reader(lambda said, _: {"number": copied(said)["number"]})
    schema = {"type": "object", "required": ["number"], "properties": {"number": {"type": "string"}}}
    assert (await extract(context, schema=schema)).data == {"number": "BS-2026-0417"}
    field = (context.asked[0].schema or {})["properties"]["number"]
    assert "null" in json.dumps(field)


async def test_contradictions_are_told_with_their_places_and_the_model_says_which_is_meant() -> None:
    text = document("The total 100.00 GBP.", "The total 250.00 GBP.", "The total 100.00 GBP.")

    def answer(said: str, _: Asked) -> Any:
        both = "100.00" in said and "250.00" in said
        return {"total": 250.0} if both else {"total": copied(said)["total"]}

    context = Reader(answer)
    found = await extract(context, text, {"total": "number"})
    assert found.data == {"total": 250}
    (conflict,) = found.conflicts
    assert conflict.pointer == "/total"
    assert [(one.value, one.place.quote if one.place else None) for one in conflict.alternatives] == [
        (250, "250.00"),
        (100, "100.00"),
    ]
    place = found.places["/total"]
    assert place is not None
    assert place.quote == "250.00"
    assert "[…]" in context.asked[-1].messages[-1].content


async def test_a_contradiction_of_what_need_not_be_there_asks_no_more() -> None:
    text = document("The total 100.00 GBP.", "The total 250.00 GBP.", "The total 100.00 GBP.")
    schema = {"type": "object", "properties": {"total": {"type": "number"}}}
    context = Reader(lambda said, _: {"total": copied(said)["total"]})
    found = await extract(context, text, schema)
    assert (found.data, [one.value for one in found.conflicts[0].alternatives]) == ({"total": 100}, [100, 250])
    assert not any("[…]" in asked.messages[-1].content for asked in context.asked)


async def test_what_must_be_there_and_is_nowhere_fails_with_what_there_is() -> None:
    schema = {
        "type": "object",
        "required": ["number", "vat"],
        "properties": {"number": {"type": "string"}, "vat": {"type": "string"}},
    }
    context = Reader(lambda said, _: {"number": copied(said)["number"]})
    with pytest.raises(ProcessorError, match="vat") as caught:
        await extract(context, schema=schema)
    assert caught.value.code == "invalid_output"
    assert isinstance(caught.value.partial, DataExtractionResult)
    assert caught.value.partial.data == {"number": "BS-2026-0417"}


async def test_an_array_of_a_long_text_is_one_list_with_a_place_for_each_item() -> None:
    schema = {
        "type": "array",
        "minItems": 2,
        "items": {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]},
    }
    context = Reader(lambda said, _: {"items": [{"who": one} for one in copied(said)["names"] or ()]})
    found = await extract(context, schema=schema)
    assert found.data == [{"who": "Ana"}, {"who": "Bo"}]
    assert [(pointer, place and place.quote) for pointer, place in found.places.items()] == [
        ("/0", "Ana"),
        ("/1", "Bo"),
    ]


@pytest.mark.parametrize("tokens", [8192, LARGE])
async def test_a_later_attempt_asks_only_for_the_parts_that_are_missing(tokens: int) -> None:
    context = Reader(lambda said, asked: nothing(asked), context_tokens=tokens)
    await extract(context)
    whole = len(context.asked)
    context.answered.clear()
    context.asked.clear()
    context.fails_after = whole // 2
    with pytest.raises(ModelError):
        await extract(context)
    assert len(context.asked) == whole // 2
    context.fails_after = 10_000
    await extract(context)
    assert len(context.asked) == whole


async def test_a_text_of_one_part_has_places_as_well() -> None:
    context = PlayedContext([json.dumps(copied(" ".join(INSERTED)))])
    found = await extract(context, " ".join(INSERTED))
    assert len(context.asked) == 1
    assert {pointer: place and place.quote for pointer, place in found.places.items()}["/total"] == "5,132.40"


def test_a_million_characters_are_taken_at_submit() -> None:
    assert JOB_TYPE.check is not None
    given = DataExtractionInput.model_validate({"text": "語" * 1_000_000, "schema": SCHEMA})
    assert JOB_TYPE.check(given, 8192) is None
    assert "no room" in (JOB_TYPE.check(given, 400) or "")
    assert "parts" in (JOB_TYPE.check(given, 800) or "")
