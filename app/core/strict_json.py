"""JSON as PostgreSQL can keep it: what passes Python's parser but not jsonb is refused on input, cleaned in output."""

import asyncio
import json
import math
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

MAX_DEPTH = 64
MAX_DEEP_POINTER_CHARS = 200
LARGE_BYTES = 65_536
MAX_VALUES = 100_000  # of a body; each costs some hundred bytes of memory, however few it has in the text
MOST_CUT_CHARS = 16  # such as a part of `-Infinity` or of an escape
T = TypeVar("T")
# One, so that they come one after the other, and leave their memory in one place for the next.
_thread = ThreadPoolExecutor(1, thread_name_prefix="json")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
# How a text may hold such a character in JSON that could be parsed: by an escape alone.
_SUSPECT = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
# A string, which may lack its end, or what stands before or between values.
_MARK = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[,\[{]', re.DOTALL)
_MARKS = (b",", b"[", b"{")
_QUOTE = ord('"')
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NAMES = {"\x00": "a NUL character"}


class RefusedJSONError(ValueError):
    """JSON that cannot be stored; `pointer` says where, `malformed` that it could not even be parsed."""

    def __init__(self, detail: str, *, pointer: str = "", malformed: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        self.malformed = malformed


def _refuse_constant(name: str) -> Any:
    raise RefusedJSONError(f"{name} is no JSON number")


def _parse_float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise RefusedJSONError(f"{text[:40]} is too large a number")
    return value


_decoder = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_parse_float)


async def parsed(parse: Callable[[bytes], T], body: bytes) -> T:
    """Return what a parser makes of a body: of a large one beside the loop, and one after the other.

    Many small values take a tenth of a second; four such bodies at once would let nobody else be answered meanwhile.
    """
    if len(body) <= LARGE_BYTES:
        return parse(body)
    return await asyncio.get_running_loop().run_in_executor(_thread, parse, body)


def refuse_many(body: bytes) -> None:
    """Raise RefusedJSONError for a text of over 100,000 values; linear in its length, and makes none of them."""
    if _end_of_allowed(body) < len(body):
        raise _too_many()


def _too_many() -> RefusedJSONError:
    return RefusedJSONError(f"the JSON has over {MAX_VALUES:,} values")


def _end_of_allowed(text: bytes) -> int:
    """Return where in a text one value too many begins; its length if none does."""
    if sum(map(text.count, _MARKS)) > MAX_VALUES:
        marks = (found.start() for found in _MARK.finditer(text) if text[found.start()] != _QUOTE)
        return next(islice(marks, MAX_VALUES, None), len(text))
    return len(text)


class IncompleteError(Exception):
    """More must come before the first value can be read; or it is malformed in a way that only its end can tell."""


@contextmanager
def _refusing_malformed() -> Iterator[None]:
    """Turn what Python's parser raises into RefusedJSONError."""
    try:
        yield
    except RefusedJSONError:
        raise
    except RecursionError:
        raise RefusedJSONError("the JSON is nested too deeply", malformed=True) from None
    except UnicodeDecodeError:
        raise RefusedJSONError("the body is not UTF-8", malformed=True) from None
    except json.JSONDecodeError as error:
        raise RefusedJSONError(f"{error.msg} at character {error.pos}", malformed=True) from None
    except ValueError as error:  # such as an integer of over 4,300 digits
        raise RefusedJSONError(str(error).split(";")[0], malformed=True) from None


def loads(body: bytes) -> Any:
    """Parse a request's JSON strictly. Raises: RefusedJSONError for what is malformed, too deep or cannot be stored.

    Nor may it have over 100,000 values. A byte order mark before it is read over.
    """
    refuse_many(body)
    with _refusing_malformed():
        value = _decoder.decode(body.removeprefix(_BYTE_ORDER_MARK).decode())
    check(value, body)
    return value


def load_first(begun: bytes, *, is_all: bool) -> tuple[Any, int]:
    """Parse the first value of what has come so far, unchecked, and return it with the number of its bytes.

    Raises: IncompleteError; RefusedJSONError for what is malformed however it goes on, or has ended (`is_all`), and for
    a value of over 100,000.
    """
    allowed = _end_of_allowed(begun)
    if allowed < len(begun):
        try:
            return load_first(begun[:allowed], is_all=False)
        except IncompleteError:
            raise _too_many() from None
    with _refusing_malformed():
        broken: UnicodeDecodeError | None = None
        try:
            text = begun.decode()
        except UnicodeDecodeError as error:  # after the first value, or a character that is cut in two
            text, broken = begun[: error.start].decode(), error
        try:
            value, end = _decoder.raw_decode(text)
        except json.JSONDecodeError as error:
            if broken and (is_all or broken.end < len(begun)):
                raise broken from None
            if is_all or not _may_be_cut_off(error):
                raise
            raise IncompleteError from None
    return value, end if text.isascii() else len(text[:end].encode())


def _may_be_cut_off(error: json.JSONDecodeError) -> bool:
    """Say whether more might mend it: it is at the end, or in a string, of which the beginning is named."""
    return error.msg.startswith("Unterminated string") or error.pos >= len(error.doc) - MOST_CUT_CHARS


def check(value: Any, source: bytes) -> None:
    """Raise RefusedJSONError for a value that cannot be stored; `source` is the text that it was parsed from.

    Where no text can hold what is refused, only the depth is looked at.
    """
    if _SUSPECT.search(source) or is_too_deep(value):
        refuse_unstorable(value)


def is_too_deep(value: Any) -> bool:
    """Say whether a value is nested over 64 deep; level by level, which is much faster than to look at each child."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for one in level
            for child in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return any(level)


def refuse_unstorable(value: Any, *, texts: bool = True) -> None:
    """Raise RefusedJSONError when a value holds a NUL, a lone surrogate, NaN, infinity, or is nested over 64 deep.

    Without `texts` strings may hold anything, because they are cleaned afterwards. The work is linear in the value's
    size and the memory in its depth: a pointer is written for the one error that is reported, not for each child.
    """
    for names, item in _walk(value):
        if len(names) > MAX_DEPTH:
            detail = f"the JSON is nested over {MAX_DEPTH} levels deep"
            raise RefusedJSONError(detail, pointer=_pointer(names)[:MAX_DEEP_POINTER_CHARS])
        if names and (fault := _fault_in(names[-1], texts=texts)):
            raise RefusedJSONError(fault, pointer=_pointer(names[:-1]))
        if fault := _fault_in(item, texts=texts):
            raise RefusedJSONError(fault, pointer=_pointer(names))


def _walk(value: Any) -> Iterator[tuple[list[str | int], Any]]:
    """Yield each value with the names that lead to it: one list, which changes with the next value."""
    names: list[str | int] = []
    yield names, value
    levels = [_children(value)]
    while levels:
        found = next(levels[-1], None)
        if found is None:
            levels.pop()
            continue
        del names[len(levels) - 1 :]
        names.append(found[0])
        yield names, found[1]
        levels.append(_children(found[1]))


def _children(value: Any) -> Iterator[tuple[str | int, Any]]:
    """Return the names and values inside an object or a list; what else there is has no inside."""
    if isinstance(value, dict):
        return iter(value.items())
    return iter(enumerate(value)) if isinstance(value, list) else iter(())


def _fault_in(value: Any, *, texts: bool) -> str | None:
    """Return what is wrong with one string or number by itself, or None."""
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN, infinity and what is beyond 1e308 are no JSON numbers"
    if texts and isinstance(value, str) and (found := _UNSTORABLE.search(value)):
        return f"the text holds {_NAMES.get(found.group(), 'a lone surrogate')} at character {found.start()}"
    return None


def _pointer(names: Iterable[str | int]) -> str:
    """Return a JSON Pointer. Source: RFC 6901."""
    return "".join(f"/{_escape(str(name))}" for name in names)


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def clean(value: Any) -> Any:
    """Return a copy that jsonb can keep: NUL removed, lone surrogates replaced by U+FFFD.

    Raises: ValueError for NaN and infinity, which have no meaning to keep.
    """
    match value:
        case str():
            return _UNSTORABLE.sub(lambda found: "" if found.group() == "\x00" else "\ufffd", value)
        case float() if not math.isfinite(value):
            raise ValueError("NaN and infinity are no JSON numbers")
        case dict():
            return {clean(str(key)): clean(child) for key, child in value.items()}
        case list() | tuple():
            return [clean(child) for child in value]
        case _:
            return value
