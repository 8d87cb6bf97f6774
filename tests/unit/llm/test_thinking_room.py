"""How much room a model's thinking gets: learned from its answers, and from those that came to none."""

from app.llm import learning
from app.llm.base import Completion, ModelError, Usage
from app.llm.dialect import Dialect


def completion(usage: Usage, *, text: str = "yes", reasoning: str = "") -> Completion:
    return Completion(text, "one", "small", "stop", usage, reasoning=reasoning)


def test_thinking_is_learned_from_usage_in_powers_of_two_and_only_grows() -> None:
    usage = Usage(10, 700, reasoning_tokens=600)
    assert learning.from_answer(completion(usage), Dialect()) == {"thinking_tokens": 1024}
    assert learning.from_answer(completion(usage), Dialect(thinking_tokens=1024)) == {}
    assert learning.from_answer(completion(Usage(10, 700, reasoning_tokens=20)), Dialect()) == {}
    aloud = completion(Usage(10, 1000), text="y" * 100, reasoning="h" * 900)
    assert learning.from_answer(aloud, Dialect()) == {"thinking_tokens": 1024}


def test_a_model_that_came_to_no_answer_gets_more_room_until_there_is_no_more() -> None:
    error = ModelError("output_truncated", "still thinking")
    error.usage = Usage(10, 100)
    assert learning.from_starved(error, 100, Dialect()).lasting == {"thinking_tokens": 1024}
    error.usage = Usage(10, 2148)
    assert learning.from_starved(error, 2148, Dialect(thinking_tokens=1024)).lasting == {"thinking_tokens": 16_384}
    assert not learning.from_starved(error, 2148, Dialect(max_output_tokens=2148))
    error.usage = Usage(10, 65_536)
    assert not learning.from_starved(error, 65_636, Dialect(thinking_tokens=32_768))


def test_an_answer_that_ended_far_below_its_room_is_asked_for_again() -> None:
    error = ModelError("output_truncated", "still thinking")
    error.usage = Usage(10, 600)
    found = learning.from_starved(error, 65_636, Dialect(thinking_tokens=32_768))
    assert (found.lasting, found.passing) == ({}, {"thinking_tokens": 32_769})
