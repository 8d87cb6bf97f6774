"""A model that reads a PDF's pages as a test likes, and what the extraction made of them."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from app.llm.base import Message
from app.processors.base import ProcessorError
from app.processors.pdf_extract import PdfExtractInput, run
from app.processors.pdf_results import PdfExtractResult
from app.storage.local import FileStore
from tests.conftest import ROOT
from tests.unit.processors.played import Asked, PlayedContext

EXAMPLES = ROOT / "examples"
SCANNED = {
    "title": "Seen",
    "subtitle": None,
    "author": None,
    "body": "As printed.",
    "topics": ["a", "b", "c"],
    "summary": "So.",
}
SCAN = json.dumps({"articles": [SCANNED]})


def described(asked: Asked, **said: str) -> str:
    """Return an answer with what was asked for."""
    right = {"summary": "It is so.", "topics": ["one", "two", "three"], "author": None, "title": None, **said}
    return json.dumps({name: right[name] for name in (asked.schema or {})["properties"]})


class Reader(PlayedContext):
    """A model whose answer follows from the question; None stands for the right one."""

    def __init__(self, answer: Callable[[Asked], str | None] = lambda _: None, **fields: Any) -> None:
        super().__init__(files=FileStore(EXAMPLES, 10_000_000), **fields)
        self._answer = answer
        self.at_once = self.most_at_once = 0

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        await super().ask(*messages, schema=schema, max_output_tokens=max_output_tokens, keep=keep)
        asked = self.asked[-1]
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            answer = self._answer(asked)
        finally:
            self.at_once -= 1
        return answer if answer is not None else SCAN if any(one.images for one in messages) else described(asked)

    def store(self, folder: Path, content: bytes) -> None:
        (folder / "a.pdf").write_bytes(content)
        self.files = FileStore(folder, 10_000_000)


async def extract(context: PlayedContext, **given: Any) -> PdfExtractResult:
    return await run(PdfExtractInput.model_validate({"input_file_path": "newspaper.pdf", **given}), context)


async def failure(context: PlayedContext, **given: Any) -> ProcessorError:
    with pytest.raises(ProcessorError) as caught:
        await extract(context, **given)
    return caught.value


def says(asked: Asked, words: str) -> bool:
    return any(words in message.content for message in asked.messages)


def pages_of(result: Any) -> dict[int, tuple[str, str | None]]:
    return {page.page_number: (page.status, page.reason) for page in result.pages}
