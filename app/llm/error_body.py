"""What a provider says in the body of an error, whatever its place there; what it means is the business of others."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

MAX_CHARS = 256 * 1024
_MAX_MARKUP_CHARS = 16_000
_MAX_DEPTH = 10
_MAX_NODES = 400
_MAX_SENTENCE_CHARS = 4_000
_MAX_ENTRIES = 20

# Keys by what stands under them; nothing else is looked at, for there the provider may repeat the user's own text.
_SENTENCE_KEYS = (
    *("message", "msg", "error_message", "errormessage", "error_msg", "error_description", "status_msg"),
    *("faultstring", "detail", "description", "title"),
)
_WORD_KEYS = ("code", "type", "status", "reason", "error_code", "errorcode", "error_type", "__type")
_WAIT_KEYS = ("retrydelay", "retry_delay", "retry_after", "retryafter", "retry_after_s", "retry_after_seconds")
_WAIT_MS_KEYS = ("retry_after_ms", "retryafterms")
_INNER_KEYS = ("error", "errors", "message", "detail", "details", "innererror", "base_resp", "fault", "violations")

_WORD_CHARS = 100
_DECODER = json.JSONDecoder(strict=False)
# What stands before the JSON of an upstream provider inside a gateway's sentence.
_WRAPPED = re.compile(r"(?:error|exception|failed)\b[^{}\[\]\"]{0,80}[:-]\s*b?['\"]?(?=\[?\{)", re.IGNORECASE)
# The members of a Python dictionary that a gateway has printed.
_PRINTED = re.compile(
    r"'(message|code|type|status|detail)': (?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"|(\d{1,6}))", re.DOTALL
)
_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,500}?)</title", re.IGNORECASE | re.DOTALL)
_HEADING = re.compile(r"<h1[^>]{0,200}>(.{0,500}?)</h1", re.IGNORECASE | re.DOTALL)
_XML_MESSAGE = re.compile(r"<(?:\w+:)?(message|faultstring|detail)>(.{0,1000}?)</", re.IGNORECASE | re.DOTALL)
_XML_CODE = re.compile(r"<(?:\w+:)?code>\s*([\w.-]{1,100})\s*</", re.IGNORECASE)
_TAG = re.compile(r"<[^>]{0,500}>")
_CLASS_NAME = re.compile(r"(?:litellm\.(?:exceptions\.)?)?(\w{3,60}(?:Error|Exception))(?::| - )\s*")
_LITELLM = re.compile(r"litellm\.(?:(?:litellm\.)?(?:exceptions\.)?\w{1,60}(?:Error|Exception)(?:: | - ))+")
# Sentences that say nothing where another one says something.
_EMPTY = re.compile(
    r"(?:provider returned error|(?:an? )?(?:unknown |internal |upstream )?error(?: occurred)?|bad request|"
    r"unauthorized|forbidden|not found|unprocessable entity|too many requests|internal server error|bad gateway|"
    r"service unavailable|validation error|[\w-]*)\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a body says. `sentences`: the innermost first, a gateway's own behind them, as they are and unsafe to show.

    `words` are its codes, types and reasons in lower case, `numbers` those that are HTTP statuses. `waits` are
    durations or moments as written, from members that hold nothing else; `headers` those of an upstream provider.
    `names_parameter`: it says which member of the request is wrong.
    """

    sentences: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    numbers: frozenset[int] = frozenset()
    waits: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    names_parameter: bool = False

    @property
    def sentence(self) -> str:
        """Return the sentence that says most, or ""."""
        plain = [_LITELLM.sub("", one) for one in self.sentences]
        telling = (one for one in plain if not _EMPTY.fullmatch(one))
        return next(telling, plain[0] if plain else "")


def read(body: object) -> Said:
    """Read a body: bytes, text, or JSON that was parsed already. Never raises; what is beyond its limits is left."""
    reader = _Reader()
    reader.walk(body.decode("utf-8", "replace") if isinstance(body, bytes) else body, 0)
    return Said(
        tuple(dict.fromkeys(reader.sentences)),
        frozenset(reader.words),
        frozenset(reader.numbers),
        tuple(reader.waits),
        reader.headers,
        reader.names_parameter,
    )


