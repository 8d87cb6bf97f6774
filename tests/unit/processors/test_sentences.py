import pytest

from app.processors.sentences import sentences, within, without_repeats


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ('He said "No." Then he left.', ['He said "No."', "Then he left."]),
        ("It cost 3.5 million. Nobody paid.", ["It cost 3.5 million.", "Nobody paid."]),
        ("A line\nthat goes on. Another.", ["A line that goes on.", "Another."]),
        ("It ended.\n3. The river\nThe pass was open.", ["It ended.", "3.", "The river", "The pass was open."]),
        ("Subject: help\n\nHello there.", ["Subject: help", "Hello there."]),
        ("水は高い。山は低い。", ["水は高い。", "山は低い。"]),
        ("", []),
    ],
)
def test_sentences_are_found(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_repeats_are_dropped_whatever_their_case() -> None:
    assert without_repeats("The mill turns. THE MILL turns! It stops.") == "The mill turns. It stops."


def test_whole_sentences_are_kept_within_the_limit() -> None:
    assert within("One two. Three four. Five six.", max_words=5) == "One two. Three four."
    assert within("One two three four.", max_words=2) == "One two …"
    assert within("One two. Three fo", max_words=9) == "One two."
    assert within("", max_words=9) == ""
