"""Reads providers.toml into a catalogue; a mistake is one line that names the file, the table and the key."""

import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_core import ErrorDetails

from app.core import words
from app.core.addresses import as_base_url
from app.core.settings import Settings, SettingsError, read_key
from app.core.text_file import UnreadableFileError, read_text
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
_PATTERNS = {
    "api_key_env": "write the name of a variable, such as OPENAI_API_KEY, not the key",
    "reasoning_effort": "write a word in small letters, such as low",
    "headers": "a header's name is letters, digits and -, its value printable and in Latin-1",
}
Text = Annotated[str, Field(min_length=1, max_length=500)]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")]
HeaderValue = Annotated[str, Field(pattern=r"^[\t\x20-\x7e\x80-\xff]{1,2000}$")]


def _decimal(value: object) -> object:
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Usd = Annotated[Decimal, BeforeValidator(_decimal), Field(ge=0, le=MAX_PRICE_USD)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)  # 8 MB, for who has the file


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
    kind: Annotated[ProviderKind, Field(strict=False)] = ProviderKind.OPENAI  # a word of the file
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
class _Faults:
    """What is wrong with a file, a line each; reading goes on, so that all of it is told at once."""

    path: Path
    lines: list[str] = field(default_factory=list)

    def add(self, where: str, why: str) -> None:
        self.lines.append(f"{self.path}: {where}: {why}")

    def tell(self) -> None:
        if self.lines:
            raise SettingsError(*self.lines)


def read(path: Path, settings: Settings) -> Catalog:
    """Return what a file says; what it leaves out comes from `settings`.

    Raises: SettingsError with a line for each fault, which names the file, the table and the key.
    """
    faults = _Faults(path)
    document = _parse(path, faults)
    _check_names(document, faults)
    faults.tell()
    default = _default_provider(document)
    providers = {
        name: _provider(name, one, settings, faults, is_default=name == default, places=_places(document, name))
        for name, one in document.providers.items()
    }
    faults.tell()
    models = {name: _model(name, one, providers[one.provider], settings) for name, one in document.models.items()}
    return Catalog(models, {name: tuple(chain) for name, chain in document.aliases.items()})


def _parse(path: Path, faults: _Faults) -> _Document:
    try:
        found = tomllib.loads(read_text(path), parse_float=Decimal)
    except FileNotFoundError as error:
        raise SettingsError(f"PROVIDERS_FILE: {path} cannot be read ({error.strerror})") from None
    except UnreadableFileError as error:
        raise SettingsError(*error.args) from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: it is no TOML: {error}") from None
    try:
        return _Document.model_validate(found)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            faults.add(_where(one["loc"]), _why(one))
        faults.tell()
        raise


def _why(error: ErrorDetails) -> str:
    """Return what is wrong at a place, in our words."""
    place = [part for part in error["loc"] if part != "[key]"]
    is_key = "[key]" in error["loc"]
    match error["type"]:
        case "extra_forbidden":
            tables: dict[str, type[_Table]] = {"providers": _Provider, "models": _Model}
            table = tables.get(str(place[0]), _Document)
            kind = _Price if "price" in place[:-1] else table
            return f"there is no such key; there are: {', '.join(sorted(kind.model_fields))}"
        case "string_pattern_mismatch" if is_key and place[0] == "providers" and len(place) == 2:  # noqa: PLR2004
            return "name a provider with small letters, digits, - and _, at most 64"
        case "string_pattern_mismatch" if is_key and place[0] in {"models", "aliases"}:
            return "name a model with letters, digits and . : / @ + - _, at most 100"
        case "string_pattern_mismatch":
            return _PATTERNS.get(str(place[2] if len(place) > 2 else place[-1]), "it has a character too many")  # noqa: PLR2004
    return words.sentence(error)


def _where(location: tuple[int | str, ...]) -> str:
    """Return `[providers.groq] base_url` of a place in the document."""
    parts = [str(part) for part in location if part != "[key]"]
    depth = 1 if parts[0] == "aliases" else 2
    table = ".".join(parts[:depth])
    return f"[{table}] {'.'.join(parts[depth:])}".rstrip()


def _check_names(document: _Document, faults: _Faults) -> None:
    for name, model in document.models.items():
        if model.provider not in document.providers:
            known = ", ".join(document.providers)
            faults.add(f"[models.{name}] provider", f"no provider {model.provider!r}; there are: {known}")
    for alias, chain in document.aliases.items():
        where = f"[aliases] {alias}"
        if alias in document.models:
            faults.add(where, "a model has this name")
        if unknown := [name for name in chain if name not in document.models]:
            faults.add(where, f"no model {unknown[0]!r}; there are: {', '.join(document.models)}")
        if len(set(chain)) < len(chain):
            faults.add(where, "it names a model twice")


def _default_provider(document: _Document) -> str:
    """Return the name of the provider that is asked first for jobs that name no model."""
    first = DEFAULT if DEFAULT in document.models else next(iter(document.models))
    return document.models[document.aliases.get(DEFAULT, [first])[0]].provider


def _places(document: _Document, provider: str) -> int:
    """Return how many calls the models of a provider take at once, at least one."""
    return max((one.max_in_flight or 1 for one in document.models.values() if one.provider == provider), default=1)


def _provider(
    name: str, table: _Provider, settings: Settings, faults: _Faults, *, is_default: bool, places: int
) -> ProviderConfig:
    is_local = table.kind is ProviderKind.LOCAL
    base_url = table.base_url or (settings.model_url if is_local else "")
    if not base_url and table.kind is ProviderKind.OPENAI:
        faults.add(f"[providers.{name}] base_url", "not set")
    key = _key(name, table.api_key_env, settings, faults)
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


def _key(name: str, variable: str | None, settings: Settings, faults: _Faults) -> str:
    if variable is None:
        return ""
    where = f"[providers.{name}] api_key_env"
    try:
        key = read_key(variable, settings.data_dir)
    except SettingsError as error:
        faults.lines.extend(error.lines)
        return ""
    if not key:
        faults.add(where, f"the variable {variable} is not set")
    return key


def _model(name: str, table: _Model, provider: ProviderConfig, settings: Settings) -> ModelConfig:
    own_names = {
        ProviderKind.OPENAI: name,
        ProviderKind.LOCAL: LOCAL_MODEL_NAME,
        ProviderKind.SIMULATED: SIMULATED_MODEL_NAME,
    }
    return ModelConfig(
        name=name,
        provider=provider,
        model=table.model or own_names[provider.kind],
        context_tokens=table.context_tokens
        or (settings.local_context_tokens if provider.kind is ProviderKind.LOCAL else None),
        vision=table.vision,
        quota=table.quota or provider.quota,
        price=Price(**dict(table.price)) if table.price else None,
        max_in_flight=table.max_in_flight or (1 if provider.kind is ProviderKind.LOCAL else None),
        dialect=table.parameters,
    )