class _Reader:
    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.words: set[str] = set()
        self.numbers: set[int] = set()
        self.waits: list[str] = []
        self.headers: dict[str, str] = {}
        self.names_parameter = False
        self._nodes = 0

    def walk(self, value: object, depth: int) -> None:
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            return
        if isinstance(value, str):
            self._text(value[:MAX_CHARS].lstrip("\ufeff").strip(), depth)
        elif isinstance(value, Mapping):
            self._mapping({str(key).lower(): one for key, one in value.items()}, depth)
        elif isinstance(value, list):
            if self._fields(value[:_MAX_ENTRIES]):
                return
            for one in value[:_MAX_ENTRIES]:
                self.walk(one, depth + 1)

    def _text(self, text: str, depth: int) -> None:
        if not text or text.count("\ufffd") * 10 > len(text):  # nothing, or no text
            return
        if (inner := _container(text)) is not None:
            self.walk(inner, depth + 1)
        elif text.startswith("<") and not text.startswith(("<1", "<2", "<3", "<4", "<5")):  # Alibaba's "<400> …"
            self._markup(text[:_MAX_MARKUP_CHARS])
        else:
            self.words.update(_class_names(text))
            if (inner := _wrapped(text)) is not None:
                self.walk(inner, depth + 1)
            self.sentences.append(text[:_MAX_SENTENCE_CHARS])

    def _markup(self, text: str) -> None:
        self.words.update(code.lower() for code in _XML_CODE.findall(text)[:_MAX_ENTRIES])
        said = [found[1] for found in _XML_MESSAGE.findall(text)[:_MAX_ENTRIES]] or _TITLE.findall(text)[:1]
        for one in said or _HEADING.findall(text)[:1]:
            if plain := " ".join(unescape(_TAG.sub(" ", one)).split()):
                self.sentences.append(plain)

    def _fields(self, entries: list[Any]) -> bool:
        """Read a list of `{loc, msg}`, as FastAPI and Pydantic say which members are wrong."""
        members = [one for one in entries if isinstance(one, Mapping)]
        found = [one for one in members if isinstance(one.get("msg"), str) and "loc" in one]
        if not found:
            return False
        self.names_parameter = True
        parts = []
        for one in found:
            place = one["loc"] if isinstance(one["loc"], list) else [one["loc"]]
            where = ".".join(str(part)[:_WORD_CHARS] for part in place[:_MAX_ENTRIES])
            parts.append(f"{where}: {one['msg']}" if where else one["msg"])
        self.sentences.append("; ".join(parts)[:_MAX_SENTENCE_CHARS])
        return True

    def _mapping(self, members: Mapping[str, Any], depth: int) -> None:
        self._facts(members)
        metadata = members.get("metadata")
        if isinstance(metadata, Mapping):
            self._upstream(metadata, depth)
        for key in _INNER_KEYS:  # what is inside says more
            if isinstance(members.get(key), Mapping | list):
                self.walk(members[key], depth + 1)
        for key in (*_SENTENCE_KEYS, "error"):
            if isinstance(members.get(key), str):
                self.walk(members[key], depth + 1)

    def _facts(self, members: Mapping[str, Any]) -> None:
        for key in _WORD_KEYS:
            self._word(members.get(key))
        error = members.get("error")
        if isinstance(error, str) and " " not in error:  # OAuth's {"error": "invalid_request", …}
            self._word(error)
        param = members.get("param")
        self.names_parameter |= isinstance(param, str) and bool(param) and "invalid_request_error" in self.words
        self.names_parameter |= bool(members.get("fieldviolations"))
        for key in _WAIT_KEYS:
            self.waits.extend(_wait(members.get(key), "s"))
        for key in _WAIT_MS_KEYS:
            self.waits.extend(_wait(members.get(key), "ms"))

    def _word(self, value: object) -> None:
        if isinstance(value, str):
            self.words.add(value.strip().lower()[:_WORD_CHARS])
            value = int(value) if len(value) == 3 and value.isascii() and value.isdecimal() else None  # noqa: PLR2004
        if isinstance(value, int) and not isinstance(value, bool) and 400 <= value < 600:  # noqa: PLR2004 - HTTP's errors
            self.numbers.add(value)

    def _upstream(self, metadata: Mapping[str, Any], depth: int) -> None:
        """Read what OpenRouter and others pass on of the provider behind them."""
        if metadata.get("raw"):
            self.walk(metadata["raw"], depth + 1)
        self._facts({str(key).lower(): one for key, one in metadata.items()})
        reasons = metadata.get("reasons")
        if isinstance(reasons, list) and reasons and "flagged_input" in metadata:
            self.words.add("flagged_input")
        headers = metadata.get("headers")
        if isinstance(headers, Mapping):
            known = list(headers.items())[:_MAX_ENTRIES]
            self.headers.update({str(name): str(one) for name, one in known if isinstance(one, str | int | float)})


def _container(text: str) -> object:
    """Return the object or list that a text is as a whole, None where it is none."""
    if not text.startswith(("{", "[")):
        return None
    try:
        found = _DECODER.raw_decode(text)[0]
    except (ValueError, RecursionError):
        return _printed(text) if text.startswith("{") else None
    return found if isinstance(found, Mapping | list) else None


def _wrapped(text: str) -> object:
    """Return the JSON of another provider inside a gateway's sentence, None where there is none."""
    found = _WRAPPED.search(text[:_MAX_SENTENCE_CHARS])
    if found is None:
        return None
    inner = text[found.end() :]
    return _container(inner) or _container(inner.replace("\\n", " ").replace('\\"', '"'))


def _printed(text: str) -> object:
    found: dict[str, Any] = {}
    for pair in _PRINTED.finditer(text[:_MAX_MARKUP_CHARS]):
        key, single, double, number = pair.groups()
        value = int(number) if number else (single or double or "").replace("\\n", "\n").replace("\\'", "'")
        found.setdefault(key, value)
    return found or None


def _class_names(text: str) -> Iterable[str]:
    """Yield the names of exceptions that a gateway puts before a sentence: `litellm.BadRequestError: …`."""
    position = 0
    while found := _CLASS_NAME.match(text, position):
        yield found[1].lower()
        position = found.end()


def _wait(value: object, unit: str) -> Iterable[str]:
    if isinstance(value, Mapping) and isinstance(value.get("seconds"), int | float | str):
        value = value["seconds"]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return
    text = str(value).strip()[:_WORD_CHARS]
    if text:
        yield f"{text}{unit}" if unit == "ms" and text.replace(".", "", 1).isdecimal() else text
