"""Which providers and models there are, and which of them a name means. Nothing is read or opened here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import SecretStr

from app.llm import presets
from app.llm.dialect import Dialect, merged
from app.llm.presets import Preset

DEFAULT = "default"  # what a job means that names no model


class ProviderKind(StrEnum):
    """How a provider is asked: by OpenAI's API, the bundled model's server, or not at all. LLM_PROVIDER has these."""

    OPENAI = "openai"
    LOCAL = "local"
    SIMULATED = "simulated"


class UnknownModelError(KeyError):
    """No model and no alias has this name; the message names those that there are."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name)
        self.name = name
        self.message = f"no model {name!r}; there are: {', '.join(known)}"

    def __str__(self) -> str:
        """Say it as a sentence; a KeyError would quote it."""
        return self.message


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens; cached ones, which are among the prompt's, cost as any other by default."""

    input: Decimal
    output: Decimal
    cached_input: Decimal | None = None


@dataclass(frozen=True, slots=True)
class ProviderConfig:
    """Who answers. `base_url` is empty for a simulation, `quota` is as it was written, None = no limit is known.

    `calls_at_once` lets further calls queue in each process. `preset` names the kind of server (None: it is found by
    the address, where that is a known one); `api_key_env` is the name of the variable that has the key; `dialect` are
    the parameters that stand in the file for all its models. `embeddings_url` is where texts are compared, if anywhere.
    """

    name: str
    kind: ProviderKind
    base_url: str
    api_key: SecretStr
    connect_timeout_s: float
    timeout_s: float
    quota: str | None = None
    calls_at_once: int | None = None
    preset: str | None = None
    api_key_env: str | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict, repr=False)
    embeddings_url: str = ""

    @property
    def known(self) -> Preset | None:
        """The preset, by its name or by the address."""
        if self.preset is not None:
            return presets.known()[self.preset]
        return presets.find(self.base_url) if self.kind is ProviderKind.OPENAI else None

    @property
    def headers(self) -> Mapping[str, str]:
        """What each call to the provider carries, the key in a header of its own included."""
        return {**self.dialect.get("headers", {}), **self.key_headers}

    @property
    def key_headers(self) -> Mapping[str, str]:
        """The key, where the provider wants it in another header than Authorization."""
        name = self.known.key_header if self.known else None
        return {name: self.api_key.get_secret_value()} if name else {}


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """One model. `name` is what jobs say, `model` the provider's own name for it.

    `context_tokens` bound prompt and answer together, None = unknown; `quota` is its own, else the provider's;
    `price` goes before every price list, None = look there. `dialect` are the parameters that stand in the file for
    this model; `max_in_flight`: calls that may be under way at once over all workers, None = any number.
    """

    name: str
    provider: ProviderConfig
    model: str
    context_tokens: int | None = None
    vision: bool = False
    quota: str | None = None
    price: Price | None = None
    max_in_flight: int | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def spoken(self, learned: Mapping[str, Any], passing: Mapping[str, Any] | None = None) -> Dialect:
        """Return how the model is asked: by its preset, what was learned, and, before both, what the file says.

        `passing` goes before all of it, for one question.
        """
        known = self.provider.known
        preset = known.of_model(self.model) if known else {}
        return merged((preset, learned, self.provider.dialect, self.dialect, passing or {}))


@dataclass(frozen=True, slots=True)
class Catalog:
    """All models by name, and aliases: names of chains of models, each asked when the one before cannot be.

    "default" is always a name. Raises: ValueError without any model.
    """

    models: Mapping[str, ModelConfig]
    aliases: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        """Make the first model the default one where nothing else is."""
        if DEFAULT not in self.models and DEFAULT not in self.aliases:
            first = next(iter(self.models), None)
            if first is None:
                raise ValueError("a catalogue needs a model")
            object.__setattr__(self, "aliases", {DEFAULT: (first,), **self.aliases})

    def names(self) -> tuple[str, ...]:
        """Return every name that a job may give: the default, the other aliases, the models."""
        others = [name for name in (*self.aliases, *self.models) if name != DEFAULT]
        return (DEFAULT, *others)

    def resolve(self, name: str) -> tuple[ModelConfig, ...]:
        """Return the models of a name, the first one to ask first. Raises: UnknownModelError."""
        if chain := self.aliases.get(name):
            return tuple(self.models[one] for one in chain)
        if (model := self.models.get(name)) is None:
            raise UnknownModelError(name, self.names())
        return (model,)

    def names_of(self, provider: str) -> list[str]:
        """Return the names that jobs say and that a model of this provider may answer."""
        return [one for one in self.names() if any(each.provider.name == provider for each in self.resolve(one))]

    def context_tokens(self, name: str) -> int | None:
        """Return the smallest known context of a name's models, None when none is known. Raises: UnknownModelError."""
        return min((one.context_tokens for one in self.resolve(name) if one.context_tokens is not None), default=None)
