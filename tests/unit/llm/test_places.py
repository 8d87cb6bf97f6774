"""How many calls a model takes at once: said in the file, by a setting, or one for the local model."""

from pathlib import Path

import pytest

from app.core.settings import SettingsError, load_settings
from app.governor.limiter.limits import Limits
from app.governor.limiter.scripts import Target
from app.llm.catalog_source import load_catalog

FILE = """
[providers.here]
kind = "local"
[providers.there]
base_url = "http://there.example/v1"
[models.bundled]
provider = "here"
[models.llama]
provider = "here"
model = "llama"
max_in_flight = 4
[models.a]
provider = "there"
model = "shared"
max_in_flight = 7
[models.b]
provider = "there"
model = "shared"
max_in_flight = 3
[models.any]
provider = "there"
"""


def test_a_file_says_it_for_each_model_and_the_local_one_takes_one(tmp_path: Path) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(FILE)
    catalog = load_catalog(load_settings(providers_file=path))
    found = {name: one.max_in_flight for name, one in catalog.models.items()}
    assert found == {"bundled": 1, "llama": 4, "a": 7, "b": 3, "any": None}
    assert catalog.models["llama"].provider.calls_at_once == 4  # as a safety, in each process
    assert Limits(catalog).places[Target("there", "shared")] == 3  # it is one model, whatever jobs call it


@pytest.mark.parametrize(
    ("kind", "set_to", "wanted"), [("openai", 0, None), ("openai", 6, 6), ("local", 0, 1), ("local", 2, 2)]
)
def test_a_setting_says_it_for_the_one_model_of_the_settings(kind: str, set_to: int, wanted: int | None) -> None:
    settings = load_settings(llm_provider=kind, llm_max_in_flight=set_to, providers_file="/dev/null")
    [model] = load_catalog(settings).models.values()
    assert model.max_in_flight == wanted


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "true"])
def test_what_is_no_number_of_calls_is_refused_by_name(tmp_path: Path, value: str) -> None:
    path = tmp_path / "providers.toml"
    path.write_text(FILE.replace("max_in_flight = 4", f"max_in_flight = {value}"))
    with pytest.raises(SettingsError, match=r"\[models.llama\] max_in_flight"):
        load_catalog(load_settings(providers_file=path))
