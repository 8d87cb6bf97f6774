"""docs/job-types.md, followed to the letter: its files are written, installed, tested and found by a process."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "job-types.md").read_text("utf-8")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the files of the page, and beside it what an installer writes of its pyproject.toml."""
    folder = tmp_path_factory.mktemp("acme-jobs")
    files = dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    assert {*files} == {"pyproject.toml", "acme_jobs/sentiment.py", "tests/test_sentiment.py"}
    for name, text in {**files, "acme_jobs/__init__.py": ""}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    project = tomllib.loads(files["pyproject.toml"])["project"]
    installed = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1.0.0\n", "utf-8")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in points.items())
        for group, points in project["entry-points"].items()
    ]
    (installed / "entry_points.txt").write_text("\n".join(groups), "utf-8")
    return folder


def run(package: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([str(package), str(ROOT)])}
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_its_tests_pass_by_the_command_of_the_page(package: Path) -> None:
    (line,) = re.findall(r"^\.venv/bin/python (-m pytest .*)$", PAGE, re.MULTILINE)
    done = run(package, *line.replace("../acme-jobs", str(package)).split())
    assert re.search(r"\b4 passed\b", done.stdout), done.stdout + done.stderr


def test_a_process_that_has_it_installed_knows_the_type(package: Path) -> None:
    done = run(package, "-c", "from app.processors import registry; print(registry.get('sentiment').title)")
    assert done.stdout == "Sentiment\n", done.stdout + done.stderr


def test_its_test_sees_a_fault(package: Path, tmp_path: Path) -> None:
    """One whose run returns something else fails by what the platform would refuse."""
    code = (package / "acme_jobs/sentiment.py").read_text("utf-8")
    other = tmp_path / "acme_jobs"
    other.mkdir()
    (other / "__init__.py").touch()
    (other / "sentiment.py").write_text(code.replace("return Judged(sentiment=word)", 'return {"mood": word}'), "utf-8")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_sentiment.py").write_text((package / "tests/test_sentiment.py").read_text("utf-8"), "utf-8")
    done = run(tmp_path, "-m", "pytest", str(tmp_path / "tests"), "-c", "/dev/null", "-p", "no:valkey")
    assert "NotUsableError: what run returned cannot be kept as Judged" in done.stdout, done.stdout + done.stderr
