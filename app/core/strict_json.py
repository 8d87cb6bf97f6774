"""JSON as PostgreSQL can keep it: what passes Python's parser but not jsonb is refused on input, cleaned in output."""

import json
import math
import re
from typing import Any

MAX_DEPTH = 64
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NAMES = {"\x00": "a NUL character"}


class RefusedJSONError(ValueError):
    """JSON that cannot be stored; `pointer` says where, `malformed` that it could not even be parsed."""

    def __init__(self, detail: str, *, pointer: str = "", malformed: bool = False) -> None:
        """Keep what the answer needs."""
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


def loads(body: bytes) -> Any:
    """Parse a request's JSON strictly. Raises: RefusedJSONError for what is malformed, too deep or cannot be stored."""
    try:
        value = _decoder.decode(body.decode())
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
    refuse_unstorable(value)
    return value


def refuse_unstorable(value: Any, *, texts: bool = True) -> None:
    """Raise RefusedJSONError when a value holds a NUL, a lone surrogate, NaN, infinity, or is nested over 64 deep.

    Without `texts` strings may hold anything, because they are cleaned afterwards.
    """
    stack: list[tuple[Any, str, int]] = [(value, "", 0)]
    while stack:
        item, pointer, depth = stack.pop()
        if depth > MAX_DEPTH:
            raise RefusedJSONError(f"the JSON is nested over {MAX_DEPTH} levels deep", pointer=pointer[:200])
        match item:
            case str() if texts:
                _refuse_text(item, pointer)
            case float() if not math.isfinite(item):
                raise RefusedJSONError("NaN, infinity and what is beyond 1e308 are no JSON numbers", pointer=pointer)
            case dict():
                for key, child in item.items():
                    stack += [(child, f"{pointer}/{_escape(key)}", depth + 1), (key, pointer, depth)]
            case list():
                stack.extend((child, f"{pointer}/{index}", depth + 1) for index, child in enumerate(item))


def _refuse_text(text: str, pointer: str) -> None:
    if found := _UNSTORABLE.search(text):
        name = _NAMES.get(found.group(), "a lone surrogate")
        raise RefusedJSONError(f"the text holds {name} at character {found.start()}", pointer=pointer)


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


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
