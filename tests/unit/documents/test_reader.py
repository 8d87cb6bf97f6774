import asyncio
import io
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from pypdfium2 import PdfiumError

from app.documents import child
from app.documents.errors import DocumentError
from app.documents.pdf import document
from app.documents.process import judge as _judge
from app.documents.reader import draw as draw_page
from app.documents.reader import read as read_pdf
from tests.corpus.truth import load
from tests.rig import pdfs
from tests.unit.documents.report import REPORT


async def test_the_text_of_all_pages_is_read() -> None:
    found = await read_pdf(REPORT)
    assert (found.page_count, len(found.pages)) == (3, 3)
    assert found.text.startswith("Annual Report 2025\n\n1. Summary\n\n2025 was the first full year")
    assert found.text.endswith("Margaret Olusoga, chair")


async def test_a_file_on_disk_is_read_as_bytes_are(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(REPORT)
    assert await read_pdf(tmp_path / "a.pdf") == await read_pdf(REPORT)


async def test_only_the_pages_wanted_are_read() -> None:
    assert [page.number for page in (await read_pdf(REPORT, first=2, last=9)).pages] == [2, 3]


async def test_a_page_is_drawn() -> None:
    assert (await draw_page(REPORT, 2)).startswith(b"\xff\xd8\xff")


async def test_a_pdf_that_takes_too_long_is_a_timeout_worth_another_try() -> None:
    with pytest.raises(DocumentError) as caught:
        await read_pdf(REPORT, wall_s=0)
    assert (caught.value.code, caught.value.retryable) == ("read_timeout", True)


async def test_cancelling_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    start, begun = asyncio.create_subprocess_exec, asyncio.Event()

    async def start_noted(*args: str, **kwargs: object) -> asyncio.subprocess.Process:
        started.append(await start(*args, **kwargs))  # type: ignore[arg-type]
        begun.set()
        return started[0]

    monkeypatch.setattr("app.documents.process.asyncio.create_subprocess_exec", start_noted)
    task = asyncio.create_task(read_pdf(REPORT))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert started[0].returncode is not None


async def test_a_process_that_says_too_much_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.documents.process.MAX_ANSWER_BYTES", 100)
    with pytest.raises(DocumentError) as caught:
        await read_pdf(REPORT)
    assert caught.value.code == "file_too_large"


async def test_the_process_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "app.documents.process._MAIN",
        "import os, json; print(json.dumps({'error': 'x', 'message': str(dict(os.environ))}))",
    )
    monkeypatch.setenv("SECRET_KEY", "hush")
    with pytest.raises(DocumentError) as caught:
        await read_pdf(REPORT)
    assert "hush" not in caught.value.message


@pytest.mark.parametrize("returncode", [-24, -9, -6])
def test_a_process_killed_by_its_limits_means_too_large(returncode: int) -> None:
    with pytest.raises(DocumentError) as caught:
        _judge(b"", returncode)
    assert caught.value.code == "file_too_large"


def test_a_process_that_crashed_means_unreadable() -> None:
    with pytest.raises(DocumentError) as caught:
        _judge(b"", -11)
    assert caught.value.code == "file_unreadable"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), "file_too_large"),
        (RecursionError(), "file_too_large"),
        (PdfiumError("x"), "file_unreadable"),
        (KeyError("x"), "file_unreadable"),
    ],
)
def test_whatever_the_library_raises_has_a_code(monkeypatch: pytest.MonkeyPatch, error: Exception, code: str) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(document, "read", fail)
    assert f'"error": "{code}"'.encode() in child.answer(["pages", "1", "0", "auto"], REPORT)


def test_the_process_answers_with_what_was_asked_for() -> None:
    assert child.answer(["draw", "1"], REPORT).startswith(b"\xff\xd8")
    assert b'"page_count": 3' in child.answer(["pages", "1", "1", "auto"], REPORT)


def test_it_limits_itself_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []

    class Input(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            steps.append("read")
            return REPORT

    out = io.BytesIO()
    monkeypatch.setattr("resource.setrlimit", lambda *_: steps.append("limit"))
    monkeypatch.setattr("sys.stdin", type("Stdin", (), {"buffer": Input()}))
    monkeypatch.setattr("sys.stdout", type("Stdout", (), {"buffer": out}))
    child.main(["pages", "1", "0", "auto"])
    assert steps == [*["limit"] * 4, "read"]
    assert b"page_count" in out.getvalue()


def test_a_page_drawn_is_a_jpeg_at_150_dpi() -> None:
    from PIL import Image

    with Image.open(io.BytesIO(document.draw(pdfs.blank(), 1))) as picture:
        assert (picture.format, picture.size) == ("JPEG", (1240, 1755))


@pytest.mark.parametrize("name", ["reportlab_form", "edited_form_undrawn"])
def test_the_picture_of_a_form_shows_its_values(name: str) -> None:
    content = load(name).content
    shown = Image.open(io.BytesIO(document.draw(content, 1))).convert("L")
    blank = pypdfium2.PdfDocument(content)[0].render(scale=150 / 72).to_pil().convert("L")
    assert _ink(shown) > 2 * _ink(blank)


def _ink(picture: Image.Image) -> int:
    return sum(value < 100 for value in picture.tobytes())
