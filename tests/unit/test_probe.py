import subprocess
import sys
from pathlib import Path

import pytest

from tests.rig.ports import free_port
from tests.unit.cli.played_api import played_api

ROOT = Path(__file__).parents[2]


def probe(port: int | str) -> int:
    argv = [sys.executable, "-m", "app.probe", str(port), "/ready"]
    return subprocess.run(argv, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1), (404, 1)])
def test_it_wants_a_200(status: int, code: int) -> None:
    with played_api((status, {})) as api:
        assert probe(api.url.rpartition(":")[2]) == code
    assert api.asked[0].path == "/ready"


def test_nobody_there_is_no_200() -> None:
    assert probe(free_port()) == 1


def test_it_loads_next_to_nothing() -> None:
    code = "import sys, app.probe; print([name for name in ('pydantic', 'typer', 'asyncio') if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"
