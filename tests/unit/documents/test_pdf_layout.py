"""Columns, paragraphs, headlines and hyphens, on pages made for it."""

import pytest

from app.documents.model import Article
from app.documents.pdf import document
from app.documents.pdf.articles import MAX_ARTICLES
from app.documents.pdf.hyphens import Vocabulary, join
from app.documents.pdf.shapes import HYPHEN, SOFT_HYPHEN
from tests.rig import pdfs

NUMBERS = ("one", "two", "three", "four", "five", "six")
LEFT = [f"{number} of the left column, and its words go on to the edge" for number in NUMBERS]
RIGHT = [f"{number} of the right column, and its words go on as well" for number in NUMBERS]
SHORT = [f"column line {number}" for number in NUMBERS]


def articles(*pages: list[pdfs.Text]) -> list[Article]:
    return [
        article for page in document.read(pdfs.of_texts(*pages), layout="newspaper").pages for article in page.articles
    ]


def bodies(*pages: list[pdfs.Text]) -> list[str]:
    return [article.body for article in articles(*pages)]


def titles(*pages: list[pdfs.Text]) -> list[str | None]:
    return [article.title for article in articles(*pages)]


def across(order: str) -> list[pdfs.Text]:
    """Two columns, written to the file in this order."""
    left, right = pdfs.column(50, 700, LEFT), pdfs.column(320, 700, RIGHT)
    rows = [text for pair in zip(left, right, strict=True) for text in pair]
    return {"columns": left + right, "rows": rows, "backwards": rows[::-1]}[order]


@pytest.mark.parametrize("order", ["columns", "rows", "backwards"])
def test_columns_are_read_one_after_the_other_however_the_file_has_them(order: str) -> None:
    assert bodies(across(order)) == [" ".join([*LEFT, *RIGHT])]


def test_columns_need_not_be_level() -> None:
    page = [*pdfs.column(50, 700, LEFT), *pdfs.column(320, 705, RIGHT, leading=13.7)]
    assert bodies(page) == [" ".join([*LEFT, *RIGHT])]


def test_three_columns_are_three() -> None:
    page = [*pdfs.column(40, 700, SHORT), *pdfs.column(220, 700, SHORT), *pdfs.column(400, 700, SHORT)]
    assert bodies(page) == [" ".join(SHORT * 3)]


@pytest.mark.parametrize("second", ["A second headline that goes across both of the columns", "Short"])
def test_a_headline_parts_what_is_above_it_from_what_is_below(second: str) -> None:
    low = [*pdfs.column(50, 500, LEFT), *pdfs.column(320, 500, RIGHT)]
    page = [
        (50, 740, 20, "A first headline that goes across both columns"),
        *across("rows"),
        (50, 540, 20, second),
        *low,
    ]
    assert titles(page) == ["A first headline that goes across both columns", second]
    assert bodies(page) == [" ".join([*LEFT, *RIGHT])] * 2


def test_articles_beside_each_other_are_two() -> None:
    page = [(50, 730, 16, "On the left"), (320, 730, 16, "On the right"), *across("rows")]
    assert titles(page) == ["On the left", "On the right"]
    assert bodies(page) == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_byline_on_the_left_of_a_centred_headline_stays_below_it() -> None:
    page = [(272, 740, 18, "Middle"), (50, 722, 9, "By Ann Lee"), *across("rows")]
    found = articles(page)
    assert [(one.title, one.author) for one in found] == [("Middle", "Ann Lee")]


def test_a_paragraph_begins_with_an_indent_or_a_gap() -> None:
    page = [
        *pdfs.column(50, 700, ["It begins here and goes on", "until it ends with a stop."]),
        (62, 676, 10, "An indent begins another one"),
        *pdfs.column(50, 664, ["that has two lines."]),
        *pdfs.column(50, 630, ["A gap does so as well, and", "this is the end."]),
    ]
    assert bodies(page)[0].split("\n\n") == [
        "It begins here and goes on until it ends with a stop.",
        "An indent begins another one that has two lines.",
        "A gap does so as well, and this is the end.",
    ]


def test_a_smaller_heading_below_the_title_is_its_subtitle() -> None:
    page = [
        (50, 750, 20, "The title"),
        (50, 730, 12, "The subtitle"),
        (50, 715, 9, "By Ann Lee, Milford"),
        *across("rows"),
    ]
    assert [(one.title, one.subtitle, one.author) for one in articles(page)] == [
        ("The title", "The subtitle", "Ann Lee, Milford")
    ]


@pytest.mark.parametrize(
    ("line", "author"),
    [
        ("Von Jürgen von der Heide", "Jürgen von der Heide"),
        ("par Anne-Marie Le Goff", "Anne-Marie Le Goff"),
        ("By Ann Lee | Photographs: Tom Low", "Ann Lee | Photographs: Tom Low"),
        ("By then the river had risen", None),
        ("By Monday.", None),
        ("Bye Ann Lee", None),
    ],
)
def test_a_byline_is_known_by_its_form(line: str, author: str | None) -> None:
    assert articles([(50, 740, 20, "The title"), (50, 720, 10, line), *across("rows")])[0].author == author


