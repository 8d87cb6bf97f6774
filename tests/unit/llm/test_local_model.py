"""The bundled model, really run: `python -m app model` and the local provider."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import httpx2
import pytest

from app.core.clock import monotonic_s
from app.core.settings import Settings, load_settings
from app.llm import local_server, minilm
from app.llm.base import LOCAL_MODEL_NAME, Ask, Comparison, Limits, Message, Model, ModelError
from app.llm.catalog_source import has_local_model, load_catalog
from app.llm.registry import build
from tests.rig.ports import free_port
from tests.rig.stack import eventually, is_ok

ROOT = Path(__file__).parents[3]
MILL = "The mill was built in 1784. It ground barley for the villages of the valley until 1963."

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not has_local_model(), reason="the bundled model is not installed"),
]


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(
        data_dir=tmp_path_factory.mktemp("model"),
        model_port=free_port(),
        embeddings_port=free_port(),
        llm_provider="local",
        local_model_url="",
    )


@pytest.fixture(scope="module")
def server(local: Settings) -> Iterator[subprocess.Popen[bytes]]:
    ports = {"MODEL_PORT": str(local.model_port), "EMBEDDINGS_PORT": str(local.embeddings_port)}
    environment = {**os.environ, **ports, "DATA_DIR": str(local.data_dir)}  # noqa: TID251
    with subprocess.Popen([sys.executable, "-m", "app", "model"], cwd=ROOT, env=environment) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module")
async def model(local: Settings, server: subprocess.Popen[bytes]) -> AsyncIterator[Model]:
    health = f"http://127.0.0.1:{local.model_port}/health"
    async with httpx2.AsyncClient(trust_env=False) as client:
        await eventually(partial(is_ok, client, health), what="the model answers")
    found = build(load_catalog(local).resolve("default")[0], local)
    yield found
    await found.close()


def ask(text: str, *, max_output_tokens: int = 40, timeout_s: float = 120.0) -> Ask:
    return Ask((Message("user", text),), Limits(max_output_tokens, timeout_s))


async def test_it_answers_and_says_who_it_is(model: Model) -> None:
    answer = await model.complete(ask(f"{MILL}\n\nWhen was the mill built?"))
    assert "1784" in answer.text
    assert (answer.provider, answer.model) == ("local", LOCAL_MODEL_NAME)
    assert answer.usage.prompt_tokens > 20
    assert answer.usage.completion_tokens > 0


async def test_it_is_held_to_a_schema(model: Model) -> None:
    schema = {"type": "object", "properties": {"category": {"enum": ["mill", "ship"]}}, "required": ["category"]}
    question = Ask((Message("user", f"What is this about? {MILL}"),), Limits(30, 120.0), schema)
    assert (await model.complete(question)).text.replace(" ", "").replace("\n", "") == '{"category":"mill"}'


def compared(*fields: str) -> Ask:
    """Return a question about the mill whose `subject` can be compared, and whose `fields` are all that is asked."""
    values = {"subject": {"enum": ["ships", "mills"]}, "year": {"enum": [1784, 1963]}}
    schema = {"type": "object", "properties": {name: values[name] for name in fields}, "required": list(fields)}
    comparison = Comparison(MILL, {"subject": {one: (one,) for one in ("ships", "mills")}})
    message = Message("user", f"{MILL}\n\nWhat is this about, and when was it built?", comparison=comparison)
    return Ask((message,), Limits(60, 120.0), schema)


async def test_a_choice_is_made_by_comparing(model: Model) -> None:
    answer = await model.complete(compared("subject"))
    assert (json.loads(answer.text), answer.model) == ({"subject": "mills"}, minilm.MODEL_NAME)
    assert answer.usage.prompt_tokens > 20
    assert answer.cost_usd == 0


async def test_what_cannot_be_compared_is_still_written(model: Model) -> None:
    answer = await model.complete(compared("subject", "year"))
    assert json.loads(answer.text)["subject"] == "mills"
    assert answer.model == LOCAL_MODEL_NAME


async def test_a_long_text_of_any_script_can_be_compared(model: Model) -> None:
    message = Message("user", "?", comparison=Comparison("\u6c34\u8eca " * 4000, {"it": {"a": ("a",), "b": ("b",)}}))
    schema = {"type": "object", "properties": {"it": {"enum": ["a", "b"]}}}
    answer = await model.complete(Ask((message,), Limits(30, 120.0), schema))
    assert json.loads(answer.text)["it"] in {"a", "b"}


async def test_two_calls_take_turns_on_one_connection_after_the_other(model: Model) -> None:
    answers = await asyncio.gather(*(model.complete(ask("Say hello.", max_output_tokens=5)) for _ in range(3)))
    assert len({answer.text for answer in answers}) == 1


async def test_what_exceeds_its_context_is_named(model: Model) -> None:
    with pytest.raises(ModelError) as caught:
        await model.complete(ask("word " * 9000))
    assert caught.value.kind == "context_too_long"


async def test_a_cancelled_call_frees_it_while_it_still_reads(model: Model) -> None:
    begun_s = monotonic_s()
    await model.complete(ask("Say hello.", max_output_tokens=5))
    alone_s = monotonic_s() - begun_s
    begun = asyncio.Event()
    long = Ask((Message("user", "word " * 6000),), Limits(1000, 120.0), admitted=begun.set)
    calling = asyncio.create_task(model.complete(long))  # reading 6,000 tokens alone takes it most of a minute
    await begun.wait()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(calling, 1.0)
    await model.complete(ask("Say hello.", max_output_tokens=5, timeout_s=max(15.0, 15 * alone_s)))


async def test_it_ends_at_once_when_told_in_the_middle_of_an_answer(
    model: Model, server: subprocess.Popen[bytes]
) -> None:
    begun = asyncio.Event()
    calling = asyncio.create_task(
        model.complete(Ask((Message("user", "Count to 900."),), Limits(4000, 60.0), admitted=begun.set))
    )
    await begun.wait()
    server.send_signal(signal.SIGTERM)
    assert await asyncio.to_thread(server.wait, 15) == 0
    with pytest.raises(ModelError) as caught:
        await calling
    assert caught.value.kind in {"network", "bad_response"}


def test_a_missing_package_gives_one_line(
    local: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(local_server, "find_spec", lambda _: None)
    monkeypatch.setattr(signal, "pthread_sigmask", lambda *_: set())
    assert local_server.main(local) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_server, "MODEL_SHA256", "0" * 64)
    with pytest.raises(local_server.LocalModelError, match="not the expected one"):
        local_server.model_path()


def test_changed_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(minilm._SHA256, "vocab.txt", "0" * 64)
    with pytest.raises(minilm.ChangedWeightsError, match=r"vocab\.txt"):
        minilm.write_gguf(tmp_path / "model.gguf")
