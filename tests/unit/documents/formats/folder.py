"""Where the files of each format lie."""

from pathlib import Path

FILES = Path(__file__).parent / "files"
