"""What is known about a document of the corpus: the words that were put into it, and whether they can be read rightly.

`documents/NAME.pdf` and `documents/NAME.json` belong together; the fields of the JSON are those of `Truth`.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

DOCUMENTS: Final = Path(__file__).parent / "documents"
TEXTS: Final = Path(__file__).parent / "texts"
EXAMPLES: Final = Path(__file__).parents[2] / "examples"

PAGE_BREAK: Final = "\f"

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Truth:
    """The truth about a PDF.

    `text` is what a person reads, in the order of reading (right-to-left text as it is typed), words that are broken at
    a line's end whole; pages are parted by a form feed where some of them are flagged and others are not. `tables` are
    also part of `text`, row by row. `optional` is what a reader may take or leave: running heads, page numbers, names
    of form fields. `expected` is "flagged" where no reader of the text layer can be right on `flagged_pages`, counted
    from 1. `doubt_allowed` are pages that are to be read rightly and may be flagged all the same.
    """

    name: str
    producer: str
    kind: str
    pages: int
    text: str
    tables: tuple[tuple[Row, ...], ...] = ()
    optional: str = ""
    expected: Literal["right", "flagged"] = "right"
    flagged_pages: tuple[int, ...] = ()
    doubt_allowed: tuple[int, ...] = ()

    @property
    def content(self) -> bytes:
        """The PDF."""
        return (DOCUMENTS / f"{self.name}.pdf").read_bytes()

    @property
    def text_to_read(self) -> str:
        """The text of the pages that can be read rightly."""
        if not self.flagged_pages:
            return self.text
        if len(self.flagged_pages) == self.pages:
            return ""
        parts = self.text.split(PAGE_BREAK)
        return PAGE_BREAK.join(part for number, part in enumerate(parts, 1) if number not in self.flagged_pages)


def save(truth: Truth) -> None:
    """Write NAME.json, without the fields that say nothing."""
    found = {name: value for name, value in asdict(truth).items() if value not in ((), "") and name != "name"}
    text = json.dumps(found, ensure_ascii=False, indent=1)
    (DOCUMENTS / f"{truth.name}.json").write_text(text + "\n", encoding="utf-8")


def load(name: str) -> Truth:
    """Return the truth about documents/NAME.pdf."""
    found: dict[str, Any] = json.loads((DOCUMENTS / f"{name}.json").read_text(encoding="utf-8"))
    found["tables"] = tuple(tuple(map(tuple, rows)) for rows in found.get("tables", ()))
    for field in ("flagged_pages", "doubt_allowed"):
        found[field] = tuple(found.get(field, ()))
    return Truth(name=name, **found)


def names() -> list[str]:
    """Return the names of all documents, in order."""
    return sorted(path.stem for path in DOCUMENTS.glob("*.json"))


def paragraphs(name: str) -> list[str]:
    """Return a text of ours as paragraphs, its title first; `en` is the article of the examples."""
    path = EXAMPLES / "article.txt" if name == "en" else TEXTS / f"{name}.txt"
    return path.read_text(encoding="utf-8").strip().split("\n\n")


def joined(*parts: str | Iterable[str]) -> str:
    """Return paragraphs, and lists of them, parted by blank lines."""
    flat = [part for one in parts for part in ([one] if isinstance(one, str) else one)]
    return "\n\n".join(flat)


def rows_text(rows: Iterable[Row]) -> str:
    """Return a table as text, a line for each row."""
    return "\n".join("  ".join(row) for row in rows)
