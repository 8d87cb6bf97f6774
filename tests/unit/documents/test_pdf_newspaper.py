"""The newspaper of the examples: what its script writes is what the reader reads."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from types import ModuleType

import pytest

from app.documents.model import Document as Pdf
from app.documents.reader import read as read_pdf
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
NEWSPAPER = EXAMPLES / "newspaper.pdf"
SCANNED = 5


@pytest.fixture(scope="module")
def press() -> ModuleType:
    spec = spec_from_file_location("make_newspaper", EXAMPLES / "make_newspaper.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
async def read() -> Pdf:
    return await read_pdf(NEWSPAPER)


def test_every_article_is_found_word_for_word(press: ModuleType, read: Pdf) -> None:
    written = press.read_pages((EXAMPLES / "newspaper.txt").read_text("utf-8"))
    for printed, page in zip(written, read.pages, strict=True):
        if page.number == SCANNED:
            continue
        assert [(one.title, one.subtitle, one.author, one.body) for one in page.articles] == [
            (one.title, one.subtitle or None, one.byline.split(" ", 1)[1], "\n\n".join(one.paragraphs))
            for one in printed.articles
        ]


def test_many_lines_end_in_a_hyphen(press: ModuleType) -> None:
    pages = press.read_pages((EXAMPLES / "newspaper.txt").read_text("utf-8"))
    paragraphs = [text for page in pages for article in page.articles for text in article.paragraphs]
    lines = [line for text in paragraphs for line in press.wrap(text, "Times-Roman", press.SIZE, press.COLUMN)]
    assert sum(line.endswith("-") for line in lines) >= 30


def test_the_scanned_page_has_no_text(read: Pdf) -> None:
    assert [page.number for page in read.pages if not page.has_text] == [SCANNED]


def test_the_script_writes_the_same_pages_again(press: ModuleType, read: Pdf) -> None:
    assert NEWSPAPER.stat().st_size < 600_000
    assert press.newspaper() == press.newspaper()


async def test_the_newspaper_is_what_its_script_writes(press: ModuleType, read: Pdf) -> None:
    assert await read_pdf(press.newspaper()) == read
