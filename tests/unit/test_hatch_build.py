"""What the build adds to a wheel. That the wheel has it, tests/e2e/test_wheel.py sees."""

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("version", "target", "added"),
    [
        ("standard", "wheel", {"frontend/dist": "app/interface", "migrations": "app/migrations"}),
        ("standard", "sdist", {}),
        ("editable", "wheel", {}),  # reads the checkout, whose interface need not be built
    ],
)
def test_a_wheel_alone_has_what_stands_beside_the_package(
    tmp_path: Path, version: str, target: str, added: dict[str, str]
) -> None:
    if version != "editable":
        page = tmp_path / "frontend" / "dist" / "index.html"
        page.parent.mkdir(parents=True)
        page.touch()
    build: Any = runpy.run_path(str(ROOT / "hatch_build.py"))["BuildInterface"]
    found: dict[str, dict[str, str]] = {"force_include": {}}
    build(str(tmp_path), {}, None, None, str(tmp_path), target).initialize(version, found)
    assert found["force_include"] == {str(tmp_path / place): name for place, name in added.items()}
