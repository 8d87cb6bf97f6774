"""Settings: each documented, each bad value one line that names it."""

import re
from pathlib import Path

import pytest

from app.core.settings import Settings, SettingsError, load_settings, read_key

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
        ("OPENAI_BASE_URL", "api.openai.com"),
        ("OPENAI_BASE_URL", "api.openai.com/v1"),
        ("OPENAI_BASE_URL", "https://api.openai.com /v1"),
        ("OPENAI_BASE_URL", "https://api.openai.com/v1 "),
        ("OPENAI_BASE_URL", " https://api.openai.com/v1"),
        ("OPENAI_BASE_URL", "https://api.openai.com/v1\n"),
        ("OPENAI_BASE_URL", "https://api.openai.com/\u200bv1"),
        ("OPENAI_BASE_URL", "https://x.openai.azure.com/openai?api-version=1"),
        ("OPENAI_BASE_URL", "https://x/v1#a"),
        ("OPENAI_BASE_URL", "https:///v1"),
        ("OPENAI_BASE_URL", "https://x:99999/v1"),
        ("OPENAI_BASE_URL", "https://x:0/v1"),
        ("OPENAI_BASE_URL", "https://[x/v1"),
        ("OPENAI_BASE_URL", "ftp://x/v1"),
        ("LOCAL_MODEL_URL", "127.0.0.1:8081"),
        ("OPENAI_API_KEY", "sk-a\nb"),
        ("OPENAI_API_KEY", "sk-a\u200bb"),
        ("OPENAI_API_KEY", "sk-\u0161"),
        ("OPENAI_API_KEY", "sk-\xe9"),
        ("OPENAI_API_KEY", "sk-\u2026"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert str(raised.value).startswith(f"{name}: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "sk-a",
        " sk-a ",
        "sk-a\n",
        "\r\nsk-a\r\n",
        "\tsk-a",
        "\ufeffsk-a",
        "sk-a\u200b",
        "\u200b \ufeffsk-a\u200d\u00a0\u2060",
    ],
)
def test_a_key_has_nothing_at_its_ends(text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", text)
    monkeypatch.setenv("ANOTHER_KEY", text)
    assert load_settings().openai_api_key.get_secret_value() == "sk-a"
    assert read_key("ANOTHER_KEY", tmp_path) == "sk-a"


@pytest.mark.parametrize("text", ["secret\nx", "secret\u200bx", "secret\u0161", "secret\x7f"])
def test_a_key_that_no_header_can_have_is_refused_by_name_and_not_shown(
    text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ANOTHER_KEY", text)
    with pytest.raises(SettingsError, match=r"^ANOTHER_KEY: it has a character") as raised:
        read_key("ANOTHER_KEY", tmp_path)
    assert "secret" not in str(raised.value)


def test_a_key_in_an_address_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("https://me:secret@x/v1", "https://x/v1?key=secret"):
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        with pytest.raises(SettingsError, match=r"^OPENAI_BASE_URL: ") as raised:
            load_settings()
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:21820/v1", "https://api.openai.com/v1", "https://[::1]:8/v1", "http://h"]
)
def test_an_address_stays_as_it_is(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    assert load_settings().openai_base_url == url


def test_a_file_with_a_byte_order_mark_is_read_and_one_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfGRACE_S=7\n")
    assert load_settings().grace_s == 7
    (tmp_path / ".env").write_bytes("GRACE_S=7\n".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"\.env.*: it is not UTF-8"):
        load_settings()


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
