from hypothesis import given
from hypothesis import strategies as st

from app.processors.chunks import count_for, split

WORDS = st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=1, max_size=200)


@given(WORDS, st.integers(1, 12))
def test_no_character_but_spaces_is_lost(words: list[str], parts: int) -> None:
    text = " ".join(words)
    found = split(text, parts=parts)
    assert len(found) <= parts
    assert "".join("".join(found).split()) == "".join(text.split())
    assert all(part == part.strip() and part for part in found)


def test_parts_are_about_equal_and_end_at_sentences() -> None:
    text = "This is a sentence of some words. " * 100
    found = split(text, parts=4)
    assert len(found) == 4
    assert all(part.endswith(".") for part in found)
    assert max(map(len, found)) < 1.3 * len(text) / 4


def test_paragraphs_go_before_sentences() -> None:
    text = "First one. " * 9 + "End.\n\n" + "Second one. " * 9
    assert split(text, parts=2)[0].endswith("End.")


def test_a_text_without_any_break_is_cut_all_the_same() -> None:
    assert [len(part) for part in split("x" * 1000, parts=4)] == [250, 250, 250, 250]


def test_bytes_are_counted_not_characters() -> None:
    assert count_for("語" * 100, part_bytes=100) == 3
    assert count_for("", part_bytes=100) == 1
