"""A raw answer, whole or in pieces, made text, thoughts, finish, refusal and usage; it opens no connection.

Source: https://platform.openai.com/docs/api-reference/chat, and what its imitators send instead.
"""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.llm import sse, thoughts, usage
from app.llm.base import Completion, ModelError, Usage
from app.llm.failures import bad_response, content_refused, from_body
from app.llm.finish import Finish, meaning

MAX_ANSWER_BYTES = 32_000_000
MAX_NAME_CHARS = 200
MAX_REASONING_CHARS = 200_000

_BLANK = b"\xef\xbb\xbf \t\r\n"
_EVENT_STARTS = (b"data:", b"event:", b":", b"error:", b"id:", b"retry:")
_UNSTORABLE = re.compile(r"[\ud800-\udfff]")
_THOUGHT_KINDS = frozenset(
    {"thinking", "reasoning", "thought", "reasoning_content", "redacted_thinking", "reasoning.text"}
)
# What names an error where an answer should be; the last ones are MiniMax's and Baidu's.
_ERRORS = ("message", "detail", "errors", "base_resp", "error_code", "error_msg")


def _unmoved() -> None:
    pass


@dataclass(slots=True)
class Answer:
    """What has arrived of one answer. `may_quote`: the question itself holds marks of thoughts.

    `usage` is None until the provider says it; it stays readable when reading fails. `moved` is called whenever
    something of the answer itself arrives (text, thoughts, progress), and not for comments and empty events.
    `error_body` is an error that came in an answer's place.
    """

    provider: str
    asked_model: str
    api_key: str
    may_quote: bool = False
    moved: Callable[[], None] = _unmoved
    usage: Usage | None = None
    model: str = ""
    finish_reason: str = ""
    is_done: bool = False
    in_pieces: bool = False
    text: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    refusal: list[str] = field(default_factory=list)
    error_body: object = None

    async def read(self, chunks: AsyncIterator[bytes], *, is_stream: bool) -> Completion:
        """Read an answer to its end, as server-sent events or as one JSON document. Raises: ModelError.

        A server that sends the other of both than was asked for is understood too.
        """
        bounded = _bounded(chunks)
        first = await _first_text(bounded)
        begun = first.lstrip(_BLANK)
        is_document = begun.startswith((b"{", b"["))
        try:
            if begun.startswith(_EVENT_STARTS) or (is_stream and not is_document):
                await self._read_events(_joined(first, bounded))
            else:
                await self._read_whole(_joined(first, bounded))
            return self._judged()
        except RecursionError:
            raise self._paid(bad_response("it is nested too deeply")) from None
        except sse.EndlessLineError:
            raise self._paid(bad_response("it has a line without an end")) from None
        except ModelError as error:
            raise self._paid(error) from error.__cause__

    async def _read_whole(self, chunks: AsyncIterator[bytes]) -> None:
        content = b"".join([chunk async for chunk in chunks])
        self._add(_object(content), "message")
        self.is_done = True

    async def _read_events(self, chunks: AsyncIterator[bytes]) -> None:
        self.in_pieces = True
        async for event in sse.events(chunks):
            for document in self._documents(event):
                self._add(document, "delta")

    def _documents(self, event: sse.Event) -> Iterator[Mapping[str, Any]]:
        if event.data == ("[DONE]",) or event.data[-1].strip() == "[DONE]":
            self.is_done = True
            event = sse.Event(event.name, event.data[:-1])
        if not event.data:
            return
        try:
            found = [_object("\n".join(event.data).encode("utf-8", "replace"))]
        except ModelError:  # a server that parts its events with one newline
            if event.name == "error":
                raise self._failed({"message": " ".join(event.data)}) from None
            if len(event.data) == 1:
                raise
            found = [_object(one.encode("utf-8", "replace")) for one in event.data]
        for document in found:
            if event.name == "error" and "choices" not in document:
                raise self._failed(document.get("error") or document)
            yield document

    def _add(self, document: Mapping[str, Any], key: str) -> None:
        self.usage = usage.read(document) or self.usage
        self.model = _text(document.get("model")) or self.model
        if document.get("error"):
            raise self._failed(document["error"])
        if document.get("prompt_progress"):  # llama.cpp, while it still reads the question
            self.moved()
        choice = _first_choice(document)
        if choice is None:
            if key == "message":
                raise self._without_choice(document)
            return  # the last event of a stream holds the usage only
        if choice.get("error"):
            raise self._failed(choice["error"])
        said = choice.get(key) or choice.get("message" if key == "delta" else "delta")
        if key == "delta" and said is choice.get("message") and isinstance(said, Mapping):
            self._begin_anew(said)
        self._say(said if isinstance(said, Mapping) else {"content": choice.get("text")})
        self.finish_reason = _text(choice.get("finish_reason")) or self.finish_reason
        if key == "delta":
            self.usage = usage.read(choice) or self.usage  # Moonshot's streams have it there

    def _say(self, said: Mapping[str, Any]) -> None:
        before = len(self.text) + len(self.reasoning) + len(self.refusal)
        self._part(said.get("content"))
        self._thought(said)
        self.refusal += _texts(said.get("refusal"))
        if len(self.text) + len(self.reasoning) + len(self.refusal) > before:
            self.moved()

    def _begin_anew(self, whole: Mapping[str, Any]) -> None:
        """Drop what the last event of a stream repeats as a whole (MiniMax)."""
        if "".join(self.text) and "".join(_texts(whole.get("content"))).startswith("".join(self.text)):
            self.text.clear()
            self.reasoning.clear()

    def _part(self, content: object) -> None:
        """Take content: text, one part, or a list of parts of text, thoughts and refusals."""
        if isinstance(content, list):
            for one in content:
                self._part(one)
        elif isinstance(content, Mapping):
            kind = _text(content.get("type"))
            if kind in _THOUGHT_KINDS:
                self.reasoning += _texts(content.get("thinking") or content.get("text") or content.get("content"))
            elif kind == "refusal":
                self.refusal += _texts(content.get("refusal"))
            else:
                self.text += _texts(content.get("text"))
        else:
            self.text += _texts(content)

    def _thought(self, said: Mapping[str, Any]) -> None:
        for name in ("reasoning_content", "reasoning", "thinking", "thoughts", "reasoning_details"):
            if found := _texts(said.get(name)):  # several names say the same
                self.reasoning += found
                return

    def _paid(self, error: ModelError) -> ModelError:
        """Return the error with what is known of the answer all the same."""
        error.usage, error.text = self.usage, error.text or "".join(self.text)
        return error

    def _judged(self) -> Completion:
        """Judge what has arrived: the one place that says what an answer is worth. Raises: ModelError."""
        text, thought = thoughts.split(_clean("".join(self.text)), may_quote=self.may_quote)
        finish = meaning(self.finish_reason, is_done=self.is_done)
        if finish is Finish.REFUSED:
            raise content_refused("its content filter withheld the answer")
        if finish is Finish.FAULT:
            raise _cut(f"it ended with {self.finish_reason[:40]!r}" if self.finish_reason else "it breaks off", text)
        if not text.strip():
            raise self._empty(finish, thought)
        return Completion(
            text=text,
            provider=self.provider,
            model=_clean(self.model)[:MAX_NAME_CHARS] or self.asked_model,
            finish_reason="length" if finish is Finish.CUT else "stop",
            usage=self.usage or Usage(0, 0),
            reasoning="\n\n".join(filter(None, (_clean("".join(self.reasoning)).strip(), thought)))[
                :MAX_REASONING_CHARS
            ],
            in_pieces=self.in_pieces,
        )

    def _empty(self, finish: Finish, thought: str) -> ModelError:
        if "".join(self.refusal).strip():
            return content_refused("the model will not answer this")
        used = self.usage.completion_tokens if self.usage else 0
        spent = f", all {used:,} tokens of its room" if used else ""
        if finish is Finish.CUT:
            why = f"the model was still thinking when its room for the answer ended{spent}"
            return ModelError("output_truncated", why)
        if thought or self.reasoning:
            return bad_response("it has thoughts, but no content")
        return bad_response("it has no content")

    def _without_choice(self, document: Mapping[str, Any]) -> ModelError:
        if document.get("object") == "error" or any(name in document for name in _ERRORS):
            return self._failed(document)
        return bad_response("it has no choice")

    def _failed(self, error: object) -> ModelError:
        self.error_body = error
        return from_body(error if isinstance(error, Mapping) else {"message": error}, api_key=self.api_key)


def _cut(why: str, text: str) -> ModelError:
    error = bad_response(why)
    error.text = text
    return error


async def _bounded(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise bad_response("it is too large")
        yield chunk


async def _first_text(chunks: AsyncIterator[bytes]) -> bytes:
    """Return the first that is more than white space: some servers keep a connection alive with newlines.

    What came before it is dropped, so that looking at white space without an end costs no more than reading it.
    """
    async for chunk in chunks:
        if chunk.strip(_BLANK):
            return chunk
    return b""


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _object(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        raise bad_response("it is not JSON") from None
    if isinstance(document, list) and len(document) == 1:  # Gemini's errors
        [document] = document
    if not isinstance(document, Mapping):
        raise bad_response("it is no JSON object")
    return document


def _first_choice(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = document.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else None


def _texts(value: object) -> list[str]:
    """Return the texts of a value: itself, or those of its parts."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, Mapping):
        return _texts(value.get("text") or value.get("content") or value.get("summary") or value.get("value"))
    return [text for one in value for text in _texts(one)] if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _clean(text: str) -> str:
    """Drop what neither PostgreSQL nor a later request can hold: NUL characters and lone surrogates."""
    return _UNSTORABLE.sub("�", text.replace("\x00", ""))
