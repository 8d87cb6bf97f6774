"""Keeps the rows of a batch until all of it was read: all of its jobs are stored or none."""

from collections.abc import Iterator
from tempfile import SpooledTemporaryFile
from types import TracebackType
from typing import Self

IN_MEMORY_BYTES = 1 << 20
PORTION_BYTES = 1 << 18  # of one statement's parameters, which are in memory many times as that


class Spool:
    """JSON texts, one a line: in memory while they are few, then in a file without a name, below TMPDIR."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._file = SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115 - closed by __exit__

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Drop everything."""
        self._file.close()

    def add(self, document: str) -> None:
        """Keep one text, which has no line breaks, as JSON has none between its values here. Raises: OSError."""
        self._file.write(document.encode() + b"\n")

    def portions(self) -> Iterator[list[str]]:
        """Yield all texts in their order, as many at once as one statement takes: 256 KiB, or one."""
        self._file.seek(0)
        portion: list[str] = []
        size = 0
        for line in self._file:
            if portion and size + len(line) > PORTION_BYTES:
                yield portion
                portion, size = [], 0
            portion.append(line.decode())
            size += len(line)
        if portion:
            yield portion
