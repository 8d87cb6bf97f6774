"""What a browser must load before it shows anything: little, and each page's own code only when it is opened."""

import gzip
import re
from pathlib import Path

import pytest

from tests.browser.conftest import DIST, FRONTEND, need

MAX_ENTRY_BYTES = 250_000
ROUTE = re.compile(r"lazyRouteComponent\(\(\) => import\('\./(\w+)'\)")


@pytest.fixture(scope="module")
def first() -> list[Path]:
    """The scripts that the page itself names: the entry, and what it cannot begin without."""
    need(DIST / "index.html")
    page = (DIST / "index.html").read_text("utf-8")
    return [DIST / path for path in re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page)]


def test_the_entry_is_small(first: list[Path]) -> None:
    assert first
    size = sum(len(gzip.compress(script.read_bytes(), 9)) for script in first)
    assert size <= MAX_ENTRY_BYTES


def test_each_route_is_a_chunk_of_its_own(first: list[Path]) -> None:
    routes = ROUTE.findall((FRONTEND / "src" / "routes" / "router.tsx").read_text("utf-8"))
    assert len(routes) >= 5
    entry = "".join(script.name for script in first)
    for route in routes:
        chunks = list((DIST / "assets").glob(f"{route}-*.js"))
        assert chunks, f"{route} has no chunk"
        assert not any(chunk.name in entry for chunk in chunks), f"{route} is loaded at once"
