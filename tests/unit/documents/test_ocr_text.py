"""Tesseract's table as text."""

import pytest

from app.documents.ocr_text import NoTableError, text_of
from tests.rig.scans import HEADING, rows, table


def test_lines_are_joined_and_paragraphs_parted() -> None:
    found = text_of(table("The boat has car-\nried people.\n\nA second paragraph"))
    assert found.text == "The boat has carried people.\n\nA second paragraph"
    assert (found.words, found.letters, found.confidence) == (9, 39, 0.95)


def test_confidence_is_the_mean_over_letters() -> None:
    found = text_of(f"{HEADING}\n{rows('aaaaaaaaa', 90)}\n{rows('b', 40)}")
    assert found.confidence == pytest.approx(0.85)


def test_signs_that_part_words_by_nothing_stand_together() -> None:
    assert text_of(table("吾 輩 は 猫\nで ある 。 PDF を 読む")).text == "吾輩は猫である。 PDF を読む"
    assert text_of(table("한국어 문장")).text == "한국어 문장"


def test_dirt_is_left_out_and_signs_stay() -> None:
    assert text_of(f"{HEADING}\n{rows('~ | .', 20)}\n{rows('a &', 80)}").text == "a &"


def test_a_word_may_hold_quotes_and_nothing_that_is_no_sign() -> None:
    assert text_of(table('"quoted" it\x07s')).text == '"quoted" its'


def test_a_confidence_beyond_its_bounds_is_bounded() -> None:
    assert text_of(table("a", 4000)).confidence == 1
    assert text_of(table("a", -1)).confidence == 0
    assert text_of(table("a", float("nan"))).confidence == 0


@pytest.mark.parametrize("said", ["", "\n", "no table", "level\tpage", f"{HEADING}\n" + "\t".join("5" * 10 + "xy")])
def test_what_is_no_table_is_refused(said: str) -> None:
    with pytest.raises(NoTableError):
        text_of(said)


def test_rows_of_other_levels_and_lengths_are_passed_over() -> None:
    assert text_of(f"{HEADING}\n1\t1\t0\t0\t0\t0\t0\t0\t9\t9\t-1\t\n5\t1\n{rows('a')}").text == "a"
