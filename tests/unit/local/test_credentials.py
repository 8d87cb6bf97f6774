import stat
from pathlib import Path

import pytest

from app.core.settings import Settings
from app.local import credentials
from app.local.plan import plan


def stack_settings(data_dir: Path, **changed: object) -> Settings:
    return Settings(data_dir=data_dir, **changed)


def test_the_file_is_for_its_owner_only(tmp_path: Path) -> None:
    settings = stack_settings(tmp_path / "new")
    credentials.ensure(settings)
    assert stat.S_IMODE(settings.credentials_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700


def test_a_second_start_keeps_every_secret(tmp_path: Path) -> None:
    first = credentials.ensure(stack_settings(tmp_path))
    assert credentials.ensure(stack_settings(tmp_path)) == first
    assert set(first) == set(credentials.NAMES)
    assert len(set(first.values())) == len(first)
    assert min(len(first["SERVICE_TOKEN"]), len(first["SECRET_KEY"])) >= 32


def test_other_ports_change_the_urls_and_nothing_else(tmp_path: Path) -> None:
    first = credentials.ensure(stack_settings(tmp_path, postgres_port=21000, valkey_port=21001))
    second = credentials.ensure(stack_settings(tmp_path, postgres_port=21002, valkey_port=21003))
    assert second["DATABASE_URL"] == first["DATABASE_URL"].replace(":21000/", ":21002/")
    assert second["REDIS_URL"] == first["REDIS_URL"].replace(":21001/", ":21003/")
    assert {name: second[name] for name in ("SERVICE_TOKEN", "SECRET_KEY", "FLOWER_BASIC_AUTH")} == {
        name: first[name] for name in ("SERVICE_TOKEN", "SECRET_KEY", "FLOWER_BASIC_AUTH")
    }


def test_a_deleted_line_is_made_anew_and_an_unknown_one_stays(tmp_path: Path) -> None:
    settings = stack_settings(tmp_path)
    first = credentials.ensure(settings)
    lines = settings.credentials_path.read_text().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("SECRET_KEY")]
    settings.credentials_path.write_text("".join([*kept, "OPENAI_MODEL=mine\n"]))
    second = credentials.ensure(settings)
    assert second["SECRET_KEY"] != first["SECRET_KEY"]
    assert second["SERVICE_TOKEN"] == first["SERVICE_TOKEN"]
    assert "OPENAI_MODEL=mine\n" in settings.credentials_path.read_text()


def test_the_secrets_are_what_the_settings_then_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.core.settings import load_settings

    monkeypatch.chdir(tmp_path)
    for name in credentials.NAMES:
        monkeypatch.delenv(name, raising=False)
    made = credentials.ensure(stack_settings(tmp_path / "data"))
    settings = load_settings(data_dir=tmp_path / "data")
    assert {name: getattr(settings, name.lower()).get_secret_value() for name in made} == made


def test_the_users_own_server_is_used_instead_of_ours(tmp_path: Path) -> None:
    made = credentials.ensure(stack_settings(tmp_path))
    ours = {name.lower(): value for name, value in made.items()}
    own = ours | {"database_url": "postgresql+asyncpg://me:secret@db.example/headrace", "llm_provider": "simulated"}
    wanted = plan(stack_settings(tmp_path, **own), made)
    assert wanted.postgres is None
    assert wanted.valkey is not None
    assert set(wanted.ports()) == {"VALKEY_PORT", "API_PORT", "FLOWER_PORT"}
    assert wanted.api().env["DATABASE_URL"] == own["database_url"]


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    made = credentials.ensure(stack_settings(tmp_path))
    wanted = plan(
        stack_settings(tmp_path, llm_provider="local", **{name.lower(): value for name, value in made.items()}), made
    )
    assert wanted.valkey is not None
    specs = (
        wanted.valkey.spec(),
        wanted.migrate(),
        wanted.model_server(),
        wanted.api(),
        wanted.worker(1),
        wanted.scheduler(),
        wanted.flower(),
    )
    passwords = [value.rpartition(":")[2] for value in (made["SERVICE_TOKEN"], made["FLOWER_BASIC_AUTH"])]
    passwords += [wanted.valkey.password]
    assert not [(spec.name, word) for spec in specs for word in spec.command() for part in passwords if part in word]
