import asyncio
import io
import json
from pathlib import Path

import pytest
from pypdf import PdfWriter
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError

from app.processors import pdf_text
from app.processors.base import ProcessorError
from app.processors.pdf import _judge, read_pdf

REPORT = (Path(__file__).parents[3] / "examples" / "report.pdf").read_bytes()


def make_pdf(*, pages: int = 1, password: str | None = None, report: bool = False) -> bytes:
    writer = PdfWriter(clone_from=io.BytesIO(REPORT)) if report else PdfWriter()
    for _ in range(0 if report else pages):
        writer.add_blank_page(100, 100)
    if password is not None:
        writer.encrypt(password, owner_password="owner", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


async def _code(content: bytes) -> str:
    with pytest.raises(ProcessorError) as caught:
        await read_pdf(content)
    return caught.value.code


async def test_a_pdf_s_text_is_read() -> None:
    found = await read_pdf(REPORT)
    assert (found.pages > 0, len(found.text) > 100) == (True, True)


async def test_a_pdf_with_a_password_is_encrypted() -> None:
    assert await _code(make_pdf(password="secret", report=True)) == "pdf_encrypted"


async def test_a_pdf_with_an_empty_password_is_read() -> None:
    assert (await read_pdf(make_pdf(password="", report=True))).text == (await read_pdf(REPORT)).text


async def test_a_pdf_without_text_is_empty() -> None:
    assert await _code(make_pdf()) == "file_empty"


async def test_a_pdf_of_too_many_pages_is_too_large() -> None:
    assert await _code(make_pdf(pages=pdf_text.MAX_PAGES + 1)) == "file_too_large"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"%PDF-1.7\n" + bytes(range(256)) * 10, REPORT[:300]])
async def test_a_broken_pdf_is_unreadable(content: bytes) -> None:
    assert await _code(content) in {"file_unreadable", "file_empty"}


async def test_a_pdf_that_takes_too_long_is_a_timeout_worth_another_try() -> None:
    with pytest.raises(ProcessorError) as caught:
        await read_pdf(REPORT, wall_s=0)
    assert (caught.value.code, caught.value.retryable) == ("pdf_timeout", True)


async def test_cancelling_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[asyncio.subprocess.Process] = []
    start, begun = asyncio.create_subprocess_exec, asyncio.Event()

    async def start_noted(*args: str, **kwargs: object) -> asyncio.subprocess.Process:
        started.append(await start(*args, **kwargs))  # type: ignore[arg-type]
        begun.set()
        return started[0]

    monkeypatch.setattr("app.processors.pdf.asyncio.create_subprocess_exec", start_noted)
    task = asyncio.create_task(read_pdf(REPORT))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert started[0].returncode is not None


@pytest.mark.parametrize("returncode", [-24, -9])
def test_a_process_killed_by_its_limits_means_too_large(returncode: int) -> None:
    with pytest.raises(ProcessorError) as caught:
        _judge(b"", returncode)
    assert caught.value.code == "file_too_large"


def test_a_process_that_crashed_means_unreadable() -> None:
    with pytest.raises(ProcessorError) as caught:
        _judge(b"", -11)
    assert caught.value.code == "file_unreadable"


def test_the_text_of_all_pages_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_text, "MAX_TEXT_CHARS", 10)
    assert pdf_text.extract(REPORT)["error"] == "file_too_large"


def test_pages_are_parted_by_blank_lines() -> None:
    assert pdf_text._join(["one\x00", "two\ud800"]) == {"pages": 2, "text": "one\n\ntwo?"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (make_pdf(password="secret"), "pdf_encrypted"),
        (make_pdf(), "file_empty"),
        (make_pdf(pages=pdf_text.MAX_PAGES + 1), "file_too_large"),
        (b"", "file_unreadable"),
    ],
    ids=["password", "empty", "pages", "nothing"],
)
def test_the_reader_names_what_is_wrong(content: bytes, code: str) -> None:
    assert pdf_text.extract(content)["error"] == code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (FileNotDecryptedError("x"), "pdf_encrypted"),
        (DependencyError("x"), "pdf_encrypted"),
        (LimitReachedError("x"), "file_too_large"),
        (MemoryError(), "file_too_large"),
        (RecursionError(), "file_too_large"),
        (KeyError("x"), "file_unreadable"),
    ],
)
def test_whatever_the_library_raises_has_a_code(monkeypatch: pytest.MonkeyPatch, error: Exception, code: str) -> None:
    def fail(_: object) -> None:
        raise error

    monkeypatch.setattr("pypdf.PdfReader", fail)
    assert pdf_text.extract(REPORT)["error"] == code


def test_the_script_limits_itself_before_it_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    out = io.BytesIO()

    def extract(_: bytes) -> dict[str, int]:
        steps.append("extract")
        return {"pages": 1}

    monkeypatch.setattr("resource.setrlimit", lambda *_: steps.append("limit"))
    monkeypatch.setattr(pdf_text, "extract", extract)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(REPORT)))
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(out))
    pdf_text.main()
    assert (steps, json.loads(out.getvalue())) == ([*["limit"] * 4, "extract"], {"pages": 1})
