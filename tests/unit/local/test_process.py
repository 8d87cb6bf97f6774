"""Where a child process looks for its code."""

import os
from pathlib import Path

import pytest

from app.local.process import ProcessSpec


def spec(*, code: Path | None) -> ProcessSpec:
    return ProcessSpec(name="any", argv=("true",), ready=lambda _: True, code=code)


@pytest.mark.parametrize(("before", "after"), [("", "/code"), ("/mine", f"/code{os.pathsep}/mine")])
def test_its_code_goes_before_what_the_user_has_on_the_path(
    before: str, after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", before)
    assert spec(code=Path("/code")).environment()["PYTHONPATH"] == after
    assert spec(code=None).environment()["PYTHONPATH"] == before
