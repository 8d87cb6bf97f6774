"""What a maker of documents says about each, and what makers share."""

import random
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from tests.corpus.truth import EXAMPLES, Row, paragraphs

TIMEOUT_S: Final = 240
EPOCH: Final = "1772000000"  # the date that is written into the documents


@dataclass(frozen=True, slots=True)
class Made:
    """A document to be made; the fields are those of `truth.Truth`."""

    name: str
    kind: str
    text: str
    build: Callable[[], bytes]
    tables: tuple[tuple[Row, ...], ...] = ()
    optional: str = ""
    expected: Literal["right", "flagged"] = "right"
    flagged_pages: tuple[int, ...] = ()
    doubt_allowed: tuple[int, ...] = ()


def run(command: Sequence[str], source: str, name: str, *, twice: bool = False, out: str = "") -> bytes:
    """Write `source` as file `name` into a new folder, run a command there once or twice, and return its PDF.

    The PDF is named as the source is unless `out` names it.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_text(source, encoding="utf-8")
        for _ in range(1 + twice):
            done = subprocess.run(
                command, cwd=folder, capture_output=True, timeout=TIMEOUT_S, check=False, env=_environment(folder)
            )
        made = Path(folder) / (out or f"{Path(name).stem}.pdf")
        if not made.exists():
            raise RuntimeError(
                f"{command[0]} made no PDF: {(done.stdout + done.stderr).decode(errors='replace')[-2000:]}"
            )
        return made.read_bytes()


def _environment(folder: str) -> Mapping[str, str]:
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": folder,
        "LANG": "C.UTF-8",
        "SOURCE_DATE_EPOCH": EPOCH,
        "FORCE_SOURCE_DATE": "1",
    }


def curly(text: str) -> str:
    """Return a text with the quotation marks of a printer."""
    text = re.sub(r'"([^"]*)"', "\u201c\\1\u201d", text)
    return text.replace("'", "\u2019")


def english() -> list[str]:
    """Return the article of the examples as paragraphs, its title first."""
    return [curly(part) for part in paragraphs("en")]


def stories() -> list[tuple[str, list[str]]]:
    """Return the articles of the examples' newspaper: a title and its paragraphs each."""
    text = curly((EXAMPLES / "newspaper.txt").read_text(encoding="utf-8"))
    found = []
    for part in re.split(r"^# ", text, flags=re.MULTILINE)[1:]:
        title, *rest = (block.strip() for block in part.replace("=== page", "").split("\n") if block.strip())
        found.append((title, [block for block in rest if not block.startswith(("## ", "by: "))]))
    return found


@cache
def _sentences() -> tuple[str, ...]:
    texts = [*english()[1:], *paragraphs("paper")[1:], *(part for _, parts in stories() for part in parts)]
    return tuple(sentence for text in texts for sentence in re.split(r"(?<=[.?!])\s+(?=[A-Z])", text))


def chapters(count: int, paragraphs_each: int) -> list[tuple[str, list[str]]]:
    """Return chapters of a book, always the same: our own sentences in another order."""
    dice = random.Random(12)
    sentences = _sentences()
    return [
        (f"Chapter {_NUMBERS[number]}", [" ".join(dice.sample(sentences, 6)) for _ in range(paragraphs_each)])
        for number in range(count)
    ]


_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

READINGS_HEAD: Row = ("Date", "Gauge", "Level", "Flow", "Remark")


def readings(count: int) -> tuple[Row, ...]:
    """Return rows of a register of gauges, always the same."""
    dice = random.Random(count)
    gauges = ("Weir", "Harrow Bridge", "Upper Senn", "Tannery", "Cattle Market")
    remarks = ("calm", "rising slowly", "gate shut", "sensor cleaned", "ice on the rack", "read by hand")
    return tuple(
        (
            f"2026-{1 + number // 28:02}-{1 + number % 28:02}",
            dice.choice(gauges),
            f"{dice.uniform(0.4, 4.3):.2f} m",
            f"{dice.randint(310, 9800):,} l/s",
            dice.choice(remarks),
        )
        for number in range(count)
    )
