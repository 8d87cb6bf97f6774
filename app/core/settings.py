"""Every setting of Headrace in one frozen class, read once from the environment and two files."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, SecretStr, ValidationError

from app.core import setting_sources, weak_secrets, words
from app.core.access_settings import AccessSettings
from app.core.addresses import as_key, is_exposed, masked
from app.core.setting_types import (
    BaseUrl,
    DatabaseUrl,
    FaultPoints,
    Folder,
    FolderOrNone,
    Host,
    Key,
    Logins,
    Name,
    Port,
    Queues,
    RedisUrl,
    RootPath,
    Site,
    TrustedProxies,
)

# Under which address this machine reaches what listens on every one of its own.
REACHED_AT = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - compared with, not bound to
REFUSED_CODE = 78  # how a process ends whose settings are refused. Source: sysexits.h, EX_CONFIG
_ONE_GB = 1_000_000_000


class SettingsError(Exception):
    """Settings are refused; each argument is one line that names one, and never shows a secret's value."""

    def __str__(self) -> str:
        return "\n".join(self.lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """What is wrong, all of it."""
        return tuple(str(line) for line in self.args)


class Settings(AccessSettings):
    """The settings, each documented in `.env.example`.

    Order of precedence: the process environment, `.env` in the working folder, `credentials.env` in DATA_DIR.
    What only a room can read, such as a quota, is judged beside them by `app.ops.configuration`.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    env: Literal["development", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["auto", "console", "json"] = "auto"

    data_dir: Folder = Path(".local")
    api_host: Host = "127.0.0.1"
    api_port: Port = 8000
    http_max_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 4096
    public_url: Site = ""
    root_path: RootPath = ""
    trusted_proxies: TrustedProxies = ()
    postgres_port: Port = 15432
    valkey_port: Port = 16379
    flower_port: Port = 5555
    model_port: Port = 8081
    embeddings_port: Port = 8082
    metrics_host: Host = "127.0.0.1"
    metrics_port: Annotated[int, Field(ge=0, le=65_000)] = 0

    service_token: Key = SecretStr("")
    service_token_previous: Key = SecretStr("")
    secret_key: Key = SecretStr("")
    database_url: DatabaseUrl = SecretStr("")
    redis_url: RedisUrl = SecretStr("")
    flower_basic_auth: Logins = SecretStr("")
    flower_read_only: bool = True
    database_pool_size: Annotated[int, Field(ge=1, le=100)] = 8

    providers_file: Path = Path("providers.toml")
    prompts_dir: FolderOrNone = ""
    llm_provider: Literal["auto", "openai", "local", "simulated"] = "auto"
    openai_base_url: BaseUrl = "https://api.openai.com/v1"
    openai_api_key: Key = SecretStr("")
    openai_model: Name = "gpt-4o-mini"
    openai_context_tokens: Annotated[int, Field(ge=256, le=100_000_000)] = 128_000
    local_model_url: BaseUrl = ""
    local_embeddings_url: BaseUrl = ""
    local_context_tokens: Annotated[int, Field(ge=256, le=8192)] = 8192
    llm_connect_timeout_s: Annotated[float, Field(gt=0, le=60)] = 5.0
    llm_timeout_s: Annotated[float, Field(gt=0, le=3600)] = 120.0
    llm_quota: str = ""
    llm_max_in_flight: Annotated[int, Field(ge=0, le=10_000)] = 0
    llm_max_output_tokens: Annotated[int, Field(ge=1, le=10_000_000)] = 4096
    breaker_failures: Annotated[int, Field(ge=1, le=1000)] = 5
    breaker_window_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    breaker_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    breaker_cooldown_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    breaker_max_cooldown_s: Annotated[float, Field(gt=0, le=86_400)] = 300.0
    provider_wait_max_s: Annotated[float, Field(gt=0, le=86_400)] = 900.0
    fallback_on_error: bool = True
    simulated_latency_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    simulated_failure_ratio: Annotated[float, Field(ge=0, le=1)] = 0.0

    queues: Queues = ("default",)
    worker_concurrency: Annotated[int, Field(ge=1, le=10_000)] = 50
    lease_s: Annotated[float, Field(ge=3, le=3600)] = 60.0
    grace_s: Annotated[float, Field(ge=0, le=3600)] = 25.0
    worker_max_jobs: Annotated[int, Field(ge=0)] = 0
    worker_max_memory_mb: Annotated[int, Field(ge=0)] = 0
    watchdog_s: Annotated[float, Field(ge=0, le=3600)] = 30.0
    retry_scale: Annotated[float, Field(ge=0, le=100)] = 1.0
    retry_schedules: str = ""
    max_waiting_jobs: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    max_waiting_jobs_per_queue: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    max_waiting_jobs_per_team: Annotated[int, Field(ge=0, le=1_000_000_000)] = 0
    max_refusals: Annotated[int, Field(ge=1, le=100_000)] = 100
    retention_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    body_max_bytes: Annotated[int, Field(ge=1024, le=_ONE_GB)] = 1_500_000
    batch_body_max_bytes: Annotated[int, Field(ge=1024, le=_ONE_GB)] = 32_000_000
    result_max_bytes: Annotated[int, Field(ge=1024, le=200_000_000)] = 4_000_000  # jsonb takes a little more
    file_max_bytes: Annotated[int, Field(ge=1024, le=_ONE_GB)] = 10_000_000
    file_upload_max_bytes: Annotated[int, Field(ge=1024, le=1000 * _ONE_GB)] = 100_000_000
    file_kept_days: Annotated[float, Field(gt=0, le=36_500)] = 30.0
    files_url: str = ""
    ocr: Literal["auto", "on", "off"] = "auto"
    ocr_languages: str = ""

    fault_points: FaultPoints = ""

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
        return self.data_dir / setting_sources.CREDENTIALS_FILE

    @property
    def api_url(self) -> str:
        """The base URL under which this process reaches the API."""
        host = REACHED_AT.get(self.api_host, self.api_host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.api_port}"

    @property
    def site_url(self) -> str:
        """The URL under which browsers find the interface, without a slash at its end."""
        return (self.public_url or self.api_url).rstrip("/").removesuffix(self.root_path) + self.root_path

    @property
    def model_url(self) -> str:
        """The base URL of the local model's OpenAI-compatible server."""
        return self.local_model_url or f"http://127.0.0.1:{self.model_port}/v1"

    def need(self, *names: str) -> Self:
        """Return self when each named setting has a value, and in production no secret is weak.

        Raises: SettingsError naming each that is missing or weak.
        """
        given = {name: getattr(self, name) for name in names}
        texts = {
            name: one.get_secret_value() if isinstance(one, SecretStr) else str(one) for name, one in given.items()
        }
        lines = [
            f"{name.upper()}: not set (`headrace run` generates one; under Compose it stands in .env)"
            for name, text in texts.items()
            if not text
        ]
        if lines := [*lines, *_weak(self)]:
            raise SettingsError(*lines)
        return self


def _weak(settings: Settings) -> Iterator[str]:
    """Yield a line for each setting that production refuses; of those that are set, whoever needs them."""
    if settings.env != "production":
        return
    if settings.fault_points:
        yield "FAULT_POINTS: only for tests, refused with ENV=production; leave it empty"
    if any(proxy.endswith("/0") for proxy in settings.trusted_proxies):
        yield "TRUSTED_PROXIES: refused with ENV=production: it trusts everybody; name the proxies' addresses"
    secrets = {name: getattr(settings, name).get_secret_value() for name in weak_secrets.JUDGES}
    reasons = weak_secrets.judge(secrets)
    if is_exposed(settings.public_url):
        reasons["public_url"] = "sign-ins would cross the network as plain text; put TLS before it and write https://"
    if is_exposed(settings.oidc_issuer):
        reasons["oidc_issuer"] = "who signs in would be said over the network as plain text; write https://"
    for name, why in reasons.items():
        yield f"{name.upper()}: refused with ENV=production: {why}"


def read_settings(**overrides: object) -> tuple[Settings, tuple[str, ...]]:
    """Read the settings anew, and return them with a line for each fault; what is at fault has its default.

    `overrides` go before every other source.
    """
    found, wrong = setting_sources.read(overrides, default_data_dir=Settings.model_fields["data_dir"].default)
    lines = [*wrong]
    given = {name: value for name, value in found.items() if name in Settings.model_fields}
    try:
        settings = Settings.model_validate(given)
    except ValidationError as error:
        faults = {str(one["loc"][0]): one for one in reversed(error.errors(include_url=False))}
        lines += [_line(name, words.sentence(one), one["type"], one["input"]) for name, one in sorted(faults.items())]
        settings = Settings.model_validate({name: value for name, value in given.items() if name not in faults})
    previous = settings.service_token_previous.get_secret_value()
    # nosemgrep: secret-compared-with-equals - two of our own
    if previous and previous == settings.service_token.get_secret_value():
        lines.append("SERVICE_TOKEN_PREVIOUS: it is the SERVICE_TOKEN; write another there, or leave this one empty")
    if settings.breaker_max_cooldown_s < settings.breaker_cooldown_s:
        lines.append("BREAKER_MAX_COOLDOWN_S: it is below BREAKER_COOLDOWN_S; write at least as many seconds")
    if (path := urlsplit(settings.public_url).path.rstrip("/")) not in {"", settings.root_path}:
        lines.append(f"PUBLIC_URL: it has the path {path!r}; write ROOT_PATH={path}, too, or leave the path out")
    return settings, (*lines, *_weak(settings))


def load_settings(**overrides: object) -> Settings:
    """Read the settings anew; `overrides` go before every other source.

    Raises: SettingsError with a line for each that is at fault.
    """
    settings, lines = read_settings(**overrides)
    if lines:
        raise SettingsError(*lines)
    return settings


def _line(name: str, sentence: str, kind: str, given: object) -> str:
    field = Settings.model_fields[name]
    if kind != "value_error":
        sentence = f"write {words.expected(field)}"
    if isinstance(field.default, SecretStr):
        return f"{name.upper()}: {sentence}"
    shown = masked(str(given)) if name.endswith("_url") else given
    return f"{name.upper()}: {sentence} (got {words.shown(shown)})"


@contextmanager
def exit_when_refused() -> Iterator[None]:
    """End the process with REFUSED_CODE and a line for each fault, when the block refuses the settings."""
    try:
        yield
    except SettingsError as error:
        sys.stderr.writelines(f"error: {line}\n" for line in error.lines)
        raise SystemExit(REFUSED_CODE) from None


def read_key(name: str, data_dir: Path) -> str:
    """Return a provider's key from a variable that is no setting, or "". Raises: SettingsError naming the variable."""
    found, lines = setting_sources.read({}, default_data_dir=data_dir)
    if lines:
        raise SettingsError(*lines)
    try:
        return as_key(str(found.get(name.lower(), "")))
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """Return this process's settings, read on the first call. Raises: SettingsError."""
    return load_settings()
