from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, get_args

import pytest

from app.core.settings import Settings, load_settings
from app.llm import catalog_source, registry
from app.llm.base import LOCAL_MODEL_NAME, Model
from app.llm.catalog import ProviderKind
from app.llm.openai import OpenAIModel
from app.llm.simulated import SimulatedModel


def _settings(tmp_path: Path, **changes: Any) -> Settings:
    fixed = {
        "data_dir": tmp_path,
        "database_url": "postgresql://u:p@127.0.0.1:1/x_test",
        "redis_url": "redis://127.0.0.1:1/0",
        "service_token": "service-token-only-for-tests-0123456789",
        "secret_key": "secret-key-only-for-tests-0123456789abcdef",
        "llm_provider": "auto",
        "openai_api_key": "",
    }
    return load_settings(**{**fixed, **changes})


def _install(monkeypatch: pytest.MonkeyPatch, *, weights: bool = True, runtime: bool = True) -> None:
    def distribution(name: str) -> object:
        if not weights:
            raise PackageNotFoundError(name)
        return object()

    monkeypatch.setattr(catalog_source, "distribution", distribution)
    monkeypatch.setattr(catalog_source, "find_spec", lambda _: object() if runtime else None)


@pytest.mark.parametrize("provider", ["openai", "local", "simulated"])
def test_a_named_provider_answers(tmp_path: Path, provider: str) -> None:
    assert (
        catalog_source.resolve_provider(_settings(tmp_path, llm_provider=provider, openai_api_key="sk-x")) == provider
    )


def test_a_key_means_openai(tmp_path: Path) -> None:
    assert catalog_source.resolve_provider(_settings(tmp_path, openai_api_key="sk-only-for-tests")) == "openai"


@pytest.mark.parametrize(
    ("weights", "runtime", "provider"),
    [(True, True, "local"), (True, False, "simulated"), (False, True, "simulated"), (False, False, "simulated")],
)
def test_without_a_key_the_local_model_answers_where_it_is_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights: bool, runtime: bool, provider: str
) -> None:
    _install(monkeypatch, weights=weights, runtime=runtime)
    assert catalog_source.resolve_provider(_settings(tmp_path)) == provider


def _first(settings: Settings) -> Model:
    """Return the first model of the default chain."""
    return registry.build(catalog_source.load_catalog(settings).resolve("default")[0], settings)


async def test_openai_is_built_from_its_settings(tmp_path: Path) -> None:
    settings = _settings(tmp_path, llm_provider="openai", openai_model="gpt-x", openai_context_tokens=12345)
    model = _first(settings)
    assert isinstance(model, OpenAIModel)
    assert (model.provider, model.name, model.context_tokens) == ("openai", "gpt-x", 12345)
    await model.close()


async def test_the_local_model_is_built_with_its_own_context(tmp_path: Path) -> None:
    settings = _settings(tmp_path, llm_provider="local")
    model = _first(settings)
    assert isinstance(model, OpenAIModel)
    assert (model.provider, model.name, model.context_tokens) == (
        "local",
        LOCAL_MODEL_NAME,
        settings.local_context_tokens,
    )
    await model.close()


def test_the_simulation_is_built(tmp_path: Path) -> None:
    assert isinstance(_first(_settings(tmp_path, llm_provider="simulated")), SimulatedModel)


def test_llm_provider_has_a_word_for_each_kind_of_provider() -> None:
    assert get_args(Settings.model_fields["llm_provider"].annotation) == ("auto", *ProviderKind)
