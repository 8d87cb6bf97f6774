"""The process that reads one PDF: it limits itself, then does one thing, then ends.

The PDF comes on standard input. `read FIRST LAST` answers with one JSON object, `draw NUMBER` with a JPEG, both on
standard output; what cannot be done answers `{"error", "message"}`. A hostile file can at worst end this process.
"""

import json
import resource
import sys
from collections.abc import Sequence

from pypdfium2 import PdfiumError

from app.processors.pdf_reader import document

MEMORY_BYTES = 1_000_000_000
CPU_S = 60


def main(argv: Sequence[str]) -> None:
    """Limit, read, answer."""
    limit_this_process()
    sys.stdout.buffer.write(answer(argv, sys.stdin.buffer.read()))


def limit_this_process() -> None:
    """Cap memory and processor time, and forbid writing files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(argv: Sequence[str], content: bytes) -> bytes:
    """Return what the process says about a PDF."""
    try:
        if argv[0] == "draw":
            return document.draw(content, int(argv[1]))
        last = int(argv[2])
        found = document.read(content, int(argv[1]), last or None)
        return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
    except document.RefusedError as error:
        return _error(error.code, error.message)
    except (MemoryError, RecursionError):
        return _error("file_too_large", "the PDF needs too much memory to read")
    except (PdfiumError, ArithmeticError, LookupError, ValueError):
        return _error("file_unreadable", "the PDF is broken")


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": code, "message": message}).encode()
