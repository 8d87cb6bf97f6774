"""Between a page's own text and what was read from its picture."""

import pytest

from app.documents.model import HIDDEN, LOW_CONFIDENCE, NO_TEXT, READINGS_DIFFER, WRONG_MAP, Doubt, Page, Table
from app.processors.agreement import agreement
from app.processors.judging import agrees, judged
from app.processors.picture_readings import Reading, checked

WORDS = " ".join(f"word{number}" for number in range(40))
WRONG = " ".join(f"xqsf{number}" for number in range(40))
SCANNED = Page(1, "", has_text=False, doubts=(Doubt(NO_TEXT, 1.0),), score=0.0)


def doubtful(text: str = WORDS, *, reason: str = WRONG_MAP, score: float = 0.3, **fields: object) -> Page:
    return Page(1, text, doubts=(Doubt(reason, 0.4),), score=score, **fields)  # type: ignore[arg-type]


def by_tesseract(text: str, confidence: float = 0.95, **fields: object) -> Reading:
    return Reading(text, "tesseract", confidence, ("deu", "eng"), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("", "", 1),
        ("a b", "", 0),
        ("A, b!", "b a", 1),
        ("a a", "a b", 0.5),
        ("ﬁne", "fine", 1),
        ("吾輩は猫", "吾輩も猫", 0.75),
        ("12", "1 2", 0),
    ],
)
def test_agreement_is_the_share_of_common_words(one: str, other: str, same: float) -> None:
    assert agreement(one, other) == same


def test_a_page_whose_picture_says_the_same_is_no_longer_doubtful() -> None:
    page = judged(doubtful(left_out=("Page 7",)), by_tesseract(f"Page 7 {WORDS}"))
    assert (page.text, page.read_by, page.doubts, page.score) == (WORDS, "text_layer", (), 1)
    assert page.notes == ("Its picture, read by Tesseract, says the same (100% of the words).",)


def test_a_page_whose_picture_says_nearly_the_same_is_doubted_less() -> None:
    nearly = WORDS.replace("word1 ", "x ").replace("word2 ", "y ").replace("word3 ", "z ")
    page = judged(doubtful(), by_tesseract(nearly))
    assert (page.text, page.doubts, page.score) == (WORDS, (Doubt(WRONG_MAP, 0.075),), 0.925)


def test_other_words_of_the_picture_replace_the_page_s_own_and_the_doubt_stays() -> None:
    page = judged(doubtful(WRONG, tables=(Table((("a",),)),), left_out=("x",)), by_tesseract(WORDS))
    assert (page.text, page.read_by, page.score, page.layout) == (WORDS, "tesseract", 0.95, "plain")
    assert (page.doubts, page.tables, page.left_out) == ((Doubt(WRONG_MAP, 0.4),), (), ())
    assert page.notes == ("Read from its picture by Tesseract (deu+eng), confidence 0.95.",)
    assert [article.body for article in page.articles] == [WORDS]


def test_a_model_that_sees_is_believed_too() -> None:
    page = judged(doubtful(WRONG), Reading(WORDS, "vision"))
    assert (page.text, page.read_by, page.score) == (WORDS, "vision", 0.5)
    assert page.notes == ("Read from its picture by a model that sees.",)


@pytest.mark.parametrize("confidence", [0.3, 0.59, 0.7])
def test_a_reading_that_is_worse_than_the_page_is_not_taken(confidence: float) -> None:
    page = judged(doubtful(score=0.75), by_tesseract(WRONG, confidence))
    assert (page.text, page.read_by, page.is_doubtful) == (WORDS, "text_layer", True)
    assert f"with a confidence of {confidence:.2f} it is not taken" in page.notes[0]


def test_a_picture_that_lacks_words_does_not_replace_them() -> None:
    for text in ("", "word1 word2"):
        page = judged(doubtful(), by_tesseract(text, 0.99))
        assert (page.text, page.is_doubtful) == (WORDS, True)
        assert "a font that is not embedded is drawn blank" in page.notes[0]


def test_words_that_nobody_sees_are_rightly_lacking() -> None:
    assert judged(doubtful(reason=HIDDEN), by_tesseract("word1 word2", 0.99)).text == "word1 word2"


def test_a_scanned_page_that_is_surely_read_is_not_doubtful() -> None:
    page = judged(SCANNED, by_tesseract("Title\n\nA text that is read."))
    assert (page.text, page.has_text, page.doubts, page.score) == ("Title\n\nA text that is read.", True, (), 0.95)
    assert page.articles[0].candidates == ("Title", "A text that is read.")


def test_a_scanned_page_that_is_not_surely_read_is_doubtful() -> None:
    page = judged(SCANNED, by_tesseract(WORDS, 0.45))
    detail = "Tesseract read it with a confidence of 0.45"
    assert (page.text, page.doubts, page.score) == (WORDS, (Doubt(LOW_CONFIDENCE, 0.55, detail),), 0.45)


def test_a_language_that_is_missing_makes_a_page_doubtful() -> None:
    (doubt,) = judged(SCANNED, by_tesseract(WORDS, 0.9, missing="Cyrillic")).doubts
    assert (doubt.reason, "'Cyrillic'" in doubt.detail) == (LOW_CONFIDENCE, True)


def test_a_picture_without_text_leaves_the_page_without() -> None:
    page = judged(SCANNED, by_tesseract("", 0.0))
    assert (page.text, page.has_text, page.articles, page.score) == ("", False, (), 0)
    assert page.doubts == (Doubt(NO_TEXT, 1.0, "Tesseract found no text in its picture"),)


def test_what_a_model_makes_up_is_doubted() -> None:
    made_up = checked(Reading(WRONG, "vision"), by_tesseract(WORDS))
    (doubt,) = judged(SCANNED, made_up).doubts
    assert (doubt.reason, doubt.share) == (READINGS_DIFFER, 1)
    assert checked(Reading(WRONG, "vision"), by_tesseract(WORDS, 0.4)).doubts == ()
    assert checked(Reading(WORDS, "vision"), by_tesseract(WORDS)).doubts == ()
    assert checked(Reading(WORDS, "vision"), None).doubts == ()


def test_only_a_page_with_text_agrees() -> None:
    assert agrees(doubtful(), by_tesseract(WORDS))
    assert not agrees(SCANNED, by_tesseract(""))
