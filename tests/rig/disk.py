"""A disk that is soon full."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MOUNT, UMOUNT = shutil.which("mount"), shutil.which("umount")


@contextmanager
def small_disk(name: str, size: str) -> Iterator[Path]:
    """Yield a small disk of its own, which PostgreSQL's account may enter."""
    folder = Path("/tmp") / f"headrace-disk-{name}-{id(name)}"
    folder.mkdir()
    try:
        if MOUNT is None or UMOUNT is None:
            pytest.skip("there is no mount command")
        mounted = subprocess.run(
            [MOUNT, "-t", "tmpfs", "-o", f"size={size},mode=711", "tmpfs", str(folder)],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode:
            pytest.skip(f"no small disk can be mounted: {mounted.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run([UMOUNT, "--lazy", str(folder)], check=True)
    finally:
        folder.rmdir()
