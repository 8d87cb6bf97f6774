r"""Match the regular expressions of callers' schemas, in time that is linear in the text: RE2, never by backtracking.

RE2 has no look-around. Where a look-ahead stands at the start (`^(?!\.)…`, as in Pydantic's decimals and Zod's e-mail
addresses) or a look-behind at the end, the pattern means the same as several without, and is checked as those.
Source: https://github.com/google/re2/wiki/Syntax; ECMA-262, the dialect that JSON Schema recommends.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

MAX_PROGRAM_BYTES = 1_000_000  # of one compiled part, with what it remembers while it matches
MAX_LOOKS = 10
KEPT = 32  # compiled patterns, of at most a megabyte each

_TOKEN = re.compile(
    r"\\u\{(?P<long>[0-9A-Fa-f]{1,6})\}|\\u(?P<short>[0-9A-Fa-f]{4})|\\c(?P<control>[A-Za-z])"
    r"|(?P<class>\\[pP])\{(?:(?:Script|sc|Script_Extensions|scx|General_Category|gc)=)?(?P<name>\w+)\}"
    r"|(?P<any>\[\^\])|(?P<look>\(\?<?[=!])|\\.|.",
    re.DOTALL,
)
_FLAGS = re.compile(r"\(\?[imsU]+\)")
_CATEGORIES = {
    "Letter": "L",
    "Uppercase_Letter": "Lu",
    "Lowercase_Letter": "Ll",
    "Mark": "M",
    "Number": "N",
    "Decimal_Number": "Nd",
    "Punctuation": "P",
    "Symbol": "S",
    "Currency_Symbol": "Sc",
    "Separator": "Z",
    "Space_Separator": "Zs",
}
_NO_LOOK = "look-ahead after its start and look-behind before its end cannot be checked in linear time"
_LOOKS = frozenset(["(?=", "(?!", "(?<=", "(?<!"])


class PatternError(ValueError):
    """A pattern that cannot be checked; says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as sets of parts: a text matches when all parts of one set say so. `size` measures the work a byte."""

    _sets: tuple[tuple[tuple[Callable[[str], object], bool], ...], ...]
    size: int

    def matches(self, text: str) -> bool:
        """Say whether the pattern occurs in the text, as JSON Schema's `pattern` means it."""
        plain = text.encode("utf-8", "replace").decode()  # RE2 reads no lone surrogates
        return any(all(bool(search(plain)) is wanted for search, wanted in parts) for parts in self._sets)


@lru_cache(maxsize=KEPT)
def compile_pattern(source: str) -> Pattern:
    """Return what checks texts against a pattern. Raises: PatternError."""
    flags = _FLAGS.match(source)
    prefix = flags[0] if flags else ""
    pieces = list(_pieces(source[len(prefix) :]))
    if "m" in prefix and _LOOKS.intersection(pieces):  # its ^ is not the start
        raise PatternError(_NO_LOOK)
    if sum(piece in _LOOKS for piece in pieces) > MAX_LOOKS:
        raise PatternError(f"it looks ahead or behind more than {MAX_LOOKS} times")
    sets = [_parts(pieces[start:end]) for start, end in _alternatives(pieces)]
    compiled = [[(_compiled(prefix + part), wanted) for part, wanted in parts] for parts in sets]
    size = sum(program.programsize for parts in compiled for program, _ in parts)
    return Pattern(tuple(tuple((program.search, wanted) for program, wanted in parts) for parts in compiled), size)


def _compiled(source: str) -> Any:
    import re2  # noqa: PLC0415 - 10 ms that most workers never need

    options = re2.Options()
    options.max_mem = MAX_PROGRAM_BYTES
    options.log_errors = False
    try:
        return re2.compile(source, options)
    except re2.error as error:
        why = error.args[0].decode("utf-8", "replace") if isinstance(error.args[0], bytes) else str(error)
        raise PatternError(why[:100]) from None
    except UnicodeEncodeError:
        raise PatternError("it holds a lone surrogate") from None


def _pieces(source: str) -> Iterator[str]:
    """Yield the pattern's parts in RE2's spelling: escapes, openings of look-around, single characters."""
    in_class = False
    for match in _TOKEN.finditer(source):
        piece = _spelt(match)
        if in_class and (match["look"] or match["any"]):  # characters like others there
            yield from match[0]
            in_class = not match["any"]
            continue
        in_class = piece != "]" if in_class else piece == "["
        yield piece


def _spelt(match: re.Match[str]) -> str:
    if code := match["long"] or match["short"]:
        return rf"\x{{{code}}}"
    if match["control"]:
        return rf"\x{{{ord(match['control']) % 32:x}}}"
    if match["name"]:
        return f"{match['class']}{{{_CATEGORIES.get(match['name'], match['name'])}}}"
    if match["any"]:
        return r"[\s\S]"
    return r"\z" if match[0] == r"\Z" else match[0]


def _depths(pieces: Sequence[str]) -> Iterator[int]:
    """Yield how many groups are open after each piece; within a character class brackets are ordinary."""
    depth, in_class = 0, False
    for piece in pieces:
        if in_class:
            in_class = piece != "]"
        elif piece == "[":
            in_class = True
        elif piece == "(" or piece in _LOOKS:
            depth += 1
        elif piece == ")":
            depth -= 1
        yield depth + (1 if in_class else 0)


def _alternatives(pieces: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield where each alternative of the whole begins and ends; without look-around the whole is one."""
    start = 0
    if _LOOKS.intersection(pieces):
        for place, depth in enumerate(_depths(pieces)):
            if not depth and pieces[place] == "|":
                yield start, place
                start = place + 1
    yield start, len(pieces)


def _parts(pieces: Sequence[str]) -> list[tuple[str, bool]]:
    """Return the patterns that must occur, and those that must not, for one alternative. Raises: PatternError."""
    rest = list(pieces)
    found: list[tuple[str, bool]] = []
    while len(rest) > 1 and rest[0] in {"^", r"\A"} and rest[1] in {"(?=", "(?!"}:
        end = next((place for place, depth in enumerate(_depths(rest[1:]), start=1) if not depth), None)
        if end is None:
            raise PatternError("missing )")
        found.append((f"^(?:{_without_look(rest[2:end])})", rest[1] == "(?="))
        del rest[1 : end + 1]
    while rest[-2:] and rest[-1] in {"$", r"\z"} and (start := _look_behind(rest)) is not None:
        found.append((f"(?:{_without_look(rest[start + 1 : -2])})$", rest[start] == "(?<="))
        del rest[start:-1]
    return [*found, (_without_look(rest), True)]


def _look_behind(pieces: Sequence[str]) -> int | None:
    """Return where a look-behind begins that ends right before the last piece, or None."""
    if len(pieces) < 2 or pieces[-2] != ")":  # noqa: PLR2004 - the end of the look-behind and what follows
        return None
    depths = list(_depths(pieces))
    outer = depths[-1]
    starts = [place for place in range(len(pieces) - 2) if (depths[place - 1] if place else 0) == outer]
    start = next((place for place in reversed(starts) if depths[place] == outer + 1), None)
    return start if start is not None and pieces[start] in {"(?<=", "(?<!"} else None


def _without_look(pieces: Sequence[str]) -> str:
    if _LOOKS.intersection(pieces):
        raise PatternError(_NO_LOOK)
    return "".join(pieces)
