"""Read the JSON that a model's answer holds: strictly where it is JSON, repaired where it nearly is.

Which of several values is meant, and whether one fits, is not known here.
"""

import json
import math
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Self

import json_repair

from app.core import strict_json

MAX_ANSWER_CHARS = 200_000
MAX_MESSAGE_CHARS = 300
MAX_POINTER_CHARS = 500
MAX_REPAIRED_CHARS = 40_000  # the work of repairing may grow with the square of the length
MAX_VALUES = 20
MAX_LEVELS = 200  # of what is no JSON as it is; read values may have 64
MAX_DIGITS = 308  # a longer integer is beyond every float, which some checks make of it

_FENCE, _FENCED = "```", re.compile(r"```\w*[^\S\n]*\n")
_OPENING = re.compile(r"[\[{]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+("?)|[\[\]{}]', re.DOTALL)
_BARE = re.compile(
    r'"(?:[^"\\]|\\.)*+"?'
    r"|'(?:[^'\\\n]|\\.)*+'(?=\s*[,:}\]])"
    r"""|:(?P<space>\s*+)(?P<bare>[^\s"'{}\[\]:,](?:[^"'{}\[\]:\n]|(?<=\d):(?=\d\d))*+)""",
    re.DOTALL,
)
_DIGIT = re.compile(r"\d")
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_COMMENT = re.compile(r"//|/\*|#")
_SPLIT = re.compile(r"[\[,]\s*-?\d[\d.]*,0\d")  # 1.249,00 in a list


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
    opening = _FENCED.match(text)
    end = len(text) - len(_FENCE)
    return text[opening.end() : end].strip() if opening and opening.end() <= end and text.endswith(_FENCE) else text


def loads(answer: str) -> Any:
    """Return the JSON value of an answer, the longest where it holds several. Raises: Fault, as `values`."""
    return values(answer)[0]


def values(answer: str) -> list[Any]:
    """Return the JSON values of an answer, without NUL characters and lone surrogates, the longest first.

    Fences, tags and words around them do not matter. What is no JSON is repaired (quotes, commas, names of constants,
    bare values such as 5,132.40, which become strings), but not where the answer breaks off: the missing end would be
    made up. Numbers with decimals are `Written`. Raises: Fault for that, for NaN, infinity and numbers beyond 1e308,
    over 64 levels, over 200,000 characters, and a name with two values in one object.
    """
    if len(answer) > MAX_ANSWER_CHARS:
        raise Fault(f"the answer is longer than {MAX_ANSWER_CHARS:,} characters")
    try:
        found = _parsed(unfenced(answer))
        for value in found:
            strict_json.refuse_unstorable(value, texts=False)
    except RecursionError:
        raise Fault("the answer is nested too deeply") from None
    except strict_json.RefusedJSONError as refused:
        raise Fault(refused.detail, pointer=refused.pointer) from None
    return [strict_json.clean(value) for value in found]


class Written(float):
    """A number of an answer that remembers how it was written: 1.10 as a string is "1.10"."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> Self:
        """Read the number."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


def _parsed(text: str) -> list[Any]:
    try:
        return [_decoder.decode(text)]
    except json.JSONDecodeError:
        pass
    opening = _OPENING.search(text)
    if opening is None:
        raise Fault("the answer is not JSON")
    start = opening.start()
    found, broken = _strictly(text)
    if not found and _end(text, start) is None:
        raise Fault("the answer breaks off before its end")
    if found and len(broken) <= found[0][0]:
        return [value for _, value in found]
    tidied = _with_bare_values_quoted(_first_values(text, start), start)
    quoted, still_broken = _strictly(tidied)
    if len(quoted) > len(found):
        return [value for _, value in quoted]
    if not found:
        return [_repaired(tidied)]
    with suppress(Fault):  # it may be words in brackets
        found.insert(0, (len(still_broken), _repaired(still_broken)))
    return [value for _, value in found]


def _first_values(text: str, start: int) -> str:
    """Return the text up to its twentieth value: the work of repairing grows with the square of their number."""
    place = start
    for _ in range(MAX_VALUES):
        opening = _OPENING.search(text, place)
        end = _end(text, opening.start()) if opening else None
        if end is None:
            return text
        place = end
    return text[:place]


def _strictly(text: str) -> tuple[list[tuple[int, Any]], str]:
    """Return the length and value of all JSON in the text, the longest first, and the longest part that is broken.

    Nothing is taken out of a broken part.
    """
    found: list[tuple[int, Any]] = []
    broken = ""
    place = 0
    while len(found) < MAX_VALUES and (opening := _OPENING.search(text, place)):
        start = opening.start()
        try:
            value, end = _decoder.raw_decode(text, start)
        except json.JSONDecodeError:
            closing = _end(text, start)
            if closing is None:
                break
            place = closing
            broken = max(broken, text[start:closing], key=len)
        else:
            found.append((end - start, value))
            place = end
    return sorted(found, key=lambda one: -one[0]), broken


def _with_bare_values_quoted(text: str, start: int) -> str:
    """Return the text with values that are neither JSON nor quoted, such as 5,132.40 and 11.04.2026, as strings."""
    return text[:start] + _BARE.sub(_quoted, text[start:])


def _quoted(match: re.Match[str]) -> str:
    bare = match["bare"]
    if bare is None:  # a string
        return match[0]
    following = match.string[match.end() : match.end() + 1]
    value, comma, rest = bare.rstrip(), "", ""
    if following == ":":  # the next name is bare, too
        value, comma, rest = value.rpartition(",")
    elif value.endswith(","):
        value, comma = value[:-1], ","
    elif following not in {"}", "\n", ""}:
        return match[0]
    value = value.strip()
    if not _DIGIT.search(value) or _SCALAR.fullmatch(value) or _COMMENT.search(value):
        return match[0]
    return f":{match['space']}{json.dumps(value)}{comma}{rest}"


def _end(text: str, start: int) -> int | None:
    """Return where the value ends that starts there, None where the text ends inside of it.

    Raises: RecursionError for what is nested so deeply that nothing reads it in useful time.
    """
    depth = 0
    for token in _TOKEN.finditer(text, start):
        if token[0][0] == '"':
            if not token[1]:
                return None
            continue
        depth += 1 if token[0] in "[{" else -1
        if depth > MAX_LEVELS:
            raise RecursionError
        if not depth:
            return token.end()
    return None


def _repaired(text: str) -> Any:
    if len(text) > MAX_REPAIRED_CHARS:
        raise Fault("the answer is not JSON, and too long to be repaired")
    if _SPLIT.search(text):
        raise Fault("commas within the numbers of a list cannot be told from those between them")
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
_decoder = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=Written, parse_constant=float)
