"""Files that people have, uploaded and worked on by every process: what was read of them, and what is doubted."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.core.database import Database
from app.core.settings import Settings
from tests.conftest import empty
from tests.corpus.truth import DOCUMENTS
from tests.rig.stack import eventually, running

JOBS = "/api/v1/jobs"
FINAL = {"completed", "failed", "cancelled"}
PLAN = "[[plan:echo:The%20mill%20was%20built.]]"
LETTER = f"Müller schuldet 1.250,50 € für Äpfel und Öl. {PLAN}"
JAPANESE = f"水車は古い川のほとりに立っています。水は静かに流れ、粉を挽きます。{PLAN}"
MENTIONS = f"# How to read a PDF\n\nA file that begins with %PDF-1.7 is one.\n\n{PLAN}\n"

Check = Callable[[dict[str, Any]], object]


@dataclass(frozen=True)
class Row:
    """A file, what is done with it, and what must hold of the result."""

    name: str
    file: str
    content: bytes
    holds: Check
    type: str = "summarize"


def corpus(name: str) -> bytes:
    return (DOCUMENTS / f"{name}.pdf").read_bytes()


def page(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = result["pages"][0]
    return found


def says(*words: str) -> Check:
    return lambda result: all(
        word in " ".join(article["body"] + (article["title"] or "") for article in page(result)["articles"])
        for word in words
    )


def pdf(name: str, holds: Check, before: bytes = b"") -> Row:
    return Row(f"{before!r} {name}" if before else name, f"{name}.pdf", before + corpus(name), holds, "pdf_extract")


def text(name: str, file: str, content: bytes, encoding: str, kind: str = "text") -> Row:
    return Row(
        name, file, content, lambda result: result["source"] | {"encoding": encoding, "kind": kind} == result["source"]
    )


ROWS = [
    pdf("latex_article_ligatures", says("official", "affidavit", "efficient")),
    pdf("typst_turned_90", says("without doing any work")),
    pdf("chromium_japanese_vertical", says("水門")),
    pdf("chromium_arabic", says("الفولاذ")),
    pdf("chromium_letters_set_apart", lambda result: not page(result)["doubtful"]),
    pdf("libreoffice_form", says("Ottoline Fairweather")),
    pdf("latex_table_pages", lambda result: page(result)["tables"][0]["rows"][1][0]),
    pdf("typst_invoice", says("VAT number GB 417 2290 55")),
    pdf(
        "edited_shifted_map",
        lambda result: page(result)["doubtful"] and page(result)["doubts"][0]["reason"] == "wrong_letters",
    ),
    pdf("latex_code", lambda result: not page(result)["doubtful"], before=b"GPL Ghostscript 10.02\nCopyright\n"),
    pdf("latex_code", lambda result: not page(result)["doubtful"], before=b"\xef\xbb\xbf\n"),
    text("Excel's UTF-16", "list.csv", f"Name;Amount\nMüller;5\n{PLAN};6\n".encode("utf-16"), "UTF-16LE", "csv"),
    text("cp1252", "letter.txt", LETTER.encode("cp1252"), "windows-1252"),
    text("Shift-JIS", "mill.txt", JAPANESE.encode("shift_jis"), "Shift_JIS"),
    text("Markdown about PDFs", "how.md", MENTIONS.encode(), "UTF-8", "markdown"),
    text("HTML", "page.html", f"<!doctype html><p>The mill. {PLAN}</p>".encode(), "UTF-8", "html"),
    text("XML", "feed.xml", f'<?xml version="1.0"?><a>The mill. {PLAN}</a>'.encode(), "UTF-8", "xml"),
]


@pytest.fixture(scope="module")
async def results(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, open_database: Database
) -> AsyncIterator[dict[str, dict[str, Any]]]:
    await empty(open_database)
    folder: Path = tmp_path_factory.mktemp("documents")
    async with running(settings, folder, OCR="off") as stack:
        await stack.scripted_model()
        await stack.worker()
        client = await stack.api()
        stack.scheduler()
        ids = {row.name: await _submit(client, row) for row in ROWS}
        yield {name: await _ended(client, one) for name, one in ids.items()}


async def _submit(client: httpx2.AsyncClient, row: Row) -> str:
    stored = await client.post("/api/v1/files", files={"file": (row.file, row.content)})
    assert stored.status_code == 201, stored.text
    given = {"type": row.type, "input": {"file_id": stored.json()["id"]}}
    answer = await client.post(JOBS, json=given)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


async def _ended(client: httpx2.AsyncClient, job: str) -> dict[str, Any]:
    shown: dict[str, Any] = {}

    async def is_final() -> bool:
        shown.update((await client.get(f"{JOBS}/{job}")).json())
        return shown["status"] in FINAL

    await eventually(is_final, what=f"job {job} ends")
    return shown


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_a_file_is_read_rightly_or_said_to_be_doubtful(results: dict[str, dict[str, Any]], row: Row) -> None:
    job = results[row.name]
    assert job["status"] == "completed", job["error"]
    assert row.holds(job["result"]), job["result"]
