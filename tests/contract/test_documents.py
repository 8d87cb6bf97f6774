"""What the documents tell people to type is there: commands, options, targets, files, routes, settings."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from app.cli.main import app as commands
from app.core.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted(
    [
        *(ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "frontend/README.md"),
        *(ROOT / "docs").glob("*.md"),
        *(ROOT / "docs" / "adr").glob("*.md"),
    ]
)
each = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
BLOCKS = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:python -m app|(?:(?<=\.venv/bin/)|(?<![\w./-]))headrace)((?: +[^\s|;&)`\"'#]+)*)")
MADE = (
    ".local",
    ".env",
    ".cache",
    ".venv",
    "providers.toml",
    "frontend/dist",
    "app/interface",
    "app/migrations",  # in a wheel
    "headrace.backup",
    "tests/test_sentiment.py",
)
FOLDERS = r"(?:app|docs|examples|tests|load_test|frontend)"
# Variables of others, of the shell, of Compose, and constants of the code.
OTHERS = frozenset(
    {
        *(
            "CELERY_BROKER_URL",
            "COMPOSE_SUBNET",
            "HEADRACE_PROFILE",
            "HEADRACE_TOKEN",
            "HEADRACE_URL",
            "JOB_TYPE",
            "LIMIT_P95_MS",
            "LOCK_ARGS",
            "LOCUST_PORT",
            "LOCAL_MODEL",
            "NEMESIS_S",
            "NO_COLOR",
        ),
        *("OMP_THREAD_LIMIT", "POSTGRES_PASSWORD", "UI_PORT", "VALKEY_PASSWORD", "XDG_CONFIG_HOME"),
    }
)


def commands_of(text: str) -> Iterator[list[str]]:
    """Yield the words after `headrace` or `python -m app` wherever it stands, in code or in a sentence."""
    for found in COMMAND.findall(text):
        yield found.split()


@each
def test_each_command_and_option_exists(path: Path) -> None:
    group: Any = typer.main.get_command(commands)
    for words in commands_of(path.read_text("utf-8")):
        command, rest = group, list(words)
        while rest and hasattr(command, "commands") and not rest[0].startswith(("-", "[")):
            name = rest.pop(0).rstrip(".,:")
            for one in name.split("|"):
                assert one in command.commands, f"{path.name}: headrace {' '.join(words)}"
            command = command.commands[name.split("|")[0]]
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        for word in rest:
            option = word.split("=")[0].rstrip(".,:")
            assert not option.startswith("--") or option in {*known, "--help"}, f"{path.name}: {' '.join(words)}"


@each
def test_each_target_of_make_exists(path: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+(?: [a-z-]+)*):", makefile, re.MULTILINE))
    targets = {one for line in targets for one in line.split()}
    text = path.read_text("utf-8")
    code = [*BLOCKS.findall(text), *re.findall(r"`([^`\n]+)`", text)]
    named = {name for part in code for name in re.findall(r"(?:^|[;&] *|\n)make ([a-z][a-z-]+)", part)}
    assert named <= targets, f"{path.name}: {named - targets}"


@each
def test_each_file_of_the_project_exists(path: Path) -> None:
    text = path.read_text("utf-8")
    named = set(re.findall(rf"(?<![\w/.$-])({FOLDERS}/[\w./-]*\w)", text))
    named |= {f"{path.parent.relative_to(ROOT)}/{link}" for link in re.findall(r"\]\(((?!http|#)[^)#]+)", text)}
    missing = [one for one in sorted(named) if not one.startswith(MADE) and not (ROOT / one).exists()]
    assert missing == []


@each
def test_each_route_exists_with_its_method(path: Path) -> None:
    paths = json.loads((ROOT / "docs" / "openapi.json").read_text("utf-8"))["paths"]
    shapes = {re.sub(r"\{[^}]+\}", "*", one): {*methods} for one, methods in paths.items()}
    for line in re.findall(r"^.*curl .*$", path.read_text("utf-8"), re.MULTILINE):
        for route in re.findall(r'"?\$api(/[^\s"?#]*)', line):
            full = f"/api/v1{route}" if not route.startswith(("/api/", "/health", "/metrics")) else route
            method = re.search(r"-X (\w+)", line)
            wanted = method[1].lower() if method else "post" if re.search(r"--json|-d |-F ", line) else "get"
            fitting = [shape for shape in shapes if _fits(full, shape)]
            assert any(wanted in shapes[shape] for shape in fitting), f"{path.name}: {wanted} {full}"


def _fits(route: str, shape: str) -> bool:
    ours, theirs = route.split("/"), shape.split("/")
    return len(ours) == len(theirs) and all(other in (mine, "*") for mine, other in zip(ours, theirs, strict=True))


@each
def test_each_setting_exists(path: Path) -> None:
    known = {name.upper() for name in Settings.model_fields} | OTHERS
    text = path.read_text("utf-8")
    named = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)(?:=[^`]*)?`", text))
    assert {one for one in named if one not in known} == set()


def test_what_the_readme_sends_is_there() -> None:
    """The examples name files of the checkout, which `make run` copies into the files folder."""
    text = (ROOT / "README.md").read_text("utf-8")
    named = re.findall(r'"input_file_path": "([^"]+)"|file=@([\w./-]+)|--file ([\w./-]+)', text)
    assert named
    for name in named:
        (file,) = filter(None, name)
        assert (ROOT / file).exists() or (ROOT / "examples" / file).exists(), file
