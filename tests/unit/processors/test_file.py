from pathlib import Path

import pytest
from pydantic import ValidationError

from app.processors.base import ProcessorError
from app.processors.file import FileResult, run
from app.processors.inputs import FileInput
from app.storage.local import FileStore
from tests.unit.documents.report import REPORT
from tests.unit.processors.played import PlayedContext


async def _summarize(root: Path, name: str, content: bytes | None) -> FileResult:
    if content is not None:
        (root / name).write_bytes(content)
    context = PlayedContext(["The mill is old."], files=FileStore(root, 1_000_000))
    return await run(FileInput(input_file_path=name), context)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.json", "a.log", "a", "a.unknown"])
async def test_a_text_file_is_summarized(tmp_path: Path, name: str) -> None:
    found = await _summarize(tmp_path, name, b"It is said: The mill is old.")
    assert (found.summary, found.pages, found.characters, found.encoding) == ("The mill is old.", None, 28, "UTF-8")
    (said,) = found.statements
    assert (said.text, said.score, said.page, said.start, said.end) == ("The mill is old.", 1.0, None, 12, 28)


async def test_a_pdf_s_summary_says_where_it_stands(tmp_path: Path) -> None:
    found = await _summarize(tmp_path, "a.pdf", REPORT)
    assert (found.kind, found.pages, found.encoding) == ("pdf", 3, None)
    assert [one.page for one in found.statements] == [None], "the report says no such thing"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [("a.txt", None, "file_not_found"), ("a.txt", b"", "file_empty"), ("a.txt", b"x" * 1_000_001, "file_too_large")],
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
