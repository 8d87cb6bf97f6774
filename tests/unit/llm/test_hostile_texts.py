"""Texts of providers and models that took minutes to read when the work grew with the square of their length."""

from collections.abc import AsyncIterator

import pytest

from app.core.clock import utc_now
from app.llm import learning, refusal, thoughts
from app.llm.answer import Answer
from app.llm.base import Ask, Limits, Message, ModelError
from app.llm.dialect import Dialect
from app.llm.retry_after import retry_after_s
from app.processors import answers, candidates, json_answer

ASK = Ask((Message("system", "Be brief."), Message("user", "Why?")), Limits(100, 10), schema={"type": "object"})


async def chunks_of(raw: bytes, step: int) -> AsyncIterator[bytes]:
    for at in range(0, len(raw), step):
        yield raw[at : at + step]


@pytest.mark.parametrize("sentence", [">" * 20_000, "strict " * 3000, "'temperature' not " * 1500])
def test_a_refusal_of_repeated_words_is_read(sentence: str) -> None:
    for _ in range(100):
        said = refusal.read(400, {"error": {"message": sentence}})
        assert said is not None
        learning.lesson(said, ASK, Dialect())


def test_a_refusal_is_still_found_behind_many_lines() -> None:
    said = refusal.read(400, {"error": {"message": "fine\n" * 3000 + "'temperature' is not supported here"}})
    assert said is not None
    assert learning.lesson(said, ASK, Dialect()).lasting == {"temperature": False}


@pytest.mark.parametrize("name", ["ratelimit-reset-" * 500, "x-" * 2000 + "rate-limit-reset!"])
def test_a_header_with_an_endless_name_says_nothing(name: str) -> None:
    for _ in range(20):
        assert retry_after_s({name: "7"}, now=utc_now()) is None


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("y\n" + "<think>a</think>\nx\n" * 400_000, "y\n" + "x\n" * 400_000),
        ("<think>a</think>" * 400_000 + "y", "y"),
    ],
    ids=["between", "leading"],
)
def test_a_model_that_thinks_again_and_again_is_read(said: str, text: str) -> None:
    found, thought = thoughts.split(said)
    assert found == text.strip()
    assert thought.count("a") == 400_000


def test_a_quoted_mark_in_each_line_is_left() -> None:
    said = "see <think> and\n" * 300_000
    assert thoughts.split(said) == (said, "")


def test_a_fence_and_then_only_new_lines_is_no_json() -> None:
    said = "```json" + "\n" * 190_000 + "x"
    assert answers.plain(said) == said
    with pytest.raises(json_answer.Fault):
        json_answer.loads(said)


def test_of_many_broken_values_the_first_are_repaired() -> None:
    assert json_answer.loads("{a: b}" * 6000) == {"a": "b"}


def test_a_long_word_offers_nothing() -> None:
    found = candidates.with_choices("a" * 200_000, {"properties": {"code": {"type": ["string", "null"]}}})
    assert found["properties"]["code"] == {"enum": [None]}


async def test_white_space_before_an_answer_and_a_line_in_small_pieces_are_read() -> None:
    blanks = Answer("p", "m", "").read(chunks_of(b" " * 30_000_000 + b"{}", 1000), is_stream=False)
    with pytest.raises(ModelError, match="no choice"):
        await blanks
    line = b'data: {"choices": [{"finish_reason": "stop", "delta": {"content": "' + b"a" * 3_900_000 + b'"}}]}\n\n'
    completion = await Answer("p", "m", "").read(chunks_of(line, 200), is_stream=True)
    assert len(completion.text) == 3_900_000


@pytest.mark.parametrize("depth", [400, 800, 950])
@pytest.mark.parametrize("name", ["content", "reasoning", "refusal"])
async def test_an_answer_that_is_nested_deeply_is_none(name: str, depth: int) -> None:
    body = b'{"choices": [{"message": {"%s": %s%s}}]}' % (name.encode(), b"[" * depth, b"]" * depth)
    with pytest.raises(ModelError) as caught:
        await Answer("p", "m", "").read(chunks_of(body, 65_536), is_stream=False)
    assert caught.value.kind == "bad_response"
