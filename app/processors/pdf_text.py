"""The text of a PDF, read in a process of its own that limits itself; it imports nothing of this project.

The PDF comes on standard input and one JSON object leaves on standard output: `{"pages", "text"}`, or `{"error",
"message"}` with the code of a ProcessorError. A hostile file can at worst end this process.
"""

import io
import json
import logging
import resource
import sys
from typing import Any

MEMORY_BYTES = 1_000_000_000
CPU_S = 20
MAX_PAGES = 200
MAX_TEXT_CHARS = 2_000_000


def limit_this_process() -> None:
    """Cap memory and processor time, and forbid writing files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def extract(content: bytes) -> dict[str, Any]:  # noqa: PLR0911 - one for each way to fail
    """Return the pages' text, joined by blank lines, or the error."""
    from pypdf import PdfReader  # noqa: PLC0415 - after the limits are set
    from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError  # noqa: PLC0415

    try:
        reader = PdfReader(io.BytesIO(content))
        if reader.is_encrypted and not reader.decrypt(""):
            return _error("pdf_encrypted", "the PDF is protected by a password")
        count = len(reader.pages)
        if count > MAX_PAGES:
            return _error("file_too_large", f"the PDF has {count:,} pages, at most {MAX_PAGES} are read")
        return _join(page.extract_text() for page in reader.pages)
    except FileNotDecryptedError:
        return _error("pdf_encrypted", "the PDF is protected by a password")
    except DependencyError:  # a cipher that only the optional package cryptography knows
        return _error("pdf_encrypted", "the PDF is encrypted in a way that cannot be read here")
    except (MemoryError, RecursionError, LimitReachedError):
        return _error("file_too_large", "the PDF needs too much memory")
    except (PyPdfError, ArithmeticError, AttributeError, LookupError, OSError, TypeError, ValueError):
        return _error("file_unreadable", "the PDF is broken")


def _join(texts: Any) -> dict[str, Any]:
    parts: list[str] = []
    size = 0
    for text in texts:
        parts.append(text.encode("utf-8", "replace").decode().replace("\x00", ""))
        size += len(text)
        if size > MAX_TEXT_CHARS:
            return _error("file_too_large", f"the PDF holds more than {MAX_TEXT_CHARS:,} characters")
    joined = "\n\n".join(parts).strip()
    if not joined:
        return _error("file_empty", "the PDF holds no text layer; scanned pages cannot be read")
    return {"pages": len(parts), "text": joined}


def _error(code: str, message: str) -> dict[str, Any]:
    return {"error": code, "message": message}


def main() -> None:
    """Read, limit, extract, answer."""
    limit_this_process()
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it reports every oddity of a file
    answer = extract(sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
