"""Read the JSON that a model's answer holds: strictly where it is JSON, repaired where it nearly is."""

import json
import math
import re
from collections.abc import Sequence
from typing import Any

import json_repair

from app.core import strict_json

MAX_ANSWER_CHARS = 200_000
MAX_MESSAGE_CHARS = 300
MAX_POINTER_CHARS = 500
MAX_DIGITS = 308  # a longer integer is beyond every float, which some checks make of it

_FENCE = re.compile(r"^```\w*\s*\n(.*?)\n?```\s*$", re.DOTALL)
_OPENING = re.compile(r"[\[{]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+("?)|[\[\]{}]', re.DOTALL)


class Fault(ValueError):  # noqa: N818 - what is wrong, not that something went wrong
    """What is wrong with an answer: `message` of at most 300 characters, `pointer` (JSON Pointer) where, "" the whole.

    A pointer of over 500 characters ends at a part that holds the faulty one.
    """

    def __init__(self, message: str, *, pointer: str = "") -> None:
        """Bound both; the middle of a long message goes, because validators quote the value first."""
        half = MAX_MESSAGE_CHARS // 2 - 2
        self.message = message if len(message) <= MAX_MESSAGE_CHARS else f"{message[:half]} … {message[-half:]}"
        self.pointer = (
            pointer if len(pointer) <= MAX_POINTER_CHARS else pointer[: MAX_POINTER_CHARS + 1].rpartition("/")[0]
        )
        super().__init__(f"at {self.pointer}: {self.message}" if self.pointer else self.message)


def unfenced(answer: str) -> str:
    """Return an answer without the code fence around it."""
    text = answer.strip()
    fenced = _FENCE.match(text)
    return fenced[1].strip() if fenced else text


def loads(answer: str) -> Any:
    """Return the JSON value of an answer, without NUL characters and lone surrogates.

    A fence and words around it do not matter. What is no JSON is repaired (quotes, commas, names of constants), but
    not where the answer breaks off: the missing end would be made up. Raises: Fault for that, for NaN, infinity and
    numbers beyond 1e308, over 64 levels, over 200,000 characters, and a name with two values in one object.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise Fault(f"the answer is longer than {MAX_ANSWER_CHARS:,} characters")
    try:
        value = _parsed(unfenced(answer))
        strict_json.refuse_unstorable(value, texts=False)
    except RecursionError:
        raise Fault("the answer is nested too deeply") from None
    except strict_json.RefusedJSONError as refused:
        raise Fault(refused.detail, pointer=refused.pointer) from None
    return strict_json.clean(value)


def _parsed(text: str) -> Any:
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError:
        pass
    opening = _OPENING.search(text)
    if opening is None:
        raise Fault("the answer is not JSON")
    start = opening.start()
    try:
        value, end = _decoder.raw_decode(text, start)
    except json.JSONDecodeError:
        pass
    else:
        if not _OPENING.search(text, end):
            return value
    if _breaks_off(text, start):
        raise Fault("the answer breaks off before its end")
    return _repaired(text)


def _breaks_off(text: str, start: int) -> bool:
    """Say whether the text ends inside the value that starts there."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0][0] == '"':
            if not token[1]:
                return True
            continue
        depth += 1 if token[0] in "[{" else -1
        if not depth:
            return False
    return True


def _repaired(text: str) -> Any:
    try:
        value = json_repair.loads(text, skip_json_loads=True)
    except ValueError:
        value = None
    if not isinstance(value, dict | list) or not value:
        raise Fault("the answer is not JSON")
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found and found[name] != value:
            raise Fault(f"the answer gives {name[:100]!r} two values")
        found[name] = value
    return found


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_DIGITS else math.inf


# Not-numbers are read as such, so that the check after it can say where they stand.
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=float)
