"""Every setting of Headrace in one frozen class, read once from the environment and two files."""

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from app.core import faultpoint, proxies

CREDENTIALS_FILE = "credentials.env"
DOTENV = ".env"
_ENCODING = "utf-8-sig"  # some editors put a byte order mark before the text
MIN_SECRET_CHARS = 32
WEAK_PASSWORDS = frozenset(
    {"", "admin", "changeme", "change-me", "guest", "headrace", "password", "postgres", "secret"}
)

# Beside white space, what copying leaves at the ends of a key: signs without a width, and the byte order mark.
_INVISIBLE = (
    "\u00ad\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
_URL_SECRETS = re.compile(r"(?<=//)[^/@]*@|\?.*", re.DOTALL)

Port = Annotated[int, Field(ge=1, le=65535)]


class SettingsError(Exception):
    """A setting is missing or bad; the message is one line that names it and never shows a secret's value."""


def as_key(text: str) -> str:
    """Return a provider's key as it can stand in a header, without what copying left at its ends.

    Raises: ValueError, which does not show it.
    """
    key = text
    while key != (key := key.strip().strip(_INVISIBLE)):
        pass
    if not (key.isascii() and key.isprintable()):
        raise ValueError("it has a character that no key has, such as a line break or a sign without a width")
    return key


def as_base_url(text: str) -> str:
    """Return the address of a provider's API if it is one. Raises: ValueError with the rule that it breaks."""
    parts = urlsplit(text)
    has_blank = any(char.isspace() or not char.isprintable() or char in _INVISIBLE for char in text)
    if has_blank or parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("no base URL: http(s)://host[:port]/path")
    if parts.username is not None:
        raise ValueError("a key belongs into a variable of its own, not into the URL")
    if parts.port == 0:  # reading it raises for what is no port
        raise ValueError("no port: 0")
    return text


class Settings(BaseSettings):
    """The settings, each documented in `.env.example`.

    Order of precedence: the process environment, `.env` in the working folder, `credentials.env` in DATA_DIR.
    """

    model_config = SettingsConfigDict(frozen=True, extra="ignore", env_ignore_empty=True, case_sensitive=False)

    env: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"

    data_dir: Path = Path(".local")
    api_host: str = "127.0.0.1"
    api_port: Port = 8000
    public_url: str = ""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ()
    postgres_port: Port = 15432
    valkey_port: Port = 16379
    flower_port: Port = 5555
    model_port: Port = 8081
    embeddings_port: Port = 8082
    metrics_host: str = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_000)] = 0

    service_token: SecretStr = SecretStr("")
    secret_key: SecretStr = SecretStr("")
    database_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    flower_basic_auth: SecretStr = SecretStr("")
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 8

    providers_file: Path = Path("providers.toml")
    llm_provider: Literal["auto", "openai", "local", "simulated"] = "auto"
    openai_base_url: str = "https://api.openai.com/v1"
    openai_api_key: SecretStr = SecretStr("")
    openai_model: str = "gpt-4o-mini"
    openai_context_tokens: Annotated[int, Field(ge=256)] = 128_000
    local_model_url: str = ""
    local_embeddings_url: str = ""
    local_context_tokens: Annotated[int, Field(ge=256, le=8192)] = 8192
    llm_connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    llm_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    llm_quota: str = ""
    llm_max_in_flight: Annotated[int, Field(ge=0, le=10_000)] = 0
    llm_max_output_tokens: Annotated[int, Field(ge=1)] = 4096
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    breaker_window_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    breaker_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    breaker_cooldown_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    breaker_max_cooldown_s: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    provider_wait_max_s: Annotated[float, Field(gt=0, le=86_400)] = 900.0
    fallback_on_error: bool = True
    simulated_latency_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    simulated_failure_ratio: Annotated[float, Field(ge=0, le=1)] = 0.0

    queues: Annotated[tuple[str, ...], NoDecode] = ("default",)
    worker_concurrency: Annotated[int, Field(ge=1, le=1000)] = 50
    lease_s: Annotated[float, Field(ge=3, le=3600)] = 60.0
    grace_s: Annotated[float, Field(ge=0, le=3600)] = 25.0
    watchdog_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    retry_scale: Annotated[float, Field(ge=0, le=100)] = 1.0
    retry_schedules: str = ""
    max_refusals: Annotated[int, Field(ge=1, le=100_000)] = 100
    retention_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    body_max_bytes: Annotated[int, Field(ge=1024)] = 1_500_000
    batch_body_max_bytes: Annotated[int, Field(ge=1024)] = 32_000_000
    result_max_bytes: Annotated[int, Field(ge=1024)] = 4_000_000
    file_max_bytes: Annotated[int, Field(ge=1024)] = 10_000_000
    file_upload_max_bytes: Annotated[int, Field(ge=1024)] = 100_000_000
    file_kept_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    files_url: str = ""
    ocr: Literal["auto", "on", "off"] = "auto"
    ocr_languages: str = ""

    fault_points: str = ""

    @field_validator("queues", "trusted_proxies", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("queues")
    @classmethod
    def _check_queues(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            msg = "name at least one queue"
            raise ValueError(msg)
        for name in value:
            if not (name.replace("-", "").replace("_", "").isalnum() and name.isascii() and len(name) <= 64):  # noqa: PLR2004
                msg = f"{name!r} is no queue name (letters, digits, - and _, at most 64)"
                raise ValueError(msg)
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(proxies.parse_trusted, value))

    @field_validator("openai_api_key")
    @classmethod
    def _clean_key(cls, value: SecretStr) -> SecretStr:
        return SecretStr(as_key(value.get_secret_value()))

    @field_validator("openai_base_url", "local_model_url", "local_embeddings_url")
    @classmethod
    def _check_base_url(cls, value: str) -> str:
        return as_base_url(value) if value else value

    @field_validator("fault_points")
    @classmethod
    def _check_fault_points(cls, value: str, info: ValidationInfo) -> str:
        if faultpoint.parse(value) and info.data.get("env", "production") == "production":
            raise ValueError("only for tests, refused with ENV=production")
        return value

    @property
    def files_dir(self) -> Path:
        """The only folder from which jobs may read files by a path."""
        return self.data_dir / "files"

    @property
    def uploads_dir(self) -> Path:
        """Where uploaded files lie unless FILES_URL says otherwise, and in any case while they are received."""
        return self.data_dir / "uploads"

    @property
    def credentials_path(self) -> Path:
        """Where the local stack keeps the secrets it generated (mode 0600)."""
        return self.data_dir / CREDENTIALS_FILE

    @property
    def api_url(self) -> str:
        """The base URL under which this process reaches the API."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.api_host, self.api_host)  # noqa: S104 - not bound to
        return f"http://{f'[{host}]' if ':' in host else host}:{self.api_port}"

    @property
    def model_url(self) -> str:
        """The base URL of the local model's OpenAI-compatible server."""
        return self.local_model_url or f"http://127.0.0.1:{self.model_port}/v1"

    def need(self, *names: str) -> Self:
        """Return self when each named setting has a value, and, in production, a strong one.

        Raises: SettingsError naming the first setting that is missing or weak.
        """
        for name in names:
            value = getattr(self, name)
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            if not text:
                msg = f"{name.upper()}: not set (`make run` generates one; under Compose it stands in .env)"
                raise SettingsError(msg)
            if self.env == "production" and (why := _weakness(name, text)):
                msg = f"{name.upper()}: refused with ENV=production: {why}"
                raise SettingsError(msg)
        return self


def _weakness(name: str, text: str) -> str | None:
    """Say why a secret is too weak for production, or None."""
    if name in {"service_token", "secret_key"} and len(text) < MIN_SECRET_CHARS:
        return f"shorter than {MIN_SECRET_CHARS} characters"
    if name in {"database_url", "redis_url"} and (urlsplit(text).password or "") in WEAK_PASSWORDS:
        return "its password is missing or a well-known one"
    if name == "flower_basic_auth" and text.partition(":")[2] in WEAK_PASSWORDS:
        return "its password is missing or a well-known one"
    if len(set(text)) < 8 and name in {"service_token", "secret_key"}:  # noqa: PLR2004
        return "it repeats a few characters"
    return None


def load_settings(**overrides: object) -> Settings:
    """Read the settings anew; `overrides` go before every other source.

    Raises: SettingsError with one line that names the first bad setting.
    """
    data_dir = Path(
        str(overrides.get("data_dir") or os.environ.get("DATA_DIR") or _from_dotenv("DATA_DIR") or ".local")
    )
    files = (data_dir / CREDENTIALS_FILE, Path(DOTENV))  # the later file wins
    try:
        return Settings(_env_file=files, _env_file_encoding=_ENCODING, **overrides)  # type: ignore[arg-type]
    except UnicodeDecodeError:
        msg = f"{' or '.join(str(path) for path in reversed(files))}: it is not UTF-8"
        raise SettingsError(msg) from None
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]) if first["loc"] else "settings"
        secret = isinstance(Settings.model_fields[name].default, SecretStr) if name in Settings.model_fields else False
        shown = "" if secret else f" (got {_URL_SECRETS.sub('***', str(first['input']))[:80]!r})"
        msg = f"{name.upper()}: {first['msg']}{shown}"
        raise SettingsError(msg) from None


def read_variable(name: str, data_dir: Path) -> str:
    """Return a variable that is no setting from where settings come from, or ""."""
    return os.environ.get(name) or _from_dotenv(name) or _from_dotenv(name, data_dir / CREDENTIALS_FILE) or ""


def read_key(name: str, data_dir: Path) -> str:
    """Return a provider's key from a variable that is no setting, or "". Raises: SettingsError naming the variable."""
    try:
        return as_key(read_variable(name, data_dir))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


def _from_dotenv(name: str, path: str | Path = DOTENV) -> str | None:
    from dotenv import dotenv_values  # noqa: PLC0415 - only here, beside the settings

    try:
        return dotenv_values(path, encoding=_ENCODING).get(name)
    except UnicodeDecodeError:
        msg = f"{path}: it is not UTF-8"
        raise SettingsError(msg) from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return this process's settings, read on the first call. Raises: SettingsError."""
    return load_settings()
