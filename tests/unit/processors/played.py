"""A Context whose model says what the test wrote, and which remembers what it was asked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.llm.base import Message
from app.storage.local import FileStore


@dataclass
class Asked:
    messages: tuple[Message, ...]
    schema: Mapping[str, Any] | None
    max_output_tokens: int | None


@dataclass
class PlayedContext:
    """The last answer repeats."""

    answers: list[str] = field(default_factory=lambda: ["An answer."])
    context_tokens: int | None = 128_000
    files: FileStore = field(default_factory=lambda: FileStore(Path("nowhere"), 1_000_000))
    asked: list[Asked] = field(default_factory=list)
    told: list[tuple[int, int]] = field(default_factory=list)

    async def ask(
        self, *messages: Message, schema: Mapping[str, Any] | None = None, max_output_tokens: int | None = None
    ) -> str:
        self.asked.append(Asked(messages, schema, max_output_tokens))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]

    async def progress(self, done: int, total: int, note: str = "") -> None:
        self.told.append((done, total))