def test_running_heads_and_page_numbers_are_left_out() -> None:
    page = across("rows")
    first = [(50, 815, 8, "The Paper, 1 May 2026"), *page, (290, 20, 8, "Page 1 of 2")]
    second = [(50, 815, 8, "The Paper, 1 May 2026"), *page, (290, 20, 8, "Page 2 of 2")]
    assert bodies(first, second) == [" ".join([*LEFT, *RIGHT])] * 2


def test_a_line_at_the_edge_that_no_other_page_has_stays() -> None:
    assert bodies([(50, 815, 10, "Not a running head."), *across("rows")], [])[0].startswith("Not a running head.")


def test_a_page_of_a_number_alone_has_no_text() -> None:
    assert [page.has_text for page in document.read(pdfs.of_texts([(290, 20, 8, "7")]), layout="newspaper").pages] == [
        False
    ]


def test_the_short_first_lines_of_a_page_without_headline_may_be_one() -> None:
    page = [(50, 740, 10, "Annual report"), *pdfs.column(50, 700, ["It was a good year, and", "nothing happened."])]
    assert [(one.title, one.candidates) for one in articles(page)] == [(None, ("Annual report",))]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_one_sees_it(rotation: int) -> None:
    from io import BytesIO

    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out, pagesize=pdfs.A4, invariant=True)
    canvas.setPageRotation(rotation)
    canvas.translate(*{0: (0, 0), 90: (842, 0), 180: (595, 842), 270: (0, 595)}[rotation])
    canvas.rotate(rotation)
    for x, y, size, text in [*pdfs.column(50, 500, LEFT), *pdfs.column(320, 500, RIGHT)]:
        canvas.setFont("Times-Roman", size)
        canvas.drawString(x, y, text)
    canvas.save()
    found = document.read(out.getvalue(), layout="newspaper").pages[0].articles
    assert [one.body for one in found] == [" ".join([*LEFT, *RIGHT])]


@pytest.mark.parametrize(
    ("lines", "known", "joined"),
    [
        (["the educa" + HYPHEN, "tion committee"], "", "the education committee"),
        (["a well-", "known place"], "", "a well-known place"),
        (["a river-", "side path"], "the river-side path", "a river-side path"),
        (["a well-", "spring of joy"], "a wellspring", "a wellspring of joy"),
        (["state-of-the-", "art tools"], "", "state-of-the-art tools"),
        (["the Anglo-", "American war"], "", "the Anglo-American war"),
        (["in 2025-", "26 they"], "", "in 2025-26 they"),
        (["am Nord-", "und Südufer"], "", "am Nord- und Südufer"),
        (["Donau" + SOFT_HYPHEN, "dampfer"], "", "Donaudampfer"),
        (["soft" + SOFT_HYPHEN + "er inside"], "", "softer inside"),
        (["a dash -", "and more"], "", "a dash - and more"),
        (["two --", "dashes"], "", "two -- dashes"),
        (["plain", "lines"], "", "plain lines"),
        (["Fluss-", "ufer"], "", "Flussufer"),
    ],
)
def test_hyphens_at_line_ends(lines: list[str], known: str, joined: str) -> None:
    assert join(lines, Vocabulary([known, *lines])) == joined


def test_a_wide_gap_in_one_line_of_a_column_ends_no_column() -> None:
    left = [
        *pdfs.column(50, 700, LEFT[:2]),
        (50, 676, 10, "Total"),
        (200, 676, 10, "12"),
        *pdfs.column(50, 664, LEFT[3:]),
    ]
    right = [*pdfs.column(320, 700, RIGHT[:2]), *pdfs.column(320, 664, RIGHT[3:])]
    body = " ".join([*LEFT[:2], "Total 12", *LEFT[3:], *RIGHT[:2], *RIGHT[3:]])
    assert bodies([*left, *right])[0].replace("\n\n", " ") == body


def test_a_head_with_a_gap_takes_no_line_of_the_columns_below() -> None:
    head = [(50, 780, 8, "The Paper"), (540, 780, 8, "Issue 7"), (50, 740, 20, "A headline across both of the columns")]
    columns = [*pdfs.column(50, 700, LEFT), (320, 700, 10, "A short end."), *pdfs.column(320, 688, RIGHT[1:])]
    assert bodies([*head, *columns])[-1].replace("\n\n", " ") == " ".join([*LEFT, "A short end.", *RIGHT[1:]])


def test_a_page_has_a_bounded_number_of_articles() -> None:
    heads: list[pdfs.Text] = [(50, 800 - 10 * row, 6, f"Head {row}") for row in range(70)]
    page = [*heads, *pdfs.column(50, 795, ["Body of some words."] * 70, size=4, leading=10)]
    found = articles(page)
    assert len(found) == MAX_ARTICLES
    assert found[-1].body.endswith("Head 69\n\nBody of some words.")
