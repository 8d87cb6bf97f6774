import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli.main import app

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "run",
    "ps",
    "scale",
    "migrate",
    "model",
    "worker",
    "scheduler",
    "flower",
    "reset",
    "ready",
    "submit",
    "types",
    "jobs",
    "config",
    "backup",
    "restore",
    "doctor",
    "health",
    "stats",
    "dead-letters",
    "resend",
    "prune",
    "audit",
)


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "app", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert not [command for command in COMMANDS if f"  {command} " not in result.output]
    heavy = "pydantic", "sqlalchemy", "celery", "fastapi", "openai", "alembic"
    code = f"import sys, app.cli.main; print([name for name in {heavy!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert loaded.stdout == "[]\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


def test_a_bad_setting_is_one_line_and_code_78(tmp_path: Path) -> None:
    result = run("run", LEASE_S="1", DATA_DIR=str(tmp_path / "data"))
    assert (result.returncode, result.stdout) == (78, "")
    assert result.stderr == "error: LEASE_S: write a number from 3 to 3600 (got '1')\n"
    assert not (tmp_path / "data").exists()


STRONG = {
    "SERVICE_TOKEN": "0123456789abcdefghijklmnopqrstuvwxyz",
    "SECRET_KEY": "zyxwvutsrqponmlkjihgfedcba9876543210",
    "DATABASE_URL": "postgresql://headrace:qV7-mK2_wZ9.tR4x@127.0.0.1:1/headrace",
    "REDIS_URL": "redis://:bN5_hJ8.pL3-cF6y@127.0.0.1:1",
    "FLOWER_BASIC_AUTH": "headrace:gD1.sW6_xT8-kY3v",
}


@pytest.mark.parametrize(
    ("process", "name", "weak"),
    [
        ("api", "SECRET_KEY", "0123456789abcdefghijklmnopqrstu"),  # 31 bytes
        ("worker", "SECRET_KEY", "0123456789abcdefghijklmnopqrstu"),
        ("scheduler", "SECRET_KEY", "0123456789abcdefghijklmnopqrstu"),
        ("api", "SERVICE_TOKEN", "0123456789abcdefghijklmnopqrstu"),
        ("api", "DATABASE_URL", "postgresql://postgres:postgres@127.0.0.1:1/headrace"),
        ("api", "REDIS_URL", "redis://127.0.0.1:1"),
        ("flower", "FLOWER_BASIC_AUTH", "admin:admin"),
        ("api", "FAULT_POINTS", "api.after_commit:kill:1"),
        ("api", "TRUSTED_PROXIES", "0.0.0.0/0"),
        ("frontend", "PUBLIC_URL", "http://headrace.example.com"),
    ],
)
def test_production_does_not_start_with_a_weak_setting_and_names_it(
    process: str, name: str, weak: str, tmp_path: Path
) -> None:
    ended = run(process, **{"ENV": "production", "DATA_DIR": str(tmp_path), **STRONG, name: weak})
    assert (ended.returncode, ended.stdout) == (78, "")
    assert [line.partition(":")[0] for line in ended.stderr.splitlines()] == ["error"]
    assert ended.stderr.startswith(f"error: {name}: ")
    assert weak not in ended.stderr


def test_without_a_stack_ps_is_one_line_and_code_1(tmp_path: Path) -> None:
    result = run("ps", DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr == f"error: no stack runs on DATA_DIR {tmp_path}: `headrace run` starts one\n"


def test_reset_refuses_a_folder_that_is_no_data_folder(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    result = run("reset", "--yes", DATA_DIR=str(tmp_path))
    assert result.returncode == 1
    assert "no data folder" in result.stderr
    assert (tmp_path / "precious").exists()
