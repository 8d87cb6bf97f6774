"""The process that reads one file: it limits itself, then does one thing, then ends.

The file comes on standard input. `pages FIRST LAST LAYOUT` (of a PDF) and `read KIND` answer with one JSON object,
`draw NUMBER` with a JPEG, both on standard output; what cannot be done answers `{"error", "message"}`. A hostile file
can at worst end this process.
"""

import json
import resource
import sys
from collections.abc import Sequence

from app.documents.errors import DocumentError
from app.documents.model import to_json

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
    """Return what the process says about a file."""
    try:
        return _answer(argv, content)
    except DocumentError as error:
        return _error(error.code, error.message)
    except (MemoryError, RecursionError):
        return _error("file_too_large", "the file needs too much memory to read")
    except Exception:  # noqa: BLE001 - whatever a reader raises at a broken file
        return _error("file_unreadable", "the file is broken")


def _answer(argv: Sequence[str], content: bytes) -> bytes:
    if argv[0] == "read":
        from app.documents import formats  # noqa: PLC0415 - each file needs one of the two alone

        found = formats.read(argv[1], content)
    else:
        from app.documents.pdf import document as pdf  # noqa: PLC0415

        if argv[0] == "draw":
            return pdf.draw(content, int(argv[1]))
        found = pdf.read(content, int(argv[1]), int(argv[2]) or None, argv[3])
    return json.dumps(to_json(found), ensure_ascii=False).encode("utf-8", "replace")


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": code, "message": message}).encode()
