"""Short texts with their right category, in several domains (`classify_texts.jsonl`)."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_suffix(".jsonl")


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text, the categories of its domain and the right one.

    `is_seen`: one of the half that was looked at while the methods were made; the other half was only counted.
    """

    domain: str
    text: str
    categories: tuple[str, ...]
    right: str
    is_seen: bool


def load() -> Iterator[LabelledText]:
    """Yield every text; of each category the first, third, fifth and so on is one that was seen."""
    rows = [json.loads(line) for line in _FILE.read_text("utf-8").splitlines()]
    categories: dict[str, dict[str, None]] = {}
    for row in rows:
        categories.setdefault(row["domain"], {})[row["category"]] = None
    met: Counter[tuple[str, str]] = Counter()
    for row in rows:
        domain, right = row["domain"], row["category"]
        yield LabelledText(domain, row["text"], tuple(categories[domain]), right, met[domain, right] % 2 == 0)
        met[domain, right] += 1
