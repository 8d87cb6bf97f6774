"""The measure counts what is lost, broken, out of order and apart, and forgives what may be written in two ways."""

import pytest

from tests.corpus.measure import Reading, Score, measure, words_of
from tests.corpus.truth import Row, Truth


def _score(text: str, *read: str, **truth: object) -> Score:
    pages = len(read)
    return measure(Truth("t", "p", "k", pages, text, **truth), Reading(read))  # type: ignore[arg-type]


def test_a_word_in_pieces_is_lost_once_and_broken_twice() -> None:
    score = _score("a scientific definition", "a scientif ic definition")
    assert (score.words, score.kept_words, score.read, score.broken_words) == (3, 2, 4, 2)
    assert score.pairs == 2
    assert score.kept_pairs == 0


def test_a_word_that_is_read_twice_is_broken_once() -> None:
    assert _score("bold words", "bold bold words").broken == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("truth", "read"),
    [
        ("difficult fish", "di\ufb03cult \ufb01sh"),
        ("electricity", "elec\u00adtricity"),
        ("10\u2076 m\u00b2", "106 m2"),
        ("well-known face", "well-\nknown face"),
        ("well-known face", "wellknown face"),
        ("well-known face", "well\u2010known face"),
        ("left right", "| left | right |"),
        ("\u0645\u0627\u0621", "\ufee3\ufe8e\ufe80"),
        ("水車がまた回る", "水車がま\nた回る"),
        ("Item", "\uf0b7 Item"),
    ],
)
def test_what_may_be_written_in_two_ways_is_the_same(truth: str, read: str) -> None:
    score = _score(truth, read)
    assert (score.kept, score.broken, score.order) == (1, 0, 1)


@pytest.mark.parametrize("read", ["hyphen-\nation", "hyphen-ation", "hyphen ation"])
def test_a_word_without_hyphen_is_to_be_joined(read: str) -> None:
    assert _score("hyphenation", read).kept == 0


def test_what_is_not_joined_is_broken_in_two() -> None:
    assert _score("well-known hyphenation", "well-known hyphen-\nation").broken_words == 2


def test_the_line_under_a_heading_of_a_table_is_no_word() -> None:
    assert words_of("| a | b |\n| --- | --- |\n| 1 | 2 |") == ["a", "b", "1", "2"]


def test_chinese_is_compared_by_pairs_of_characters() -> None:
    assert words_of("建于1784年 闸门") == ["建于", "1784", "年闸", "闸门"]
    assert _score("一二三四", "一二四三").kept == pytest.approx(1 / 3)


def test_optional_words_count_for_nothing() -> None:
    score = _score("body of page", "head 7 body of 8 page", optional="head 7 8")
    assert (score.kept, score.broken, score.order) == (1, 0, 1)


_ROWS: tuple[Row, ...] = (("Oak planks", "24"), ("Bolts", "4"))


def test_a_row_is_whole_in_one_row_of_a_table_or_in_one_line() -> None:
    truth = Truth("t", "p", "k", 1, "Oak planks 24 Bolts 4", tables=(_ROWS,))
    text = ("Oak planks   24\nBolts\n4",)
    assert measure(truth, Reading(text)).whole_rows == 1
    assert measure(truth, Reading(text, rows=(("Oak  planks", "", "24"), ("Bolts 4",)))).whole_rows == 1
    assert measure(truth, Reading(text, rows=_ROWS)).rows_whole == 1
    assert measure(truth, Reading(text, rows=_ROWS[:1] * 2)).whole_rows == 1


def test_pages_that_have_to_be_flagged_count_for_nothing_else() -> None:
    truth = Truth("t", "p", "k", 3, "one\fgone\fthree", expected="flagged", flagged_pages=(2,), doubt_allowed=(3,))
    read = ("one", "hpof", "three")
    unflagged, flagged = (measure(truth, Reading(read, flagged=pages)) for pages in ((1,), (2, 3)))
    assert (unflagged.kept, unflagged.broken, unflagged.words) == (1, 0, 2)
    assert (unflagged.wrong_unflagged, unflagged.right_flagged) == (1, 1)
    assert (flagged.wrong_unflagged, flagged.right_flagged) == (0, 0)


def test_scores_add_up() -> None:
    both = _score("a b", "a b") + _score("c d", "c x")
    assert (both.kept, both.broken, both.missing, both.surplus) == (0.75, 0.25, {"d": 1}, {"x": 1})
