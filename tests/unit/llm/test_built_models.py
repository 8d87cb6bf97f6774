"""Models as they are built from the catalogue: one connection for a provider, texts compared beside the bundled one."""

from pathlib import Path
from typing import Any

import pytest

from app.llm import minilm
from app.llm.catalog_source import load_catalog
from app.llm.openai import OpenAIModel
from app.llm.registry import build, build_all
from app.llm.simulated import SimulatedModel
from tests.unit.llm.whole_file import WHOLE, settings_of


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


async def test_each_model_is_built_from_its_configuration(tmp_path: Path) -> None:
    text = (
        WHOLE
        + 'model = "m"\n[providers.two]\nkind = "simulated"\n[models.played]\nprovider = "two"\ncontext_tokens = 300\n'
    )
    settings = settings_of(tmp_path, text)
    models = build_all(load_catalog(settings), settings)
    small, played = models["small"], models["played"]
    assert isinstance(small, OpenAIModel)
    assert (small.provider, small.name, small.context_tokens, small.vision) == ("one", "m", None, False)
    assert isinstance(played, SimulatedModel)
    assert (played.provider, played.name, played.context_tokens) == ("two", "simulated-1", 300)
    assert load_catalog(settings).resolve("default")[0].provider.name == "one"
    for model in models.values():
        await model.close()


async def test_models_of_a_provider_share_one_connection(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, WHOLE + '[models.large]\nprovider = "one"\n')
    catalog = load_catalog(settings)
    models = build_all(catalog, settings)
    small, large = models["small"], models["large"]
    alone = build(catalog.models["small"], settings)
    assert isinstance(small, OpenAIModel)
    assert isinstance(large, OpenAIModel)
    assert isinstance(alone, OpenAIModel)
    assert small._connection is large._connection
    assert alone._connection is not small._connection


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({"embeddings_port": 9082}, "http://127.0.0.1:9082/v1"),
        ({"local_model_url": "http://model:8081/v1"}, ""),
        ({"local_model_url": "http://model:1/v1", "local_embeddings_url": "http://model:2/v1"}, "http://model:2/v1"),
    ],
)
def test_texts_are_compared_beside_the_bundled_model_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: dict[str, Any], url: str
) -> None:
    monkeypatch.setattr(minilm, "has_weights", lambda: True)
    bundled = '[providers.here]\nkind = "local"\n[models.bundled]\nprovider = "here"\n'
    other = '[providers.there]\nkind = "local"\nbase_url = "http://there:1/v1"\n[models.other]\nprovider = "there"\n'
    catalog = load_catalog(settings_of(tmp_path, WHOLE + bundled + other).model_copy(update=more))
    urls = {model: catalog.resolve(model)[0].provider.embeddings_url for model in ("bundled", "other", "small")}
    assert urls == {"bundled": url, "other": "", "small": ""}


def test_without_the_package_no_texts_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "has_weights", lambda: False)
    assert minilm.embeddings_url(settings_of(tmp_path, WHOLE)) == ""
