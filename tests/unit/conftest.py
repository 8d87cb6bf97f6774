from collections.abc import Iterator
from pathlib import Path

import pytest

from app.documents import ocr_languages
from tests.rig.scans import PlayedTesseract


@pytest.fixture
def tesseract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlayedTesseract]:
    yield PlayedTesseract(tmp_path, monkeypatch)
    ocr_languages.chosen.cache_clear()
