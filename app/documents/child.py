"""The process that reads one file: it limits itself, then does one thing, then ends.

The file comes on standard input. `pages FIRST LAST LAYOUT` (of a PDF) and `read KIND` answer with one JSON object,
`draw NUMBER FORM` and `picture FORM DEGREES SMOOTH` with a picture, all on standard output; what cannot be done answers
`{"error", "message"}`. `tesseract PROGRAM LANGUAGES LAYOUT` becomes that program. A hostile file can at worst end this
process.
"""

import json
import os
import resource
import sys
from collections.abc import Sequence
from typing import NoReturn

from app.documents.errors import DocumentError
from app.documents.model import to_json

MEMORY_BYTES = 1_000_000_000
CPU_S = 60


def main(argv: Sequence[str]) -> None:
    """Limit, read, answer."""
    limit_this_process()
    if argv[0] == "tesseract":
        become_tesseract(*argv[1:])
    sys.stdout.buffer.write(answer(argv, sys.stdin.buffer.read()))


def limit_this_process() -> None:
    """Cap memory and processor time, and forbid writing files."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def become_tesseract(program: str, languages: str, layout: str) -> NoReturn:
    """Read the picture on standard input with Tesseract, within these limits; it says a table of words.

    With more than one thread its threads wait for each other: a page took 153 s instead of 5.
    Source: https://github.com/Unstructured-IO/unstructured-inference/issues/185
    """
    options = ["-l", languages, "--psm", layout, "-c", "tessedit_create_tsv=1"]
    environment = {"OMP_THREAD_LIMIT": "1", "LC_ALL": "C", "PATH": os.defpath}
    os.execve(program, [program, "stdin", "stdout", *options], environment)  # noqa: S606 - no shell is wanted


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
    if argv[0] == "picture":
        from app.documents.pictures import redrawn  # noqa: PLC0415 - each file needs one of these alone

        return redrawn(content, "png" if argv[1] == "png" else "jpeg", int(argv[2]), smooth=argv[3] == "smooth")
    if argv[0] == "read":
        from app.documents import formats  # noqa: PLC0415

        found = formats.read(argv[1], content)
    else:
        from app.documents.pdf import document as pdf  # noqa: PLC0415

        if argv[0] == "draw":
            return pdf.draw(content, int(argv[1]), "png" if argv[2:] == ["png"] else "jpeg")
        found = pdf.read(content, int(argv[1]), int(argv[2]) or None, argv[3])
    return json.dumps(to_json(found), ensure_ascii=False).encode("utf-8", "replace")


def _error(code: str, message: str) -> bytes:
    return json.dumps({"error": code, "message": message}).encode()
