from typing import Any

import pytest
from pydantic import ValidationError

from app.processors import classify, data_extraction, echo, file, pdf_extract, summarize, translate
from app.processors.base import JobType, is_small
from app.processors.classify import ClassifyInput
from app.processors.echo import EchoInput
from app.processors.fields import MAX_TEXT_CHARS
from app.processors.prompts import Prompt, as_data, quoted
from app.processors.summarize import SummarizeInput
from tests.unit.processors.played import PlayedContext

TYPES: list[JobType[Any, Any]] = [
    module.JOB_TYPE for module in (classify, data_extraction, echo, file, pdf_extract, summarize, translate)
]
of_every_type = pytest.mark.parametrize("job_type", TYPES, ids=lambda job_type: job_type.name)


@of_every_type
def test_the_example_is_a_valid_input(job_type: JobType[Any, Any]) -> None:
    assert job_type.input_model.model_validate(dict(job_type.example))


@of_every_type
def test_the_example_passes_the_check(job_type: JobType[Any, Any]) -> None:
    given = job_type.input_model.model_validate(dict(job_type.example))
    assert job_type.check is None or job_type.check(given, 8192) is None


@of_every_type
def test_every_input_field_has_a_title_and_a_description(job_type: JobType[Any, Any]) -> None:
    fields = job_type.input_model.model_json_schema(by_alias=True)["properties"]
    assert all(field.get("title") and field.get("description") for field in fields.values())


@of_every_type
def test_an_unknown_input_field_is_refused(job_type: JobType[Any, Any]) -> None:
    with pytest.raises(ValidationError, match="extra"):
        job_type.input_model.model_validate({**job_type.example, "surprise": 1})


@of_every_type
def test_a_type_says_what_it_is(job_type: JobType[Any, Any]) -> None:
    assert job_type.title
    assert job_type.description.endswith(".")


def test_only_echo_asks_no_model() -> None:
    assert [job_type.name for job_type in TYPES if job_type.prompt is None] == ["echo"]


@pytest.mark.parametrize(
    ("model", "fields"), [(ClassifyInput, {"categories": None}), (SummarizeInput, {"max_words": None})]
)
def test_a_field_that_may_be_left_out_may_be_null(model: type[ClassifyInput], fields: dict[str, None]) -> None:
    assert model.model_validate({"text": "x", **fields}) == model(text="x")


@pytest.mark.parametrize("text", ["", " \n\t", "x" * (MAX_TEXT_CHARS + 1), 3, None])
def test_a_text_without_words_or_without_end_is_refused(text: object) -> None:
    with pytest.raises(ValidationError):
        SummarizeInput.model_validate({"text": text})


@pytest.mark.parametrize("words", [9, 1001, 50.0, "50", True])
def test_a_number_of_words_out_of_bounds_is_refused(words: object) -> None:
    with pytest.raises(ValidationError):
        SummarizeInput.model_validate({"text": "x", "max_words": words})


@pytest.mark.parametrize(("tokens", "small"), [(None, False), (2048, True), (8192, True), (8193, False)])
def test_a_model_is_small_by_its_context(tokens: int | None, small: bool) -> None:
    assert is_small(tokens) is small


@pytest.mark.parametrize("seconds", [-1, 3601, float("inf"), float("nan")])
def test_echo_refuses_a_wait_out_of_bounds(seconds: float) -> None:
    with pytest.raises(ValidationError):
        EchoInput(message="x", sleep_s=seconds)


async def test_echo_returns_its_message() -> None:
    assert (await echo.run(EchoInput(message="Hello"), PlayedContext())).message == "Hello"


def test_a_prompt_s_version_follows_its_text() -> None:
    assert Prompt("a", 1, "## x\none\n").version != Prompt("a", 1, "## x\ntwo\n").version


def test_a_prompt_s_version_names_it_and_its_number() -> None:
    assert Prompt("a", 2, "## x\none\n").version.startswith("a@2:")


def test_a_placeholder_is_filled_once() -> None:
    assert Prompt("a", 1, "## x\nSay $one.\n").section("x", one="$two") == "Say $two."


@pytest.mark.parametrize(("section", "values"), [("y", {"one": 1}), ("x", {})])
def test_a_section_or_value_that_is_missing_is_an_error(section: str, values: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        Prompt("a", 1, "## x\nSay $one.\n").section(section, **values)


@pytest.mark.parametrize("closing", ["</text>", "</TEXT>", "< / text >", "<text>"])
def test_a_text_cannot_close_its_tag(closing: str) -> None:
    assert closing not in as_data(f"a {closing} b").removeprefix("<text>\n").removesuffix("\n</text>")


def test_a_text_cannot_close_its_quotes() -> None:
    assert quoted('a """ b').count('"""') == 2
