"""One request as the server reads it: where it was sent, with which key, and what its body wants."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.scripted_model.plan import last_text

_BYTES_A_TOKEN = 4
_IMAGE_TOKENS = 1000
_MARK = "JSON Schema:"  # the line above the schema where it goes along as text


@dataclass(frozen=True, slots=True)
class Request:
    """A call of chat completions; `path` is what follows the personality's own prefix, headers are in lower case."""

    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = "/v1/chat/completions"
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def model(self) -> str:
        """The name of the model that is asked."""
        return str(self.body.get("model") or "")

    @property
    def bearer(self) -> str:
        """The key of the Authorization header, empty without one."""
        return self.headers.get("authorization", "").removeprefix("Bearer").strip()

    @property
    def streams(self) -> bool:
        """Whether the answer is wanted in pieces."""
        return bool(self.body.get("stream"))

    @property
    def wants_usage(self) -> bool:
        """Whether the pieces' usage is asked for."""
        return bool((self.body.get("stream_options") or {}).get("include_usage"))

    @property
    def room(self) -> int | None:
        """How many tokens the answer may have, by either name; None without a limit."""
        found = self.body.get("max_completion_tokens", self.body.get("max_tokens"))
        return found if isinstance(found, int) else None

    @property
    def format(self) -> str:
        """The type of the response format: json_schema, json_object, or empty."""
        return str((self.body.get("response_format") or {}).get("type") or "")

    @property
    def schema(self) -> Mapping[str, Any] | None:
        """The JSON Schema that goes along as a response format."""
        found = ((self.body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        return found if isinstance(found, Mapping) else None

    @property
    def messages(self) -> list[Mapping[str, Any]]:
        """The conversation."""
        return [one for one in self.body.get("messages") or [] if isinstance(one, Mapping)]

    @property
    def roles(self) -> list[str]:
        """Who speaks, in order."""
        return [str(one.get("role")) for one in self.messages]

    @property
    def has_images(self) -> bool:
        """Whether a picture goes along."""
        return any(part.get("type") == "image_url" for one in self.messages for part in _parts(one.get("content")))

    @property
    def prompt_tokens(self) -> int:
        """How many tokens the conversation has: one for each four bytes of text, a flat number for each image."""
        return sum(content_tokens(one.get("content")) for one in self.messages)

    def mentions(self, word: str) -> bool:
        """Say whether a message has the word, in any case."""
        return any(word in text_of(one.get("content")).lower() for one in self.messages)

    def last_text(self) -> str:
        """Return the last user message that holds a plan, else the last one."""
        return last_text(self.body)


def wanted_schema(request: Request) -> Mapping[str, Any] | None:
    """Return the schema that the answer should fit: of the response format, else the last one written in a message."""
    if request.schema is not None:
        return request.schema
    texts = [text_of(one.get("content")) for one in reversed(request.messages)]
    marked = [text.rpartition(_MARK)[2] for text in texts if _MARK in text]
    for text in marked or (texts if request.format == "json_object" else []):
        if found := [one for one in _objects(text) if "type" in one or "properties" in one]:
            return found[-1]
    return None


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """Yield the outermost JSON objects of a text, in order."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except ValueError:
            end = at + 1
        else:
            yield found
        at = text.find("{", end)


def text_of(content: object) -> str:
    """Return the text of a message's content, whose parts are joined."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in _parts(content))


def tokens_of(text: str) -> int:
    """Return a text's tokens."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // _BYTES_A_TOKEN)


def content_tokens(content: object) -> int:
    """Return the tokens of a message's content."""
    if isinstance(content, str):
        return tokens_of(content)
    return sum(
        _IMAGE_TOKENS if part.get("type") == "image_url" else tokens_of(text_of([part])) for part in _parts(content)
    )


def first_tokens(text: str, count: int) -> str:
    """Return the start of a text that has at most so many tokens."""
    return text.encode("utf-8", "surrogatepass")[: count * _BYTES_A_TOKEN].decode("utf-8", "ignore")


def _parts(content: object) -> list[Mapping[str, Any]]:
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []
