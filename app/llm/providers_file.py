"""Reads providers.toml into a catalogue; a mistake is one line that names the file, the table and the key."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator

from app.core.settings import Settings, SettingsError, as_base_url, read_key
from app.llm import presets
from app.llm.base import LOCAL_MODEL_NAME
from app.llm.catalog import DEFAULT, Catalog, ModelConfig, Price, ProviderConfig, ProviderKind
from app.llm.dialect import MaxTokensParam, StructuredOutput, SystemRole, Thinking
from app.llm.minilm import embeddings_url
from app.llm.simulated import MODEL_NAME as SIMULATED_MODEL_NAME

MAX_PRICE_USD = Decimal(10_000)
# A provider's name stands in addresses, labels of metrics and keys; a model's only in documents.
ProviderName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,63}$")]
ModelName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][\w.:/@+-]{0,99}$")]
Text = Annotated[str, Field(min_length=1, max_length=500)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[\t\x20-\x7e\x80-\xff]{1,2000}$")]


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Usd = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=MAX_PRICE_USD)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Price(_Table):
    input: Usd
    output: Usd
    cached_input: Usd | None = None


Count = Annotated[int, Field(ge=1, le=10_000_000)]


def _plain(value: Any) -> Any:
    """Return a value of the file with its Decimals as floats, as JSON has them."""
    match value:
        case Decimal():
            return float(value)
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
    return value


class _Dialect(_Table):
    """How models are asked: for all of a provider's, or for one. What is left out is as the preset has it."""

    structured_output: StructuredOutput | None = None
    strict_schema: bool | None = None
    max_tokens_param: MaxTokensParam | None = None
    temperature: Annotated[bool | float | None, BeforeValidator(_plain), Field(ge=0, le=2)] = None
    reasoning_effort: Annotated[str, Field(pattern=r"^[a-z]{1,20}$")] | None = None
    max_output_tokens: Count | None = None
    thinking_tokens: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    thinking: Thinking | None = None
    system_role: SystemRole | None = None
    stream: bool | None = None
    stream_usage: bool | None = None
    extra_body: Annotated[dict[Text, Any], BeforeValidator(_plain)] | None = None
    headers: dict[HeaderName, HeaderValue] | None = None
    query: dict[Text, Text] | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """What is said here, by the names of a Dialect."""
        found = self.model_dump(include=set(_Dialect.model_fields))
        return {name: value for name, value in found.items() if value is not None}


class _Provider(_Dialect):
    kind: ProviderKind = "openai"
    preset: str | None = None
    base_url: Text | None = None
    api_key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    quota: Text | None = None
    calls_at_once: Annotated[int, Field(ge=1, le=10_000)] | None = None

    @field_validator("preset")
    @classmethod
    def _is_known(cls, value: str | None) -> str | None:
        if value is not None and value not in presets.known():
            raise ValueError(f"no preset {value!r}; there are: {', '.join(presets.known())}")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        return value if value is None else as_base_url(value)


class _Model(_Dialect):
    provider: str
    model: Text | None = None
    context_tokens: Annotated[int, Field(ge=256)] | None = None
    vision: bool = False
    quota: Text | None = None
    price: _Price | None = None
    max_in_flight: Annotated[int, Field(ge=1, le=100_000)] | None = None


class _Document(_Table):
    providers: Annotated[dict[ProviderName, _Provider], Field(min_length=1)]
    models: Annotated[dict[ModelName, _Model], Field(min_length=1)]
    aliases: dict[ModelName, Annotated[list[str], Field(min_length=1, max_length=10)]] = {}


@dataclass(frozen=True, slots=True)
class _Fault:
    path: Path

    def __call__(self, where: str, why: str) -> SettingsError:
        return SettingsError(f"{self.path}: {where}: {why}")


def read(path: Path, settings: Settings) -> Catalog:
    """Return what a file says; what it leaves out comes from `settings`. Raises: SettingsError of one line."""
    fault = _Fault(path)
    document = _parse(path, fault)
    _check_names(document, fault)
    default = _default_provider(document)
    providers = {
        name: _provider(name, one, settings, fault, is_default=name == default, places=_places(document, name))
        for name, one in document.providers.items()
    }
    models = {name: _model(name, one, providers[one.provider], settings) for name, one in document.models.items()}
    return Catalog(models, {name: tuple(chain) for name, chain in document.aliases.items()})


def _parse(path: Path, fault: _Fault) -> _Document:
    try:
        found = tomllib.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    except OSError as error:
        raise SettingsError(f"PROVIDERS_FILE: {path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: it is not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: it is no TOML: {error}") from None
    try:
        return _Document.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise fault(_where(first["loc"]), first["msg"].removeprefix("Value error, ")) from None


def _where(location: tuple[int | str, ...]) -> str:
    """Return `[providers.groq] base_url` of a place in the document."""
    parts = [str(part) for part in location if part != "[key]"]
    depth = 1 if parts[0] == "aliases" else 2
    table = ".".join(parts[:depth])
    return f"[{table}] {'.'.join(parts[depth:])}".rstrip()


def _check_names(document: _Document, fault: _Fault) -> None:
    for name, model in document.models.items():
        if model.provider not in document.providers:
            known = ", ".join(document.providers)
            raise fault(f"[models.{name}] provider", f"no provider {model.provider!r}; there are: {known}")
    for alias, chain in document.aliases.items():
        where = f"[aliases] {alias}"
        if alias in document.models:
            raise fault(where, "a model has this name")
        if unknown := [name for name in chain if name not in document.models]:
            raise fault(where, f"no model {unknown[0]!r}; there are: {', '.join(document.models)}")
        if len(set(chain)) < len(chain):
            raise fault(where, "it names a model twice")


def _default_provider(document: _Document) -> str:
    """Return the name of the provider that is asked first for jobs that name no model."""
    first = DEFAULT if DEFAULT in document.models else next(iter(document.models))
    return document.models[document.aliases.get(DEFAULT, [first])[0]].provider


def _places(document: _Document, provider: str) -> int:
    """Return how many calls the models of a provider take at once, at least one."""
    return max((one.max_in_flight or 1 for one in document.models.values() if one.provider == provider), default=1)


def _provider(
    name: str, table: _Provider, settings: Settings, fault: _Fault, *, is_default: bool, places: int
) -> ProviderConfig:
    is_local = table.kind == "local"
    base_url = table.base_url or (settings.model_url if is_local else "")
    if not base_url and table.kind == "openai":
        raise fault(f"[providers.{name}] base_url", "not set")
    key = "" if table.api_key_env is None else read_key(table.api_key_env, settings.data_dir)
    if table.api_key_env is not None and not key:
        raise fault(f"[providers.{name}] api_key_env", f"the variable {table.api_key_env} is not set")
    return ProviderConfig(
        name=name,
        kind=table.kind,
        base_url=base_url,
        api_key=SecretStr(key),
        connect_timeout_s=settings.llm_connect_timeout_s,
        timeout_s=settings.llm_timeout_s,
        quota=table.quota or (settings.llm_quota if is_default else "") or None,
        calls_at_once=table.calls_at_once or (places if is_local else None),
        preset=table.preset or ("llama.cpp" if is_local else None),
        api_key_env=table.api_key_env,
        dialect=table.parameters,
        embeddings_url=embeddings_url(settings) if is_local and base_url == settings.model_url else "",
    )


def _model(name: str, table: _Model, provider: ProviderConfig, settings: Settings) -> ModelConfig:
    own_names = {"openai": name, "local": LOCAL_MODEL_NAME, "simulated": SIMULATED_MODEL_NAME}
    return ModelConfig(
        name=name,
        provider=provider,
        model=table.model or own_names[provider.kind],
        context_tokens=table.context_tokens or (settings.local_context_tokens if provider.kind == "local" else None),
        vision=table.vision,
        quota=table.quota or provider.quota,
        price=Price(**dict(table.price)) if table.price else None,
        max_in_flight=table.max_in_flight or (1 if provider.kind == "local" else None),
        dialect=table.parameters,
    )
