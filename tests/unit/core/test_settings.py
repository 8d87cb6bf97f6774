"""Settings: each documented, each bad value one line that names it."""

import re
from pathlib import Path

import pytest

from app.core.settings import Settings, SettingsError, load_settings

ROOT = Path(__file__).parents[3]
STRONG = "0123456789abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_each_setting_is_documented_and_each_documented_one_exists() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    documented = set(re.findall(r"^#? ?([A-Z][A-Z0-9_]+)=", text, re.MULTILINE))
    in_compose = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text("utf-8")))
    assert documented == {name.upper() for name in Settings.model_fields} | in_compose


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LEASE_S", "2"),
        ("LEASE_S", "soon"),
        ("WORKER_CONCURRENCY", "0"),
        ("API_PORT", "70000"),
        ("LOG_LEVEL", "LOUD"),
        ("LLM_PROVIDER", "magic"),
        ("QUEUES", " , "),
        ("QUEUES", "a b"),
        ("ENV", "staging"),
        ("BODY_MAX_BYTES", "-1"),
        ("RETRY_SCALE", "-1"),
        ("RETENTION_DAYS", "0"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{name}: ")
    assert "\n" not in str(raised.value)


def test_the_environment_goes_before_env_before_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    (tmp_path / "credentials.env").write_text("SERVICE_TOKEN=credentials\nREDIS_URL=redis://credentials\nGRACE_S=1\n")
    (tmp_path / ".env").write_text("SERVICE_TOKEN=dotenv\nREDIS_URL=redis://dotenv\n")
    monkeypatch.setenv("SERVICE_TOKEN", "environment")
    settings = load_settings()
    assert settings.service_token.get_secret_value() == "environment"
    assert settings.redis_url.get_secret_value() == "redis://dotenv"
    assert settings.grace_s == 1


def test_settings_cannot_be_changed_and_do_not_show_secrets() -> None:
    settings = load_settings(service_token=STRONG)
    with pytest.raises(ValueError, match="frozen"):
        settings.lease_s = 5  # type: ignore[misc]
    assert STRONG not in repr(settings)


def test_a_missing_secret_is_named() -> None:
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: not set"):
        load_settings().need("database_url")


@pytest.mark.parametrize(
    ("name", "weak", "strong"),
    [
        ("service_token", "tiny-token", STRONG),
        ("service_token", "a" * 40, STRONG),
        ("secret_key", "changeme", STRONG),
        ("database_url", "postgresql://postgres:postgres@db/x", f"postgresql://u:{STRONG}@db/x"),
        ("database_url", "postgresql://postgres@db/x", f"postgresql://u:{STRONG}@db/x"),
        ("redis_url", "redis://redis:6379/0", f"redis://:{STRONG}@redis/0"),
        ("flower_basic_auth", "admin:admin", f"admin:{STRONG}"),
    ],
)
def test_production_refuses_weak_secrets_by_name(name: str, weak: str, strong: str) -> None:
    load_settings(env="development", **{name: weak}).need(name)
    with pytest.raises(SettingsError, match=f"^{name.upper()}: refused with ENV=production") as raised:
        load_settings(env="production", **{name: weak}).need(name)
    assert weak not in str(raised.value)
    load_settings(env="production", **{name: strong}).need(name)
