"""The catalogue: what a name means, by file and by settings, and one line for each mistake in the file."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.settings import SettingsError
from app.llm.base import LOCAL_MODEL_NAME
from app.llm.catalog import Catalog, Price, UnknownModelError
from app.llm.catalog_source import load_catalog, needs_local_model
from app.llm.providers_file import _Model, _Price, _Provider
from tests.unit.llm.whole_file import MODEL, PROVIDER, WHOLE, settings_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_without_a_file_the_settings_make_one_model(tmp_path: Path) -> None:
    settings = settings_of(
        tmp_path, llm_provider="openai", openai_model="gpt-x", openai_context_tokens=999, llm_quota="5/10s"
    )
    catalog = load_catalog(settings)
    assert catalog.names() == ("default", "gpt-x")
    (model,) = catalog.resolve("default")
    assert catalog.resolve("gpt-x") == (model,)
    assert (model.provider.name, model.model, model.context_tokens, model.quota) == ("openai", "gpt-x", 999, "5/10s")
    assert catalog.context_tokens("default") == 999


def test_the_simulation_knows_no_context(tmp_path: Path) -> None:
    catalog = load_catalog(settings_of(tmp_path, llm_provider="simulated"))
    assert catalog.context_tokens("default") is None
    assert catalog.resolve("default")[0].quota is None


def test_a_file_names_providers_models_and_chains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONE_KEY", "sk-one")
    text = """
        [providers.one]
        base_url = "https://one.example/v1"
        api_key_env = "ONE_KEY"
        quota = "60/min"
        headers = {X-Title = "Headrace"}
        [providers.two]
        kind = "simulated"
        [models.small]
        provider = "one"
        model = "vendor/small"
        context_tokens = 4000
        vision = true
        price = {input = 0.15, output = 1, cached_input = 0.075}
        [models.large]
        provider = "one"
        context_tokens = 9000
        quota = "5/10s"
        [models.played]
        provider = "two"
        [aliases]
        default = ["large", "small"]
        cheap = ["small", "played"]
    """
    catalog = load_catalog(settings_of(tmp_path, text))
    assert catalog.names() == ("default", "cheap", "small", "large", "played")
    small, played = catalog.resolve("cheap")
    assert (small.name, small.model, small.vision, small.quota) == ("small", "vendor/small", True, "60/min")
    assert small.price == Price(Decimal("0.15"), Decimal(1), Decimal("0.075"))
    assert small.provider.api_key.get_secret_value() == "sk-one"
    assert small.provider.headers == {"X-Title": "Headrace"}
    assert (played.provider.kind, played.model, played.price) == ("simulated", "simulated-1", None)
    assert [one.quota for one in catalog.resolve("default")] == ["5/10s", "60/min"]
    assert catalog.resolve("large")[0].model == "large"
    assert catalog.context_tokens("default") == catalog.context_tokens("cheap") == 4000
    assert "sk-one" not in repr(catalog)


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    catalog = load_catalog(settings_of(tmp_path, WHOLE))
    with pytest.raises(UnknownModelError) as caught:
        catalog.resolve("big")
    assert str(caught.value) == "no model 'big'; there are: default, small"


def test_the_first_model_is_the_default_one(tmp_path: Path) -> None:
    catalog = load_catalog(settings_of(tmp_path, WHOLE + '[models.large]\nprovider = "one"\n'))
    assert [one.name for one in catalog.resolve("default")] == ["small"]


def test_a_model_may_be_called_default(tmp_path: Path) -> None:
    text = WHOLE + '[models.default]\nprovider = "one"\nmodel = "x"\n'
    assert load_catalog(settings_of(tmp_path, text)).resolve("default")[0].model == "x"


def test_an_empty_catalogue_cannot_be() -> None:
    with pytest.raises(ValueError, match="needs a model"):
        Catalog({}, {})


def test_llm_quota_is_that_of_the_default_models_provider(tmp_path: Path) -> None:
    text = (
        WHOLE
        + '[providers.two]\nkind = "simulated"\n[models.played]\nprovider = "two"\n[aliases]\ndefault = ["played"]'
    )
    catalog = load_catalog(settings_of(tmp_path, text, llm_quota="7/min"))
    assert {name: one.quota for name, one in catalog.models.items()} == {"small": None, "played": "7/min"}


@pytest.mark.parametrize("source", [".env", "credentials.env"])
def test_a_key_may_stand_where_settings_stand(tmp_path: Path, source: str) -> None:
    (tmp_path / source).write_text("ONE_KEY=sk-from-a-file\n")
    catalog = load_catalog(settings_of(tmp_path, PROVIDER + 'api_key_env = "ONE_KEY"\n' + MODEL))
    assert catalog.resolve("small")[0].provider.api_key.get_secret_value() == "sk-from-a-file"


def test_the_bundled_model_can_be_one_of_several(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, WHOLE + '[providers.here]\nkind = "local"\n[models.bundled]\nprovider = "here"\n')
    catalog = load_catalog(settings)
    (model,) = catalog.resolve("bundled")
    assert (model.model, model.context_tokens) == (LOCAL_MODEL_NAME, settings.local_context_tokens)
    provider = model.provider
    assert (provider.base_url, provider.calls_at_once, model.spoken({}).stream) == (settings.model_url, 1, True)
    assert needs_local_model(settings, catalog)
    assert not needs_local_model(settings.model_copy(update={"local_model_url": "http://model:8081/v1"}), catalog)
    assert not needs_local_model(settings, load_catalog(settings_of(tmp_path, WHOLE)))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[providers", "it is no TOML: "),
        (MODEL, "[providers]: not set"),
        (PROVIDER, "[models]: not set"),
        (PROVIDER + "[models]\n", "[models]: name at least 1"),
        ('[providers.one]\nbase_url = ""\n' + MODEL, "[providers.one] base_url: "),
        ('[providers.one]\nbase_url = "ftp://x"\n' + MODEL, "[providers.one] base_url: no base URL"),
        ('[providers.one]\nbase_url = "http://x /v1"\n' + MODEL, "[providers.one] base_url: no base URL"),
        ('[providers.one]\nbase_url = "http://k:s@x/v1"\n' + MODEL, "[providers.one] base_url: a key belongs"),
        ("[providers.one]\n" + MODEL, "[providers.one] base_url: not set"),
        (
            PROVIDER + "url = 1\n" + MODEL,
            "[providers.one] url: there is no such key; there are: api_key_env, base_url, ",
        ),
        (PROVIDER + 'kind = "magic"\n' + MODEL, "[providers.one] kind: write 'openai', 'local' or 'simulated'"),
        (PROVIDER + "headers = {X = 1}\n" + MODEL, "[providers.one] headers.X: "),
        (
            PROVIDER + 'api_key_env = "NOT_THERE"\n' + MODEL,
            "[providers.one] api_key_env: the variable NOT_THERE is not",
        ),
        ('[providers."A b"]\n' + MODEL, "[providers.A b]: name a provider with small letters, digits"),
        (WHOLE + 'context_tokens = "many"\n', "[models.small] context_tokens: write a whole number"),
        (WHOLE + "vision = 1\n", "[models.small] vision: write true or false"),
        (WHOLE + "price = {input = -1, output = 2}\n", "[models.small] price.input: "),
        (WHOLE + "price = {input = nan, output = 2}\n", "[models.small] price.input: "),
        (WHOLE + 'price = {input = "1", output = 2}\n', "[models.small] price.input: "),
        (WHOLE + "price = {input = true, output = 2}\n", "[models.small] price.input: "),
        (WHOLE + "price = {input = 1}\n", "[models.small] price.output: not set"),
        (PROVIDER + '[models.small]\nprovider = "two"\n', "[models.small] provider: no provider 'two'; there are: one"),
        (WHOLE + '[aliases]\nsmall = ["small"]\n', "[aliases] small: a model has this name"),
        (WHOLE + '[aliases]\nx = ["big"]\n', "[aliases] x: no model 'big'; there are: small"),
        (WHOLE + "[aliases]\nx = []\n", "[aliases] x: name at least 1"),
        (WHOLE + '[aliases]\nx = "small"\n', '[aliases] x: write a list such as ["small"]'),
        (WHOLE + '[aliases]\nx = ["small", "small"]\n', "[aliases] x: it names a model twice"),
        (WHOLE + '[aliases]\ndefault = ["big"]\n', "[aliases] default: no model 'big'"),
    ],
)
def test_a_mistake_is_one_line_that_names_file_table_and_key(tmp_path: Path, text: str, line: str) -> None:
    settings = settings_of(tmp_path, text)
    with pytest.raises(SettingsError) as caught:
        load_catalog(settings)
    assert str(caught.value).startswith(f"providers.toml: {line}")
    assert "\n" not in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    text = WHOLE + 'vision = 1\ncolour = "red"\nprice = {input = "1", outptu = 2}\n[providers.two]\nkind = "magic"\n'
    with pytest.raises(SettingsError) as caught:
        load_catalog(settings_of(tmp_path, text))
    assert [line.removeprefix("providers.toml: ").split(": ")[0] for line in caught.value.lines] == [
        "[providers.two] kind",
        "[models.small] vision",
        "[models.small] price.input",
        "[models.small] price.output",
        "[models.small] price.outptu",
        "[models.small] colour",
    ]
    assert "there are: cached_input, input, output" in caught.value.lines[4]
    assert not [
        line for line in caught.value.lines if re.search(r"Input should|Extra|Field required|Value error", line)
    ]


def test_each_name_and_key_that_is_not_there_is_told_at_once(tmp_path: Path) -> None:
    text = PROVIDER + 'api_key_env = "NOT_THERE"\n[providers.two]\n' + MODEL + '[models.b]\nprovider = "two"\n'
    with pytest.raises(SettingsError) as caught:
        load_catalog(settings_of(tmp_path, text))
    assert caught.value.lines == (
        "providers.toml: [providers.one] api_key_env: the variable NOT_THERE is not set",
        "providers.toml: [providers.two] base_url: not set",
    )


@pytest.mark.parametrize("start", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_is_no_matter(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "providers.toml").write_bytes(start + WHOLE.replace("\n", "\r\n").encode())
    assert "small" in load_catalog(settings_of(tmp_path)).names()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="it is a folder, not a file"):
        load_catalog(settings_of(tmp_path, providers_file=tmp_path))


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    (tmp_path / "providers.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_catalog(settings_of(tmp_path))


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"^PROVIDERS_FILE: missing.toml cannot be read"):
        load_catalog(settings_of(tmp_path, providers_file="missing.toml"))


def test_dev_null_is_no_file(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, WHOLE, providers_file="/dev/null", llm_provider="simulated")
    assert load_catalog(settings).names() == ("default", "simulated-1")


def test_the_example_is_valid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "examples" / "providers.toml").read_text("utf-8")
    for name in ("OPENAI_API_KEY", "OPENROUTER_API_KEY", "AZURE_OPENAI_API_KEY"):
        monkeypatch.setenv(name, "sk-only-for-tests")
    catalog = load_catalog(settings_of(tmp_path, text))
    assert [one.name for one in catalog.resolve("default")] == ["small", "llama-3.3-70b"]
    assert "cheap" in catalog.names()
    preset = catalog.models["deployment"].provider.known
    assert preset is not None
    assert preset.name == "azure"


def test_the_example_has_every_key() -> None:
    text = (ROOT / "examples" / "providers.toml").read_text("utf-8")
    keys = {name for table in (_Provider, _Model, _Price) for name in table.model_fields}
    assert {name for name in keys if not re.search(rf"\b{name} ?=", text)} == set()
