"""A Context whose model answers by what it was asked, beside the one of `app.processors.testing`."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from app.llm.base import Message, ModelError
from app.processors.testing import Asked, PlayedContext

__all__ = ["Asked", "PlayedContext", "Remembering"]


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
