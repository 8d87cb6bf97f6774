"""A text or a file of any kind, read by one rule from the folder and from uploads."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from pydantic import ValidationError

from app.documents.model import NO_TEXT, Document, Doubt, Page
from app.processors import source
from app.processors.base import ProcessorError
from app.processors.classify import ClassifyInput
from app.processors.data_extraction import DataExtractionInput
from app.processors.inputs import FileInput, TextOrFile
from app.processors.pdf_extract import PdfExtractInput
from app.processors.places import PageSpan
from app.processors.source import Source, SourceInfo, read_source, source_of
from app.processors.summarize import SummarizeInput
from app.processors.translate import TranslateInput
from app.storage.base import LocalFile
from app.storage.local import FileStore
from tests.rig import pdfs
from tests.unit.processors.played import PlayedContext

ID = UUID("01900000-0000-7000-8000-000000000001")
HELLO = pdfs.of_texts([(50, 700, 10, "Hello you")], [(50, 700, 10, "Page two")])
MORE: dict[type[Any], dict[str, Any]] = {
    SummarizeInput: {},
    ClassifyInput: {},
    DataExtractionInput: {"schema": {"a": "string"}},
    TranslateInput: {"target_language": "French"},
}
of_every_type = pytest.mark.parametrize("model", MORE, ids=lambda model: model.__name__)


async def read(folder: Path, name: str, content: bytes, pages: str | None = None, *, uploaded: bool = False) -> Source:
    (folder / name).write_bytes(content)
    context = PlayedContext(files=FileStore(folder, 10_000_000))
    context.uploads[ID] = LocalFile(folder / name, name, "application/octet-stream", len(content), "")
    given = TextOrFile(file_id=ID, pages=pages) if uploaded else TextOrFile(input_file_path=name, pages=pages)
    return await read_source(given, context)


@of_every_type
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "give text, file_id .an uploaded file. or input_file_path"),
        ({"text": "a", "file_id": str(ID)}, "give one of .*; here are text and file_id"),
        ({"file_id": str(ID), "input_file_path": "a.pdf"}, "here are file_id and input_file_path"),
        ({"text": "a", "pages": "1"}, "pages are those of a file"),
        ({"file_id": str(ID), "pages": "0"}, "name pages from 1 on"),
        ({"file_id": str(ID), "pages": "5-1"}, "the first before the last"),
        ({"file_id": str(ID), "pages": "1,3"}, "pattern"),
        ({"input_file_path": "../a.pdf"}, "no empty"),
        ({"text": "%PDF-1.7\n" + "\x01\x02\x03 x" * 40}, "is no text: 120 of its 209 characters are none"),
        ({"text": "%PDF-1.7 \ufffd\ufffd" + " \ufffd" * 40}, "as in the bytes of a file; upload that"),
    ],
)
def test_what_is_wrong_with_an_input_is_said(model: type[Any], given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        model.model_validate({**MORE[model], **given})


@of_every_type
@pytest.mark.parametrize(
    "given",
    [
        {"text": "a"},
        {"text": "\x1b[32mINFO\x1b[0m started, N\x08NA\x08AM\x08ME\x08E"},
        {"text": "a", "file_id": None, "pages": None},
        {"file_id": str(ID), "pages": "1-5"},
        {"input_file_path": "a/b.pdf", "text": None},
    ],
)
def test_one_way_is_enough(model: type[Any], given: dict[str, Any]) -> None:
    assert model.model_validate({**MORE[model], **given})


@of_every_type
def test_the_schema_wants_one_of_three(model: type[Any]) -> None:
    schema = model.model_json_schema(by_alias=True)
    assert [one["required"] for one in schema["oneOf"]] == [["text"], ["file_id"], ["input_file_path"]]
    assert schema["properties"]["text"]["x-widget"] == "textarea"
    assert schema["properties"]["pages"]["x-beside"] == "file"
    assert "text" not in schema.get("required", [])


@pytest.mark.parametrize("model", [FileInput, PdfExtractInput])
def test_a_type_that_takes_files_alone_says_so(model: type[Any]) -> None:
    schema = model.model_json_schema()
    assert [one["required"] for one in schema["oneOf"]] == [["file_id"], ["input_file_path"]]
    with pytest.raises(ValidationError, match=r"give file_id .an uploaded file. or input_file_path"):
        model.model_validate({})


async def test_a_text_is_its_own_source() -> None:
    assert await read_source(TextOrFile(text="Hello"), PlayedContext()) == Source("Hello", (), None)


@pytest.mark.parametrize("uploaded", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "text", "kind", "encoding"),
    [
        ("a.txt", "Größe".encode(), "Größe", "text", "UTF-8"),
        ("a.txt", "Größe".encode("utf-8-sig"), "Größe", "text", "UTF-8"),
        ("a.txt", "Größe".encode("utf-16"), "Größe", "text", "UTF-16LE"),
        ("a.log", "Die Größe ist schön.".encode("cp1252"), "Die Größe ist schön.", "text", "windows-1252"),
        ("a.csv", "名前,値\n田中,5\n".encode("shift-jis"), "| 田中 | 5 |", "csv", "Shift_JIS"),
        ("a.csv", "Größe;Preis\nhoch;5,20\n".encode("cp1252"), "| hoch | 5,20 |", "csv", "windows-1252"),
        ("a.xml", b"<?xml version='1.0'?><a>one</a>", "<a>one</a>", "xml", "UTF-8"),
        ("a.html", b"<!doctype html><script>x()</script><p>A PDF begins with %PDF-1.7", "%PDF-1.7", "html", "UTF-8"),
        ("a.md", b"# PDFs\n\nA PDF begins with `%PDF-1.7`.", "`%PDF-1.7`", "markdown", "UTF-8"),
        ("README", b"Read me.", "Read me.", "text", "UTF-8"),
    ],
)
async def test_a_text_is_read_in_its_encoding_and_that_is_told(
    tmp_path: Path, name: str, content: bytes, text: str, kind: str, encoding: str, uploaded: bool
) -> None:
    found = await read(tmp_path, name, content, uploaded=uploaded)
    assert text in found.text
    assert "x()" not in found.text
    assert (found.pages, found.info) == (
        (),
        SourceInfo(kind=kind, pages=None, characters=len(found.text), encoding=encoding),
    )


@pytest.mark.parametrize("uploaded", [False, True])
@pytest.mark.parametrize(
    "before", [b"", b"GPL Ghostscript 9.55.0: some banner\n", b"\r\n", b"\xef\xbb\xbf", b"x" * 1000 + b"\n"]
)
async def test_a_pdf_may_begin_behind_something_else(tmp_path: Path, before: bytes, uploaded: bool) -> None:
    found = await read(tmp_path, "a.pdf", before + HELLO, uploaded=uploaded)
    assert (found.text, found.pages) == ("Hello you\n\nPage two", (PageSpan(1, 0, 9), PageSpan(2, 11, 19)))
    assert found.info == SourceInfo(kind="pdf", pages=2, characters=19, encoding=None)


@pytest.mark.parametrize("uploaded", [False, True])
@pytest.mark.parametrize(
    ("name", "content", "code", "said"),
    [
        ("a.txt", b"", "file_empty", "empty"),
        ("a.txt", b" \n", "file_empty", "holds no text"),
        ("a.pdf", b"<!doctype html>", "file_unreadable", "named .pdf and its bytes are an HTML page"),
        ("a.gif", b"GIF89a\x01\x00", "file_unreadable", "GIF picture"),
        ("a.txt", bytes(range(256)), "file_unreadable", "of no kind that is known"),
        ("a.pdf", pdfs.blank(2), "file_empty", "no text could be read"),
        ("a.pdf", pdfs.of_texts([(9, 9, 9, "x")], password="secret"), "pdf_encrypted", "password"),
    ],
)
async def test_what_cannot_be_read_is_refused_alike(
    tmp_path: Path, name: str, content: bytes, code: str, said: str, uploaded: bool
) -> None:
    with pytest.raises(ProcessorError, match=said) as caught:
        await read(tmp_path, name, content, uploaded=uploaded)
    assert (caught.value.code, caught.value.retryable) == (code, False)


async def test_an_upload_that_is_gone_is_not_found() -> None:
    with pytest.raises(ProcessorError, match="there is no file") as caught:
        await read_source(TextOrFile(file_id=ID), PlayedContext())
    assert caught.value.code == "file_not_found"


@pytest.mark.parametrize(("pages", "text"), [("2", "Page two"), ("1-1", "Hello you"), ("2-9", "Page two")])
async def test_only_the_pages_wanted_are_read(tmp_path: Path, pages: str, text: str) -> None:
    found = await read(tmp_path, "a.pdf", HELLO, pages)
    assert (found.text, found.pages[0].number) == (text, int(pages[0]))


@pytest.mark.parametrize(("name", "content"), [("a.pdf", HELLO), ("a.txt", b"Hello")])
async def test_pages_that_are_not_there_are_said(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(ProcessorError) as caught:
        await read(tmp_path, name, content, "3-4")
    assert caught.value.code == "pages_out_of_range"


async def test_reading_many_pages_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdfs.of_texts(*[[(50, 700, 10, f"Number {page}")] for page in range(45)]))
    context = PlayedContext(files=FileStore(tmp_path, 10_000_000))
    await read_source(TextOrFile(input_file_path="a.pdf"), context)
    assert context.reported[-1] == (45, 45)
    assert len(context.reported) > 1


def test_what_is_doubtful_or_unread_is_told() -> None:
    pages = (
        Page(1, "One", notes=("hidden text was left out",)),
        Page(2, "", has_text=False, doubts=(Doubt(NO_TEXT, 1.0),)),
        Page(3, "", has_text=False),
        Page(5, "Five", doubts=(Doubt("single_letters", 0.4, "40 % of the words are single letters"),)),
    )
    found = source_of(Document("pdf", pages, page_count=9, notes=("a note",)), "a.pdf")
    assert found.pages == (PageSpan(1, 0, 3), PageSpan(5, 5, 9))
    assert found.info == SourceInfo(
        kind="pdf",
        pages=4,
        characters=9,
        encoding=None,
        doubtful_pages=(2, 5),
        notes=(
            "a note",
            "without text, and not read: pages 2-3",
            "page 1: hidden text was left out",
            "page 5: 40 % of the words are single letters",
        ),
    )


def test_notes_are_bounded() -> None:
    info = source_of(Document("text", (Page(1, "x", notes=("n",) * 70),)), "a").info
    assert info is not None
    assert (len(info.notes), info.notes[-1]) == (50, "21 more notes are left out")


def test_a_file_of_too_many_characters_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "MAX_FILE_CHARS", 10)
    assert source_of(Document("text", (Page(1, "x" * 10),)), "a").text
    with pytest.raises(ProcessorError, match="holds 11 characters and at most 10 are worked on") as caught:
        source_of(Document("text", (Page(1, "x" * 11),)), "a")
    assert caught.value.code == "file_too_large"
