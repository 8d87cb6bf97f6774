"""Write one schema out: its references in place, in the words of one dialect, within one budget.

The budget counts what the schema becomes, not what was sent: references multiply. Whatever is over it is refused
before it is written out, so the work is bounded by the budget and not by the schema.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from app.processors.patterns import PatternError, compile_pattern
from app.processors.schema_form import fault_of
from app.processors.schema_words import KNOWN, VALUES, Schema, modern, rebuild

MAX_DEPTH = 12
MAX_NODES = 500
MAX_WRITTEN_CHARS = 100_000
MAX_PATTERNS = 20
MAX_PATTERN_CHARS = 4000
MAX_PATTERN_SIZE = 40_000  # instructions of RE2, all patterns of a schema together: a tenth of a second to compile

_TEXTS = VALUES | {"title", "description"}
_NAMED_FORMATS = frozenset(
    ["date", "time", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"]
)


@dataclass(slots=True)
class Budget:
    """What the whole of a schema may still become; one object for all of it, also for a map of many small schemas."""

    nodes: int = MAX_NODES
    chars: int = MAX_WRITTEN_CHARS
    pattern_size: int = MAX_PATTERN_SIZE
    patterns: set[str] = field(default_factory=set)

    def take_node(self, depth: int) -> None:
        """Count one sub-schema. Raises: ValueError."""
        self.nodes -= 1
        if depth > MAX_DEPTH or self.nodes < 0:
            msg = f"the schema is deeper than {MAX_DEPTH} levels, refers to itself, or has more than {MAX_NODES} parts"
            raise ValueError(msg)

    def take_values(self, node: Schema) -> None:
        """Count what a sub-schema holds beside other ones: names, choices, texts. Raises: ValueError."""
        self.chars -= len(json.dumps({word: value for word, value in node.items() if word in _TEXTS}))
        if self.chars < 0:
            msg = f"the schema, with its references written out, is larger than {MAX_WRITTEN_CHARS:,} characters"
            raise ValueError(msg)

    def take_pattern(self, pattern: str) -> None:
        """Count one regular expression. Raises: PatternError for one that cannot be checked; ValueError."""
        if pattern in self.patterns:
            return
        self.pattern_size -= _size_of(pattern)
        self.patterns.add(pattern)
        if len(self.patterns) > MAX_PATTERNS:
            msg = f"the schema has more than {MAX_PATTERNS} different patterns"
            raise ValueError(msg)
        if self.pattern_size < 0:
            raise ValueError("the schema's patterns are too large together; use shorter ones, or smaller repetitions")


def _size_of(pattern: str) -> int:
    found = _judged(pattern)
    if isinstance(found, str):
        raise PatternError(found)
    return found


@lru_cache(maxsize=512)
def _judged(pattern: str) -> int | str:
    """Return how large a pattern becomes, or why it cannot be checked."""
    if len(pattern) > MAX_PATTERN_CHARS:
        return f"it is longer than {MAX_PATTERN_CHARS:,} characters"
    try:
        return compile_pattern(pattern).size
    except PatternError as error:
        return str(error)


class Flattener:
    """Copies one schema; `budget` is shared with the others that belong to it."""

    def __init__(self, root: Mapping[str, Any], budget: Budget) -> None:
        self._root = root
        self._budget = budget

    def run(self, *path: str) -> Schema:
        """Return the copy; `path` leads to it in messages. Raises: ValueError with a sentence."""
        return self._flat(self._root, path, 0)

    def _flat(self, node: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Schema:
        self._budget.take_node(depth)
        if "$ref" in node:
            beside = {word: value for word, value in node.items() if word != "$ref"}
            return self._flat({**self._target(node["$ref"]), **beside}, (*path, "$ref"), depth + 1)
        kept = modern(node)
        if unknown := kept.keys() - KNOWN:
            msg = f"`{min(unknown)[:60]}` is not supported in a schema"
            raise ValueError(msg)
        for word, value in kept.items():
            if wanted := fault_of(word, value):
                msg = f"not a JSON Schema: `{word}` at {_place(path)} must be {wanted}"
                raise ValueError(msg)
        self._budget.take_values(kept)
        self._check_patterns(kept, path)
        return rebuild(kept, lambda child, at: self._child(child, (*path, *at), depth + 1))

    def _child(self, child: Any, path: tuple[str, ...], depth: int) -> Any:
        if isinstance(child, Mapping):
            return self._flat(child, path, depth)
        self._budget.take_node(depth)  # true or false
        return child

    def _check_patterns(self, node: Schema, path: tuple[str, ...]) -> None:
        """Refuse what RE2 cannot check; beside a format that says the same, such a pattern is left out."""
        for word, pattern in _patterns(node):
            try:
                self._budget.take_pattern(pattern)
            except PatternError as error:
                if word == "pattern" and node.get("format") in _NAMED_FORMATS:
                    del node["pattern"]
                    continue
                msg = f"`{word}` {pattern[:60]!r} at {_place(path)} is not supported: {error}"
                raise ValueError(msg) from None

    def _target(self, reference: object) -> Mapping[str, Any]:
        if not isinstance(reference, str) or not reference.startswith("#"):
            msg = "a `$ref` may only point into the schema itself (#/$defs/...)"
            raise ValueError(msg)
        target: Any = self._root
        for part in reference[1:].strip("/").split("/"):
            if part:
                name = part.replace("~1", "/").replace("~0", "~")
                target = target.get(name) if isinstance(target, Mapping) else None
        if not isinstance(target, Mapping):
            msg = f"`$ref` {reference[:100]!r} points nowhere"
            raise ValueError(msg)  # noqa: TRY004 - it is the value that is wrong
        return target


def _patterns(node: Schema) -> Iterator[tuple[str, str]]:
    if "pattern" in node:
        yield "pattern", node["pattern"]
    for pattern in node.get("patternProperties", ()):
        yield "patternProperties", pattern


def _place(path: tuple[str, ...]) -> str:
    return "/".join(name for name in path if name)[:200] or "the top"
