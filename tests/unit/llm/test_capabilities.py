"""What a model can do, found out by asking it: each kind of provider tells of itself what it is."""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from app.core.settings import Settings, load_settings
from app.llm import providers_file
from app.llm.base import ModelError
from app.llm.capabilities import Capabilities, as_toml, find_out
from app.llm.catalog import ModelConfig, ProviderConfig, ProviderKind
from app.llm.check import check
from tests.scripted_model.process import ScriptedModel
from tests.unit.llm.hostile import hostile

KEY = "sk-only-for-tests"
ROWS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "openai-o",
        "o4-mini",
        {"max_tokens_param": "max_completion_tokens", "temperature": False, "structured_output": "json_schema"},
    ),
    ("groq", "llama-3.3-70b-versatile", {"temperature": True, "structured_output": "json_object"}),
    ("deepseek-r1", "deepseek-reasoner", {"structured_output": "json_object"}),
    ("mistral", "magistral-medium-latest", {"max_tokens_param": "max_tokens", "temperature": True}),
    ("vllm", "deepseek-ai/DeepSeek-R1-Distill-Qwen-32B", {"max_tokens_param": "max_completion_tokens"}),
    ("ollama", "qwen3:8b", {"structured_output": "json_schema"}),
]


def config_of(scripted: ScriptedModel, personality: str, model: str) -> ModelConfig:
    url = f"{scripted.base_url.removesuffix('/v1')}/as/{personality}/v1"
    provider = ProviderConfig(
        personality,
        ProviderKind.OPENAI,
        url,
        SecretStr(KEY),
        connect_timeout_s=2,
        timeout_s=20,
        api_key_env="PLAYED_KEY",
    )
    return ModelConfig("asked", provider, model, context_tokens=32_000)


@pytest.mark.parametrize(("personality", "model", "expected"), ROWS, ids=[row[0] for row in ROWS])
async def test_a_model_tells_what_it_can_do(
    scripted: ScriptedModel, personality: str, model: str, expected: dict[str, Any]
) -> None:
    found = await find_out(config_of(scripted, personality, model))
    assert found.parameters.items() >= expected.items()
    names = [one.name for one in found.findings]
    assert names[0] == "answers"
    assert {"max_tokens", "temperature", "system_role", "json_schema", "json_object", "stream", "vision"} <= {*names}
    assert "limits_in_headers" in names
    assert all(one.detail for one in found.findings)
    assert found.calls <= 12


async def test_the_entry_for_the_file_can_be_read_back(
    scripted: ScriptedModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLAYED_KEY", KEY)
    config = config_of(scripted, "openai-o", "o4-mini")
    found = await find_out(config)
    path = tmp_path / "providers.toml"
    path.write_text(as_toml(config, found))
    catalog = providers_file.read(path, settings(tmp_path))
    [read] = catalog.resolve("default")
    assert (read.model, read.context_tokens, read.provider.base_url) == ("o4-mini", 32_000, config.provider.base_url)
    spoken = read.spoken({})
    assert (spoken.max_tokens_param, spoken.temperature) == ("max_completion_tokens", False)


def test_odd_names_are_quoted() -> None:
    provider = ProviderConfig("p", ProviderKind.OPENAI, "http://x/v1", SecretStr(""), connect_timeout_s=1, timeout_s=1)
    config = ModelConfig("llama-3.3 70b", provider, 'a"b\\c')
    read = tomllib.loads(as_toml(config, Capabilities([], {"temperature": False}, vision=True)))
    assert read["models"]["llama-3.3 70b"] == {"provider": "p", "model": 'a"b\\c', "vision": True, "temperature": False}


async def test_a_provider_that_takes_no_question_says_why(scripted: ScriptedModel) -> None:
    config = config_of(scripted, "gemini", "gemini-2.5-flash")
    refused = ModelConfig(
        "x", ProviderConfig("g", ProviderKind.OPENAI, config.provider.base_url, SecretStr("wrong"), 2, 20), "m"
    )
    with pytest.raises(ModelError) as caught:
        await find_out(refused)
    assert caught.value.kind in {"auth_failed", "provider_rejected", "model_not_found"}


async def test_what_is_taken_and_not_kept_is_a_no() -> None:
    async with hostile() as server:  # it says "fine", at once, whatever it is asked
        provider = ProviderConfig("p", ProviderKind.OPENAI, server.url("good"), SecretStr(""), 2, 20)
        found = await find_out(ModelConfig("x", provider, "m"))
    said = {one.name: one.can for one in found.findings}
    assert (said["json_schema"], said["json_object"], said["stream"]) == (False, False, False)
    assert "usage_in_stream" not in said
    assert found.parameters["structured_output"] == "prompt"


async def test_a_question_that_nobody_answered_says_neither_yes_nor_no() -> None:
    async with hostile() as server:
        provider = ProviderConfig("p", ProviderKind.OPENAI, server.url("good"), SecretStr(""), 2, 20)
        server.most_answers = 3
        found = await find_out(ModelConfig("x", provider, "m"))
    assert {one.name: one.can for one in found.findings}["vision"] is None


@pytest.mark.parametrize(("key", "message"), [("", "It answers; no API key is configured."), (KEY, None)])
async def test_a_provider_without_a_key_is_not_said_to_take_it(key: str, message: str | None) -> None:
    async with hostile() as server:
        checked = await check(ProviderConfig("p", ProviderKind.OPENAI, server.url("good"), SecretStr(key), 2, 20))
    assert (checked.state, checked.message) == ("active", message or "It answers and takes the key.")


def settings(folder: Path) -> Settings:
    return load_settings(data_dir=folder, providers_file="/dev/null")
