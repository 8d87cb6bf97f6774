import pytest

from app.processors.answers import plain


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("Plain text.", "Plain text."),
        ("Here is a summary of the text:\n\nThe mill turns.", "The mill turns."),
        ("Sure! Here's the translation: Bonjour.", "Bonjour."),
        ("Summary: The mill turns.", "The mill turns."),
        ("<text>\nThe mill turns.\n</text>", "The mill turns."),
        ("```text\nThe mill turns.\n```", "The mill turns."),
        ('"The mill turns."', "The mill turns."),
        ('"One" and "two"', '"One" and "two"'),
        ("Here is the list: eggs, flour.", "Here is the list: eggs, flour."),
        ("Here is where the river ends.", "Here is where the river ends."),
        ("Sure things are rare.", "Sure things are rare."),
        ('"', '"'),
        ("  ", ""),
    ],
)
def test_wrapping_is_taken_off(answer: str, expected: str) -> None:
    assert plain(answer) == expected


@pytest.mark.parametrize("answer", ["Of course.", "Of course, the house is blue.", "Sure! The river rose."])
def test_an_answer_that_begins_like_an_opening_stays_whole(answer: str) -> None:
    assert plain(answer) == answer
