from pathlib import Path

import pytest
from dotenv import dotenv_values
from pydantic import SecretStr

from app.cli import show
from app.core.settings import Settings

ROOT = Path(__file__).parents[3]


def test_a_table_is_as_wide_as_its_values() -> None:
    rows: list[dict[str, object]] = [{"name": "api", "pid": 12}, {"name": "worker-1", "pid": None}]
    assert show.table(rows, ("name", "pid")) == "NAME      PID\napi       12\nworker-1  -"


def test_no_secret_is_shown() -> None:
    secrets = {
        "service_token": "token-1",
        "secret_key": "",
        "database_url": "postgresql+asyncpg://headrace:pass-2@127.0.0.1:15432/headrace",
        "redis_url": "redis://:pass-3@127.0.0.1:16379/0",
        "flower_basic_auth": "headrace:pass-4",
        "openai_api_key": "sk-5",
    }
    shown = show.settings(Settings(**secrets))
    assert shown["DATABASE_URL"] == "postgresql+asyncpg://***@127.0.0.1:15432/headrace"
    assert shown["REDIS_URL"] == "redis://***@127.0.0.1:16379/0"
    assert shown["SERVICE_TOKEN"] == shown["FLOWER_BASIC_AUTH"] == shown["OPENAI_API_KEY"] == "***"
    assert shown["SECRET_KEY"] == ""
    assert not [part for part in ("token-1", "pass-", "sk-5") if part in str(shown)]


def test_every_setting_stands_in_the_example_with_its_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    stated = tmp_path / "stated.env"
    stated.write_text("\n".join(line[1:] for line in lines if line.startswith("#") and "=" in line.split(" ")[0]))
    values = {name: value for name, value in dotenv_values(stated).items() if name.isupper()}
    assert set(values) >= {name.upper() for name in Settings.model_fields}
    for name in values:
        monkeypatch.delenv(name, raising=False)
    example = Settings(**{name.lower(): value for name, value in values.items() if value})
    for name, field in Settings.model_fields.items():
        if not isinstance(field.default, SecretStr):
            assert getattr(example, name) == field.default, name


@pytest.mark.parametrize(
    ("width", "columns"),
    [
        (None, ["ID", "TYPE", "STATUS", "PRIORITY", "ATTEMPT", "CREATED", "TOOK"]),
        (200, ["ID", "TYPE", "STATUS", "PRIORITY", "ATTEMPT", "CREATED", "TOOK"]),
        (100, ["ID", "TYPE", "STATUS", "CREATED", "TOOK"]),
        (80, ["ID", "TYPE", "STATUS", "TOOK"]),
        (20, ["ID", "TYPE", "STATUS", "TOOK"]),
    ],
)
def test_jobs_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, width: int | None, columns: list[str]) -> None:
    monkeypatch.setattr(show, "terminal_width", lambda: width)
    job = {"id": "0" * 36, "type": "data_extraction", "status": "processing", "created_at": "2026-11-21T10:00:00Z"}
    heading, *rows = show.jobs([job | {"priority": "default"}] * 2).splitlines()
    assert heading.split() == columns
    assert len(rows) == 2
    if width in {80, 100, 200}:
        assert max(map(len, rows)) <= width


def test_a_long_last_column_is_folded_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[dict[str, object]] = [{"a": 1, "b": "word " * 20}, {"a": 2, "b": None}]
    assert len(show.table(rows, ("a", "b")).splitlines()) == 3
    monkeypatch.setattr(show, "terminal_width", lambda: 40)
    folded = show.table(rows, ("a", "b")).splitlines()
    assert folded[1] == "1  word word word word word word word"
    assert folded[2].startswith("   word")
    assert folded[-1] == "2  -"
    assert max(map(len, folded)) <= 40
