"""pdf_extract and the pictures of pages, with a played Tesseract and a played model."""

from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.documents.model import READINGS_DIFFER, WRONG_MAP, Doubt, Page
from app.llm.base import ModelError
from app.processors import pdf_scans
from app.processors.pdf_results import ExtractedPage
from tests.rig.scans import PlayedTesseract, scan_of
from tests.unit.processors.reading import SCAN, SCANNED, Reader, described, extract, failure, pages_of, says

WORDS = "A page of some twelve words that the picture has as well."


def scanned(context: Reader, folder: Path) -> Reader:
    context.store(folder, scan_of(Image.new("L", (60, 40), 255)))
    return context


async def page_of(context: Reader, **given: Any) -> ExtractedPage:
    (page,) = (await extract(context, input_file_path="a.pdf", **given)).pages
    return page


async def opened(context: Reader, page: Page) -> tuple[Page, list[str] | None]:
    found, articles = await pdf_scans.read_open(scan_of(Image.new("L", (60, 40), 255)), page, context)
    return found, None if articles is None else [one.body for one in articles]


async def test_what_tesseract_reads_is_described_as_text_is(tesseract: PlayedTesseract, tmp_path: Path) -> None:
    tesseract.does(f"said({WORDS!r})")
    context = scanned(Reader(ocr=("eng",)), tmp_path)
    page = await page_of(context)
    assert (page.status, page.read_by, page.doubtful, page.score) == ("processed", "tesseract", False, 0.95)
    assert page.notes == ["Read from its picture by Tesseract (eng), confidence 0.95."]
    (article,) = page.articles
    assert (article.body, article.summary, article.topics) == (WORDS, "It is so.", ["one", "two", "three"])
    assert says(context.asked[0], WORDS)


async def test_a_later_attempt_has_the_same_page(tesseract: PlayedTesseract, tmp_path: Path) -> None:
    tesseract.does(f"said({WORDS!r}, 45)")
    context = scanned(Reader(ocr=("eng",)), tmp_path)
    page = await page_of(context)
    later = scanned(Reader(ocr=("eng",), saved=context.saved), tmp_path)
    assert await page_of(later) == page
    assert (page.doubtful, later.asked) == (True, [])


async def test_the_model_goes_first_and_tesseract_checks_it(tesseract: PlayedTesseract, tmp_path: Path) -> None:
    tesseract.does("said('Seen\\nAs printed.')")
    page = await page_of(scanned(Reader(vision=True, ocr=("eng",)), tmp_path))
    assert ([one.model_dump() for one in page.articles], page.read_by, page.doubtful) == ([SCANNED], "vision", False)
    tesseract.does(f"said({WORDS!r})")
    page = await page_of(scanned(Reader(vision=True, ocr=("eng",)), tmp_path))
    assert (page.read_by, [one.reason for one in page.doubts]) == ("vision", [READINGS_DIFFER])


async def test_tesseract_stands_in_for_a_model_that_refuses(tesseract: PlayedTesseract, tmp_path: Path) -> None:
    tesseract.does(f"said({WORDS!r})")

    def answer(asked: Any) -> str | None:
        if any(message.images for message in asked.messages):
            raise ModelError("content_refused", "not this")
        return described(asked)

    page = await page_of(scanned(Reader(answer, vision=True, ocr=("eng",)), tmp_path))
    assert (page.status, page.read_by) == ("processed", "tesseract")
    assert page.notes[-1] == "Its picture was not read: not this."


@pytest.mark.parametrize("vision", [False, True])
async def test_a_page_that_nobody_can_read_fails(tesseract: PlayedTesseract, tmp_path: Path, vision: bool) -> None:
    tesseract.does("sys.exit(1)")
    context = scanned(Reader(lambda _: "no JSON", vision=vision, ocr=("eng",)), tmp_path)
    error = await failure(context, input_file_path="a.pdf")
    reason = "invalid_output" if vision else "file_unreadable"
    assert pages_of(error.partial) == {1: ("failed", reason)}


async def test_without_anybody_who_sees_the_page_says_what_would_help(tmp_path: Path) -> None:
    error = await failure(scanned(Reader(), tmp_path), input_file_path="a.pdf")
    assert (error.code, "Install tesseract-ocr, or choose a model with vision" in error.message) == ("file_empty", True)
    (page,) = error.partial.pages  # type: ignore[union-attr]
    assert (page.status, page.reason, "tesseract-ocr" in page.notes[0]) == ("skipped", "no_text_layer", True)


async def test_no_model_is_asked_about_a_page_that_tesseract_confirms(tesseract: PlayedTesseract) -> None:
    tesseract.does(f"said({WORDS!r})")
    context = Reader(vision=True, ocr=("eng",))
    page, articles = await opened(context, Page(1, WORDS, doubts=(Doubt(WRONG_MAP, 0.5),), score=0.4))
    assert (page.text, page.read_by, page.doubts, articles, context.asked) == (WORDS, "text_layer", (), None, [])


async def test_a_wrong_text_layer_is_replaced_by_what_the_model_sees(tesseract: PlayedTesseract) -> None:
    tesseract.does("said('Seen\\nAs printed.')")
    wrong = Page(1, "Tffo Bt qsjoufe", doubts=(Doubt(WRONG_MAP, 0.5),), score=0.4)
    page, articles = await opened(Reader(vision=True, ocr=("eng",)), wrong)
    assert (page.read_by, articles, page.doubts) == ("vision", ["As printed."], wrong.doubts)
    page, articles = await opened(Reader(ocr=("eng",)), wrong)
    assert (page.read_by, articles, page.text) == ("tesseract", None, "Seen As printed.")


async def test_a_model_confirms_a_text_layer_where_tesseract_is_not_there() -> None:
    page, articles = await opened(
        Reader(lambda _: SCAN, vision=True), Page(1, "Seen\n\nAs printed.", doubts=(Doubt(WRONG_MAP, 0.5),), score=0.4)
    )
    assert (page.read_by, page.doubts, articles) == ("text_layer", (), None)


async def test_a_doubtful_page_stands_where_its_picture_cannot_be_read(tesseract: PlayedTesseract) -> None:
    tesseract.does("sys.exit(1)")
    doubtful = Page(1, WORDS, doubts=(Doubt(WRONG_MAP, 0.5),), score=0.4)
    page, articles = await opened(Reader(ocr=("eng",)), doubtful)
    assert (page.text, page.doubts, articles) == (WORDS, doubtful.doubts, None)
    assert page.notes == ("Its picture was not read: Tesseract cannot read the picture.",)


async def test_a_page_that_was_done_under_other_options_is_done_again() -> None:
    first = Reader()
    await extract(first, pages="2")
    other = Reader(saved=first.saved)
    (page,) = (await extract(other, pages="2", layout="plain", show_left_out=True)).pages
    assert (page.left_out_text is None, len(other.asked) > 0) == (False, True)
    assert {*other.saved} == {"page:2:auto", "page:2:plain:left_out"}
    again = Reader(saved=other.saved)
    assert (await extract(again, pages="2", layout="plain", show_left_out=True)).pages == [page]
    assert again.asked == []
