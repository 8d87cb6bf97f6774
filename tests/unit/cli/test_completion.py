"""The scripts that shells read: bash runs its own; all of them are asked what may follow."""

import shutil
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app

ROOT = Path(__file__).parents[3]


def script(shell: str) -> str:
    result = CliRunner().invoke(app, ["completion", shell])
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_script_makes_the_command_and_asks_this_program(shell: str) -> None:
    said = script(shell)
    assert said.startswith("function headrace;" if shell == "fish" else "headrace() {")
    assert said.count("-m app") >= 2
    assert f"_HEADRACE_COMPLETE=complete_{shell}" in said


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_bash_completes_commands_and_options_and_choices(tmp_path: Path) -> None:
    asked = [("jobs", "w"), ("submit", "--metad"), ("submit", "--priority", "l")]
    ask = "_headrace_completion; echo ${COMPREPLY[@]}"
    lines = [f"COMP_WORDS=(headrace {' '.join(words)}); COMP_CWORD={len(words)}; {ask}" for words in asked]
    (tmp_path / "script").write_text("\n".join([script("bash"), "headrace --version", *lines]), "utf-8")
    ended = subprocess.run(
        ["bash", "script"], cwd=tmp_path, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert ended.stderr == ""
    assert ended.stdout.splitlines() == ["headrace 0.1.0", "wait", "--metadata", "low"]
