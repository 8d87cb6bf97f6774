"""Words and lines from the places of glyphs, on pages written by hand as content streams."""

import io
import math

import pypdfium2
import pytest

from app.documents import model
from app.documents.pdf import document
from app.documents.pdf.plausible import strange_share
from app.documents.pdf.scripts import in_order_of_writing, turned_number, with_accent
from tests.rig import pdfs

SENTENCE = b"The miller opened the sluice and the wheel began to turn."


def page(stream: bytes, layout: str = "plain", box: bytes = b"0 0 595 842") -> model.Page:
    return document.read(pdfs.of_content(stream, box=box), layout=layout).pages[0]


def shown(text: bytes, x: float = 50, y: float = 700, size: float = 10, more: bytes = b"") -> bytes:
    return b"BT /F1 %.1f Tf %s %.1f %.1f Td (%s) Tj ET\n" % (size, more, x, y, text)


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 180, 250, 270])
def test_text_at_any_angle_is_read_along_its_own_direction(angle: int) -> None:
    cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    found = page(
        b"BT /F1 10 Tf %f %f %f %f 300 400 Tm (%s) Tj ET" % (cos, sin, -sin, cos, SENTENCE), box=b"-300 -300 1000 1200"
    )
    assert (found.text, found.doubts) == (SENTENCE.decode(), ())


def test_words_drawn_in_any_order_are_put_in_the_order_of_reading() -> None:
    places = [(50 + 60 * column, 700 - 14 * row, b"w%d%d" % (row, column)) for row in range(4) for column in range(6)]
    stream = b"".join(shown(word, x, y) for x, y, word in sorted(places, key=lambda one: one[2][::-1]))
    assert page(stream).text.replace("|", "").replace("---", "").split() == [word.decode() for _, _, word in places]


@pytest.mark.parametrize("spacing", [b"1.5 Tc", b"4 Tc", b"9 Tc", b"-0.4 Tc", b"50 Tz", b"160 Tz"])
def test_letters_set_apart_or_together_are_words(spacing: bytes) -> None:
    assert page(shown(b"The wheel began to turn", more=spacing)).text == "The wheel began to turn"


def test_letters_too_far_apart_to_be_told_from_columns_are_doubted() -> None:
    assert [doubt.reason for doubt in page(shown(SENTENCE, more=b"14 Tc")).doubts] == [model.SINGLE_LETTERS]


def test_a_heading_spelled_with_spaces_is_words() -> None:
    assert page(shown(b"T H E  O L D  M I L L  T U R N S")).text == "THE OLD MILL TURNS"


@pytest.mark.parametrize(("dx", "dy"), [(0, 0), (0.3, 0), (0.6, -0.6)])
def test_text_printed_twice_to_look_bold_counts_once(dx: float, dy: float) -> None:
    assert page(shown(SENTENCE) + shown(SENTENCE, 50 + dx, 700 + dy)).text == SENTENCE.decode()


def test_an_index_a_mark_of_a_note_and_a_stop_behind_it_belong_to_their_word() -> None:
    stream = shown(b"grew by 10") + shown(b"6", 99, 704, 6) + shown(b".", 102.4, 700) + shown(b"H", 50, 680)
    stream += shown(b"2", 57.3, 677.5, 6) + shown(b"O", 60.7, 680)
    assert page(stream).text.split() == ["grew", "by", "106.", "H2O"]


def test_a_large_first_letter_begins_its_word() -> None:
    lines = [b"he wheel began to turn on Saturday", b"before some three hundred people", b"and the meter moved."]
    stream = shown(b"T", 50, 672, 44) + b"".join(shown(line, 80, 700 - 14 * row) for row, line in enumerate(lines))
    assert page(stream).text.startswith("The wheel began to turn")


@pytest.mark.parametrize(
    "hidden",
    [
        b"3 Tr",
        b"1 1 1 rg",
        b"0.5 0 0 0.05 0 0 Tm",
    ],
    ids=["invisible", "white", "tiny"],
)
def test_text_that_nobody_sees_is_left_out_and_told(hidden: bytes) -> None:
    found = page(shown(SENTENCE) + b"BT /F1 10 Tf %s 50 650 Td (The total is one dollar) Tj ET" % hidden)
    assert found.text == SENTENCE.decode()
    assert "nobody sees" in found.notes[0]


