"""Make the documents of the corpus anew: `.cache/documents/bin/python -m tests.corpus.make [NAMES...]`; all by default.

A name is a document's or a producer's. What a producer needs and this machine lacks is said; its documents stay as they
are. The makers are installed with `make bench-documents` (Typst, WeasyPrint, reportlab, Cairo) or come with the system
(pdfTeX, LibreOffice, Chromium, Ghostscript).
"""

import importlib
import importlib.util
import shutil
import sys
from typing import Final, Protocol, cast

import pypdfium2

from tests.corpus.makers.made import Made
from tests.corpus.truth import DOCUMENTS, Truth, save


class Maker(Protocol):
    """A module of `makers`: PRODUCER is its name, NEEDS the programs and modules that it runs."""

    PRODUCER: str
    NEEDS: tuple[str, ...]

    def documents(self) -> list[Made]:
        """Return what it makes."""
        ...


MAKERS: Final = (
    "latex",
    "latex_papers",
    "typst",
    "chromium",
    "chromium_scripts",
    "libreoffice",
    "weasyprint",
    "reportlab",
    "reportlab_forms",
    "cairo",
    "ghostscript",
    "edited",
)


def main(wanted: list[str]) -> int:
    """Make what is wanted; return 1 if something is missing."""
    failed = 0
    DOCUMENTS.mkdir(exist_ok=True)
    for name in MAKERS:
        maker = cast("Maker", importlib.import_module(f"tests.corpus.makers.{name}"))
        made = [one for one in maker.documents() if not wanted or {one.name, maker.PRODUCER, name} & set(wanted)]
        missing = [need for need in maker.NEEDS if not _is_there(need)] if made else []
        if missing:
            _say(f"{maker.PRODUCER}: {', '.join(missing)} is missing")
            failed = 1
            continue
        for one in made:
            _make(maker.PRODUCER, one)
    return failed


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _is_there(need: str) -> bool:
    if need.startswith("python:"):
        return importlib.util.find_spec(need.removeprefix("python:")) is not None
    return shutil.which(need) is not None


def _make(producer: str, one: Made) -> None:
    content = one.build()
    (DOCUMENTS / f"{one.name}.pdf").write_bytes(content)
    pages = len(pypdfium2.PdfDocument(content))
    truth = Truth(
        name=one.name,
        producer=producer,
        kind=one.kind,
        pages=pages,
        text=one.text,
        tables=one.tables,
        optional=one.optional,
        expected=one.expected,
        flagged_pages=one.flagged_pages,
        doubt_allowed=one.doubt_allowed,
    )
    save(truth)
    _say(f"{one.name}: {pages} pages, {len(content) / 1000:,.0f} kB")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
