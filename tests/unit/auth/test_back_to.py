"""After signing in a browser goes to a path of ours; the sign-in page tries the same cases (search.test.ts)."""

import json

import pytest

from app.auth.oidc.back_to import HOME, LONGEST_CHARS, own_path
from tests.conftest import ROOT

CASES = json.loads((ROOT / "frontend" / "src" / "routes" / "next.cases.json").read_text("utf-8"))


@pytest.mark.parametrize("path", CASES["own"])
def test_a_path_of_ours_stays(path: str) -> None:
    assert own_path(path) == path


@pytest.mark.parametrize("path", [*CASES["foreign"], None, "/" + "a" * LONGEST_CHARS])
def test_anything_else_is_the_first_page(path: str | None) -> None:
    assert own_path(path) == HOME