def test_white_text_upon_a_dark_bar_is_read() -> None:
    bar = b"0 0 0.4 rg 40 690 400 30 re f 1 1 1 rg\n"
    assert page(bar + shown(SENTENCE)).text == SENTENCE.decode()


def test_unseen_text_is_the_text_of_a_page_that_shows_none() -> None:
    found = page(shown(SENTENCE, more=b"3 Tr"))
    assert found.text == SENTENCE.decode()
    assert "unseen behind a picture" in found.notes[0]


def test_texts_printed_across_each_other_do_not_mix_and_are_doubted() -> None:
    other = b"Quite another text that lies upon the first one here."
    found = page(shown(SENTENCE) + shown(other, 52))
    lost = {*SENTENCE.decode().split(), *other.decode().split()} - {*found.text.split()}
    assert len(lost) <= 2, "letters that happen to lie upon the same letter"
    assert [doubt.reason for doubt in found.doubts] == [model.OVERLAP]


def test_letters_that_stand_alone_are_doubted() -> None:
    stream = b"".join(
        shown(letter, 50 + 37 * place, 700) for place, letter in enumerate([b"a", b"b", b"c", b"d", b"e"])
    )
    assert [doubt.reason for doubt in page(stream).doubts] == [model.SINGLE_LETTERS]


def test_an_empty_page_is_not_doubted() -> None:
    assert page(b"").doubts == ()


@pytest.mark.parametrize(
    ("visual", "written"),
    [
        (["mill", "old"], ["mill", "old"]),
        (["םוי", "בוט"], ["בוט", "םוי"]),
        (["1963", "תנשב"], ["תנשב", "1963"]),
        (["םולש", "Harrow", "Bridge", "םלוע"], ["םלוע", "Harrow", "Bridge", "םולש"]),
        (["the", "word", "םלוע", "םולש", "means", "it"], ["the", "word", "םולש", "םלוע", "means", "it"]),
    ],
)
def test_right_to_left_words_are_put_in_the_order_of_writing(visual: list[str], written: list[str]) -> None:
    assert in_order_of_writing(visual, str) == written


@pytest.mark.parametrize(
    ("stands", "written"),
    [(".1963", "1963."), ("(12", "12)"), ("12-03-2026", "12-03-2026"), ("50%", "50%"), ("abc.", "abc.")],
)
def test_a_number_among_them_has_its_marks_where_they_are_written(stands: str, written: str) -> None:
    assert turned_number(stands) == written


def test_accents_make_letters_and_nothing_else() -> None:
    assert [with_accent(*pair) for pair in (("e", "´"), ("ı", "`"), ("c", "¸"), ("3", "´"), ("x", "a"))] == [  # noqa: RUF001
        "é",
        "ì",
        "ç",
        None,
        None,
    ]


GERMAN = b"Einundsechzig Jahre lang lief das Wasser der Senn vorbei ohne irgendeine Arbeit zu verrichten"
FRENCH = b"Pendant soixante ans cette eau est devant le vieux moulin sans travailler maintenant"


def test_words_of_a_language_are_told_from_letters_exchanged() -> None:
    words = b" ".join([SENTENCE, GERMAN, FRENCH]).decode().split()
    real = strange_share(words)
    exchanged = strange_share("".join(chr(ord(char) + 1) for char in word) for word in words)
    assert real is not None
    assert exchanged is not None
    assert real < 0.05
    assert exchanged > 0.4
    assert strange_share(words[:5]) is None


def test_a_form_that_a_program_inside_makes_is_doubted() -> None:
    font = b"/Resources << /Font << /F1 5 0 R >> >>"
    text = b"BT /F1 10 Tf 50 700 Td (Please wait...) Tj ET"
    found = document.read(
        pdfs.of_objects(
            b"<< /Type /Catalog /Pages 2 0 R /NeedsRendering true /AcroForm << /Fields [] /XFA 6 0 R >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %s >>" % font,
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Length 11 >>\nstream\n<xdp></xdp>\nendstream",
        )
    )
    assert [doubt.reason for doubt in found.pages[0].doubts] == [model.UNREAD_FORM]


def test_files_inside_a_pdf_are_told() -> None:
    made = pypdfium2.PdfDocument(pdfs.of_content(shown(SENTENCE)))
    made.new_attachment("list.csv").set_data(b"a,b")
    out = io.BytesIO()
    made.save(out)
    assert document.read(out.getvalue()).notes == ("The PDF has 1 file inside, which is not read.",)
