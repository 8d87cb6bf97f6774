"""Read PDFs with one reader and print what it made of each: a child of `bench_documents`, run by the reader's Python.

`python -m load_test.document_readers READER` takes paths from standard input, one a line, and answers each with a line
of JSON: pages, rows (null of a reader that knows no tables), flagged (page numbers), seconds, peak_mib of the process
so far, or failed (why it could not be read). It imports nothing but the standard library and the reader.
"""

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Final

PAGES_AT_ONCE: Final = 20
_TIMEOUT_S: Final = 300
_KIB_A_MIB: Final = 1024


@dataclass(frozen=True, slots=True)
class Found:
    """What a reader made of a file."""

    pages: list[str]
    rows: list[list[str]] | None = None
    flagged: list[int] | None = None


def headrace(path: str) -> Found:
    """Read as the worker does, some pages at once, in this process."""
    read = importlib.import_module("app.documents.pdf.document").read
    content = Path(path).read_bytes()
    documents = [read(content, 1, PAGES_AT_ONCE, "auto")]
    documents += [
        read(content, first, first + PAGES_AT_ONCE - 1, "auto")
        for first in range(PAGES_AT_ONCE + 1, documents[0].page_count + 1, PAGES_AT_ONCE)
    ]
    pages = [page for document in documents for page in document.pages]
    return Found(
        [page.text for page in pages],
        [list(row) for page in pages for table in page.tables for row in table.rows],
        [page.number for page in pages if page.is_doubtful],
    )


def pdftotext(path: str, *options: str) -> Found:
    """Read with Poppler's program."""
    command = ("pdftotext", "-q", "-enc", "UTF-8", *options, path, "-")
    done = subprocess.run(command, capture_output=True, check=False, timeout=_TIMEOUT_S)  # noqa: S603 - a path of ours
    if done.returncode:
        raise ValueError(done.stderr.decode(errors="replace").strip() or f"it ended with {done.returncode}")
    return Found(done.stdout.decode(errors="replace").removesuffix("\f").split("\f"))


def pdftotext_layout(path: str) -> Found:
    """Read with the same, lines left as they stand on the page."""
    return pdftotext(path, "-layout")


def pdfplumber(path: str) -> Found:
    """Read text and tables with pdfplumber, each page forgotten once it is read."""
    found = Found([], [])
    assert found.rows is not None  # noqa: S101 - given above
    with importlib.import_module("pdfplumber").open(path) as document:
        for page in document.pages:
            found.pages.append(page.extract_text())
            found.rows.extend([cell or "" for cell in row] for table in page.extract_tables() for row in table)
            page.close()
    return found


def pypdf(path: str) -> Found:
    """Read with pypdf."""
    return Found([page.extract_text() for page in importlib.import_module("pypdf").PdfReader(path).pages])


def pdfium(path: str) -> Found:
    """Read the text that PDFium gives, as it is."""
    document = importlib.import_module("pypdfium2").PdfDocument(path)
    return Found([page.get_textpage().get_text_range() for page in document])


def pdf_oxide(path: str) -> Found:
    """Read text and tables with pdf_oxide."""
    document = importlib.import_module("pdf_oxide").PdfDocument(path)
    numbers = range(document.page_count())
    tables = [table for number in numbers for table in document.extract_tables(number)]
    rows = [[cell["text"] for cell in row["cells"]] for table in tables for row in table["rows"]]
    return Found([document.extract_text(number) for number in numbers], rows)


READERS: Final[dict[str, Callable[[str], Found]]] = {
    "headrace": headrace,
    "pdftotext": pdftotext,
    "pdftotext-layout": pdftotext_layout,
    "pdfplumber": pdfplumber,
    "pypdf": pypdf,
    "pdfium": pdfium,
    "pdf_oxide": pdf_oxide,
}


def _peak_mib(reader: str) -> float:
    """Return the most memory that this process, or the program that it runs, has held."""
    if reader.startswith("pdftotext"):
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _KIB_A_MIB
    status = Path("/proc/self/status")
    if not status.exists():  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB_A_MIB**2
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / _KIB_A_MIB


def _answer(reader: str, path: str) -> dict[str, Any]:
    started = perf_counter()
    try:
        found = asdict(READERS[reader](path))
    except Exception as error:  # noqa: BLE001 - any failure of a reader is an answer
        found = {"failed": f"{type(error).__name__}: {error}"[:200]}
    return {**found, "seconds": perf_counter() - started, "peak_mib": _peak_mib(reader)}


def main(reader: str, paths: Iterable[str]) -> None:
    """Answer each path with a line."""
    for path in paths:
        sys.stdout.write(json.dumps(_answer(reader, path.rstrip("\n"))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin)
