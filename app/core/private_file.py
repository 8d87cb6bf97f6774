"""Writes a file that only its owner may read: whole or not at all, and never readable by others in between."""

import os
import tempfile
from pathlib import Path


def write_private(path: Path, text: str) -> None:
    """Put a text in the place of a file's (mode 0600), durable when this returns. Raises: OSError."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # which has that mode
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
