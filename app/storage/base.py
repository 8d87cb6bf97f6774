"""What an uploaded file is to those who read it."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalFile:
    """An uploaded file on this machine's disk, there while it is used; `name` is what its owner called it."""

    path: Path
    name: str
    media_type: str
    size_bytes: int
    sha256: str
