"""A long PDF is summarised part by part: progress is told, kept parts are not asked for again, places have pages."""

from pathlib import Path

import pytest

from app.llm.base import ModelError
from app.processors.file import run
from app.processors.inputs import FileInput
from app.storage.local import FileStore
from tests.rig import pdfs
from tests.unit.processors.played import Remembering

PAGES = 45


def picker(folder: Path) -> Remembering:
    """Return a small model that picks the first sentence."""
    return Remembering(
        lambda _, asked: {"summary": (asked.schema or {})["properties"]["summary"]["enum"][0]},
        context_tokens=8192,
        files=FileStore(folder, 10_000_000),
    )


def _page(number: int) -> list[pdfs.Text]:
    lines = [f"House {number * 20 + line} of the village was built beside the mill." for line in range(20)]
    return pdfs.column(50, 780, lines, leading=24)


async def test_a_long_pdf_is_read_once_and_asked_for_once(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdfs.of_texts(*map(_page, range(PAGES))))
    given, context = FileInput(input_file_path="a.pdf"), picker(tmp_path)
    found = await run(given, context)
    whole = len(context.asked)
    assert whole > 6
    assert (PAGES, PAGES) in context.reported
    assert found.pages == PAGES
    assert len({said.page for said in found.statements}) > 1
    assert all(said.score == 1 and said.quote == said.text for said in found.statements)
    context.answered.clear()
    context.asked.clear()
    context.fails_after = whole // 2
    with pytest.raises(ModelError):
        await run(given, context)
    assert len(context.asked) == whole // 2
    context.fails_after = 10_000
    assert await run(given, context) == found
    assert len(context.asked) == whole, "only what was missing"
    assert all(asked.keep for asked in context.asked)
