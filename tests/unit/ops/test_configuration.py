"""Settings are judged as a whole, by what reads them in any room, before anything starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.core.settings import SettingsError
from app.ops import configuration
from tests.rig.scans import PlayedTesseract

ROOT = Path(__file__).parents[3]
PROVIDERS = """
[providers.one]
base_url = "http://127.0.0.1:9/v1"
quota = "soon"
[models.small]
provider = "one"
"""


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PROVIDERS_FILE", "/dev/null")
    monkeypatch.setenv("OCR", "off")


def told(*needed: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        configuration.load(*needed)
    return raised.value.lines


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("RETRY_SCHEDULES", "foo=1", "RETRY_SCHEDULES: no error class 'foo'; there are: unavailable, "),
        ("FILES_URL", "ftp://x", "FILES_URL: "),
        ("FILES_URL", "https://files.example/x", "FILES_URL: files cannot be kept there; write s3://bucket/prefix"),
        ("FILES_URL", "memory:///", "FILES_URL: files cannot be kept there; write s3://bucket/prefix"),
        ("FILES_URL", "s3://key:secret@bucket/x", "FILES_URL: credentials belong into the environment"),
        ("LLM_QUOTA", "many", "LLM_QUOTA: 'many' is no quota; write 60/min"),
        ("PROVIDERS_FILE", "missing.toml", "PROVIDERS_FILE: missing.toml cannot be read"),
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL: mysql:// is not PostgreSQL's: write postgresql://"),
        ("OPENAI_BASE_URL", "api.openai.com", "OPENAI_BASE_URL: no base URL: write http(s)://host[:port]/path"),
    ],
)
def test_what_a_room_reads_is_judged_too(name: str, value: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    (said,) = told()
    assert said.startswith(line)
    assert "secret" not in said


def test_all_faults_of_all_rooms_are_told_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(PROVIDERS)
    bad = {"PROVIDERS_FILE": "providers.toml", "RETRY_SCHEDULES": "foo=1;network=x", "FILES_URL": "ftp://x"}
    for name, value in {**bad, "LEASE_S": "1", "DATABASE_URL": "mysql://x/y", "LLM_QUOTA": "many"}.items():
        monkeypatch.setenv(name, value)
    assert [line.split(":")[0] for line in told("database_url", "redis_url")] == [
        "DATABASE_URL",
        "LEASE_S",
        "LLM_QUOTA",
        "REDIS_URL",
        "quota of small (providers.toml or LLM_QUOTA)",
        "RETRY_SCHEDULES",
        "RETRY_SCHEDULES",
        "FILES_URL",
    ]


def test_tesseract_is_asked_only_where_it_is_used(monkeypatch: pytest.MonkeyPatch, tesseract: PlayedTesseract) -> None:
    monkeypatch.setenv("OCR", "on")
    tesseract.does("", languages="eng")
    monkeypatch.setenv("OCR_LANGUAGES", "xyz")
    assert told() == ("OCR_LANGUAGES: Tesseract has no language xyz; it has eng",)
    assert configuration.load(ocr=False).ocr == "on"


def test_in_production_a_weak_secret_is_refused_whoever_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENV", "production")
    monkeypatch.setenv("SERVICE_TOKEN", "short")
    assert told() == ("SERVICE_TOKEN: refused with ENV=production: shorter than 32 characters",)


@pytest.mark.parametrize("command", ["api", "frontend"])
def test_a_server_ends_with_lines_and_without_a_traceback(command: str, tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "app", command],
        cwd=tmp_path,
        env={"LEASE_S": "1", "API_PORT": "0", "PATH": "/usr/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 78
    assert ended.stderr.splitlines()[:2] == [
        "error: API_PORT: write a whole number from 1 to 65535 (got '0')",
        "error: LEASE_S: write a number from 3 to 3600 (got '1')",
    ]
    assert "Traceback" not in ended.stderr


def test_config_masks_every_url_judges_all_and_says_so_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_text(PROVIDERS)
    ended = subprocess.run(
        [sys.executable, "-m", "app", "config"],
        cwd=tmp_path,
        env={
            "PATH": "/usr/bin",
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": "postgresql://me:pa/secret@h/x?sslpassword=secret",
            "REDIS_URL": "rediss://:secret@h/0",
            "PUBLIC_URL": "https://h",
            "OPENAI_API_KEY": "sk-secret",
            "FLOWER_PORT": "8000",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 78
    assert "secret" not in ended.stdout + ended.stderr
    assert {"DATABASE_URL=postgresql://***@h/x?***", "REDIS_URL=rediss://***@h/0", "PUBLIC_URL=https://h"} <= set(
        ended.stdout.splitlines()
    )
    assert ended.stderr.splitlines() == [
        (
            "error: quota of small (providers.toml or LLM_QUOTA): 'soon' is no quota;"
            " write 60/min, 5/10s or 20000tok/min, with commas between"
        ),
        "error: FLOWER_PORT: 8000 is also API_PORT; set one of them to another port",
    ]
