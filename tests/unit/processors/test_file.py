from pathlib import Path

import pytest
from pydantic import ValidationError

from app.processors.base import ProcessorError
from app.processors.file import FileInput, FileResult, run
from app.storage.local import FileStore
from tests.rig import pdfs
from tests.unit.documents.test_reader import REPORT
from tests.unit.processors.played import PlayedContext


async def _summarize(root: Path, name: str, content: bytes | None) -> tuple[FileResult, PlayedContext]:
    if content is not None:
        (root / name).write_bytes(content)
    context = PlayedContext(["Fine."], files=FileStore(root, 1_000_000))
    return await run(FileInput(input_file_path=name), context), context


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.CSV", "a.json", "a.log"])
async def test_a_text_file_is_summarized(tmp_path: Path, name: str) -> None:
    found, _ = await _summarize(tmp_path, name, b"The mill is old.")
    assert found == FileResult(summary="Fine.", pages=None, characters=16)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
async def test_a_text_file_s_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    _, context = await _summarize(tmp_path, "a.txt", "Größe".encode(encoding))
    assert context.asked[0].messages[-1].content == "<text>\nGröße\n</text>"


@pytest.mark.parametrize("name", ["a.pdf", "a.txt", "a", "a.bin"])
async def test_a_pdf_is_known_by_its_content(tmp_path: Path, name: str) -> None:
    found, _ = await _summarize(tmp_path, name, REPORT)
    assert (found.pages or 0) > 0


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.txt", None, "file_not_found"),
        ("a.txt", b"", "file_empty"),
        ("a.txt", b" \n\t", "file_empty"),
        ("a.txt", b"a\x00b", "file_unreadable"),
        ("a.png", b"text", "file_unreadable"),
        ("a", b"text", "file_unreadable"),
        ("a.pdf", b"", "file_empty"),
        ("a.pdf", b"text", "file_unreadable"),
        ("a.pdf", pdfs.blank(), "file_empty"),
        ("a.pdf", pdfs.of_texts([(50, 50, 10, "Hello")], password="secret"), "pdf_encrypted"),
        ("a.txt", b"x" * 1_000_001, "file_too_large"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_file_that_cannot_be_summarized_has_its_code(
    tmp_path: Path, name: str, content: bytes | None, code: str
) -> None:
    with pytest.raises(ProcessorError) as caught:
        await _summarize(tmp_path, name, content)
    assert (caught.value.code, caught.value.retryable) == (code, False)


async def test_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_text("here")
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    with pytest.raises(ProcessorError) as caught:
        await _summarize(tmp_path, "a.txt", None)
    assert caught.value.code == "file_refused"


@pytest.mark.parametrize("path", ["", "../a.txt", "/etc/passwd", "a\\b", "C:a", "a\x00", "~/a", "x" * 501])
def test_a_path_out_of_the_folder_is_refused_at_submit(path: str) -> None:
    with pytest.raises(ValidationError):
        FileInput(input_file_path=path)
