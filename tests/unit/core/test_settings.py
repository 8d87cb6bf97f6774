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
        ("DATABASE_URL", "mysql://u:SECRET@h/d"),
        ("DATABASE_URL", "postgres://u:SECRET@h/d?sslmode=maybe"),
        ("DATABASE_URL", "postgres://u:SECRET@h/d?sslmode=verify-full&sslrootcert=/no/ca.pem"),
        ("DATABASE_URL", "postgres://u:SECRET@h:port/d"),
        ("REDIS_URL", "http://:SECRET@h"),
        ("REDIS_URL", "redis://:SECRET@h?ssl_cert_reqs=none"),
        ("REDIS_URL", "rediss://:SECRET@h?ssl_ca_certs=/no/ca.pem"),
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
        ("PUBLIC_URL", "headrace.example.com"),
        ("PUBLIC_URL", "https://headrace.example.com/?a=b"),
        ("PUBLIC_URL", "https://me:secret@headrace.example.com"),
        ("API_HOST", "http://0.0.0.0"),
        ("API_HOST", "127.0.0.1:8000"),
        ("METRICS_HOST", "a b"),
        ("DATABASE_URL", "mysql://x/y"),
        ("DATABASE_URL", "host=x dbname=y"),
        ("DATABASE_URL", "sqlite:///x.db"),
        ("REDIS_URL", "amqp://x"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("FLOWER_BASIC_AUTH", "nobody"),
        ("FLOWER_BASIC_AUTH", "user:pass,word"),
        ("QUEUES", "a,b,a"),
        ("LEASE_S", "nan"),
        ("GRACE_S", "inf"),
        ("GRACE_S", "1e400"),
        ("RETRY_SCALE", "1,5"),
        ("BODY_MAX_BYTES", "1MB"),
        ("RESULT_MAX_BYTES", str(10**30)),
        ("WORKER_CONCURRENCY", "2.5"),
        ("FALLBACK_ON_ERROR", "perhaps"),
        ("OPENAI_MODEL", "gpt-4o-mini "),
        ("DATA_DIR", "/dev/null"),
        ("DATA_DIR", "/dev/null/data"),
        ("BREAKER_MAX_COOLDOWN_S", "1"),
        ("SERVICE_TOKEN", "a token\u200bx"),
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
    assert "SECRET" not in str(raised.value)


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


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_file_is_read_whatever_editor_saved_it(tmp_path: Path, encoding: str, end: str) -> None:
    lines = ("# \u00fc", "GRACE_S=7", "export LEASE_S = '9'", "", "QUEUES=a,b")
    (tmp_path / ".env").write_bytes(end.join(lines).encode(encoding))
    settings = load_settings()
    assert (settings.grace_s, settings.lease_s, settings.queues) == (7, 9, ("a", "b"))


@pytest.mark.parametrize(
    ("raw", "line"),
    [
        ("GRACE_S=7\n".encode("utf-16"), r"\.env: it is not UTF-8 but UTF-16 or no text; save it as UTF-8"),
        ("GRACE_S=7\n".encode("utf-16-le"), r"\.env: it is not UTF-8 but UTF-16 or no text; save it as UTF-8"),
        ("A=1\nB=\u00fc\n".encode("latin-1"), r"\.env: it is not UTF-8 \(line 2\); save it as UTF-8"),
        (b"\x80\x04", r"\.env: it is not UTF-8 \(line 1\); save it as UTF-8"),
        (b"A=1\r\nOPENAI_API_KEY sk-secret\r\n", r"\.env: line 2 is not NAME=value; mend it"),
        (b"GRACE_S: 7\n", r"\.env: line 1 is not NAME=value; mend it"),
        (None, r"\.env: it is a folder, not a file; move it away or put a file there"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, raw: bytes | None, line: str) -> None:
    path = tmp_path / ".env"
    path.mkdir() if raw is None else path.write_bytes(raw)
    with pytest.raises(SettingsError, match=f"^{line}$"):
        load_settings()


def test_a_file_that_this_account_may_not_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(
        SettingsError, match=r"^\.env: it cannot be read \(Permission denied\); let this account read it"
    ):
        load_settings()


def test_everything_is_told_at_once_with_what_was_given_and_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    bad = {
        "LEASE_S": "1",
        "ENV": "staging",
        "API_PORT": "70000",
        "FALLBACK_ON_ERROR": "perhaps",
        "BREAKER_RATIO": "2",
        "OPENAI_BASE_URL": "https://me:secret@api.openai.com/v1",
        "DATABASE_URL": "mysql://me:secret@x/y",
    }
    for name, value in bad.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as raised:
        load_settings()
    assert raised.value.lines == (
        "API_PORT: write a whole number from 1 to 65535 (got '70000')",
        "BREAKER_RATIO: write a number above 0, at most 1 (got '2')",
        "DATABASE_URL: mysql:// is not PostgreSQL's: write postgresql://user:password@host:5432/database",
        "ENV: write development or production (got 'staging')",
        "FALLBACK_ON_ERROR: write true or false (got 'perhaps')",
        "LEASE_S: write a number from 3 to 3600 (got '1')",
        (
            "OPENAI_BASE_URL: a key belongs into a variable of its own, not into the URL"
            " (got 'https://***@api.openai.com/v1')"
        ),
    )


def test_one_secret_for_two_purposes_is_refused_in_production() -> None:
    same = {"service_token": STRONG, "secret_key": STRONG}
    load_settings(**same)
    with pytest.raises(SettingsError, match=r"^SECRET_KEY: refused with ENV=production: it is also another secret"):
        load_settings(env="production", **same)
    with pytest.raises(SettingsError, match=r"^SERVICE_TOKEN: refused with ENV=production: it is also a server's"):
        load_settings(env="production", service_token=STRONG, redis_url=f"redis://:{STRONG}@h")


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
    with pytest.raises(SettingsError, match=r"^DATABASE_URL: not set.*\nREDIS_URL: not set"):
        load_settings().need("database_url", "redis_url")
