"""A Context whose model says what the test wrote, and which remembers what it was asked."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from app.llm.base import Message, ModelError
from app.storage.base import LocalFile
from app.storage.local import FileMissing, FileStore


@dataclass
class Asked:
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None
    max_output_tokens: int | None
    keep: bool = False


@dataclass
class PlayedContext:
    """The last answer repeats."""

    answers: list[str] = field(default_factory=lambda: ["An answer."])
    context_tokens: int | None = 128_000
    files: FileStore = field(default_factory=lambda: FileStore(Path("nowhere"), 1_000_000))
    uploads: dict[UUID, LocalFile] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    vision: bool = False
    ocr: tuple[str, ...] = ()
    kept: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[int, int]] = field(default_factory=list)

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        self.asked.append(Asked(messages, schema, max_output_tokens, keep))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    async def parts(self) -> Mapping[str, Any]:
        return self.kept

    async def save_part(self, key: str, value: Any) -> None:
        self.kept[key] = value

    async def progress(self, done: int, total: int, note: str = "") -> None:
        self.told.append((done, total))

    @asynccontextmanager
    async def file(self, file_id: UUID) -> AsyncIterator[LocalFile]:
        if file_id not in self.uploads:
            raise FileMissing(f"there is no file {file_id}")
        yield self.uploads[file_id]


class Remembering(PlayedContext):
    """A model whose answer, a JSON value, follows from the question; it is down after `fails_after` calls.

    What it said with `keep` is not asked for again, as a later attempt of the job would not.
    """

    def __init__(self, answer: Callable[[str, Asked], Any], **fields: Any) -> None:
        super().__init__(**fields)
        self._answer = answer
        self.answered: dict[str, str] = {}
        self.fails_after = 10_000

    async def ask(
        self,
        *messages: Message,
        schema: Mapping[str, Any] | None = None,
        max_output_tokens: int | None = None,
        keep: bool = False,
    ) -> str:
        question = messages[-1].content
        if question in self.answered:
            return self.answered[question]
        if len(self.asked) >= self.fails_after:
            raise ModelError("unavailable", "It is down.")
        await super().ask(*messages, schema=schema, max_output_tokens=max_output_tokens, keep=keep)
        answer = json.dumps(self._answer(question, self.asked[-1]))
        if keep:
            self.answered[question] = answer
        return answer
