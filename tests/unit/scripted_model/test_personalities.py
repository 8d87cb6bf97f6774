"""The ten kinds of providers as their callers see them: what each refuses, in which form, and what its answers hold."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.scripted_model.control import Controls
from tests.scripted_model.personalities import PERSONALITIES
from tests.scripted_model.process import ScriptedModel, running
from tests.scripted_model.witness import read_calls

SCHEMA = {"type": "object", "properties": {"category": {"enum": ["bug", "praise"]}}, "required": ["category"]}
STRICT = {"type": "json_schema", "json_schema": {"name": "result", "schema": {**SCHEMA, "additionalProperties": False}}}
OBJECT = {"type": "json_object"}
AS_TEXT = f"Answer with JSON.\n\nJSON Schema:\n{json.dumps(SCHEMA)}"
ALL = [name for name in PERSONALITIES if name != "plain"]
# What each takes from the first: how length is bounded, and how JSON is wanted.
ROOM = {"openai-o": "max_completion_tokens", "azure": "max_completion_tokens", "litellm": "max_completion_tokens"}
FORMAT = {"groq": OBJECT, "deepseek-r1": OBJECT, "gemini": OBJECT}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedModel]:
    with running(tmp_path_factory.mktemp("personalities") / "calls.jsonl") as started:
        yield started


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(timeout=5, trust_env=False) as found:
        yield found


class Caller:
    """Asks one personality and keeps what the witness saw last."""

    def __init__(self, server: ScriptedModel, client: httpx2.Client) -> None:
        self.server, self.client = server, client

    def __call__(
        self, name: str, *, key: str = "sk-right", text: str = "Hello", system: str = "", **body: Any
    ) -> httpx2.Response:
        messages = [{"role": "system", "content": system}] * bool(system) + [{"role": "user", "content": text}]
        return self.client.post(
            f"{self.server.url_of(name)}/chat/completions",
            json={"model": "m", "messages": messages, **body},
            headers={"Authorization": f"Bearer {key}"},
        )

    def last(self) -> dict[str, Any]:
        self.client.get(f"{self.server.base_url}/health")  # its call's end was written before
        return read_calls(self.server.log)[-1]


@pytest.fixture
def ask(server: ScriptedModel, client: httpx2.Client) -> Caller:
    return Caller(server, client)


def content(answer: httpx2.Response) -> str:
    """Return the text of an answer, without the thoughts that may stand in it."""
    assert answer.status_code == 200, answer.text
    found = answer.json()["choices"][0]["message"]["content"]
    if isinstance(found, list):
        found = "".join(part["text"] for part in found if part["type"] == "text")
    return str(found).rpartition("</think>")[2].strip()


@pytest.mark.parametrize("name", ALL)
def test_each_answers_whoever_asks_in_its_way(ask: Caller, name: str) -> None:
    room: dict[str, Any] = {ROOM.get(name, "max_tokens"): 1000}
    assert content(ask(name, **room)).startswith("Scripted answer to job")
    wanted = FORMAT.get(name, STRICT)
    assert json.loads(content(ask(name, system=AS_TEXT, response_format=wanted, **room))) == {"category": "bug"}
    assert json.loads(content(ask(name, system=AS_TEXT, **room))) == {"category": "bug"}


@pytest.mark.parametrize(
    ("name", "body", "status", "label", "words"),
    [
        ("openai-o", {"max_tokens": 9}, 400, "max_tokens", "Use 'max_completion_tokens' instead."),
        ("openai-o", {"temperature": 0}, 400, "temperature", "Only the default (1) value is supported."),
        ("openai-o", {"return_progress": True}, 400, "return_progress", "Unrecognized request argument"),
        ("azure", {"max_tokens": 9}, 400, "max_tokens", "unsupported_parameter"),
        ("groq", {"response_format": STRICT}, 400, "json_schema", "does not support response format `json_schema`"),
        ("groq", {"response_format": OBJECT}, 400, "json_object", "must contain the word 'json'"),
        ("deepseek-r1", {"response_format": STRICT}, 400, "json_schema", "response_format type is unavailable now"),
        ("mistral", {"max_completion_tokens": 9}, 422, "max_completion_tokens", "extra_forbidden"),
        ("mistral", {"stream_options": {}, "stream": True}, 422, "stream_options", "Extra inputs are not permitted"),
        ("gemini", {"response_format": STRICT}, 400, "json_schema", "generation_config.response_schema"),
        ("gemini", {"return_progress": True}, 400, "return_progress", "Cannot find field"),
        ("vllm", {"max_tokens": 20_000}, 400, "context", "maximum context length is 16384 tokens"),
        ("ollama", {"model": "missing:7b"}, 404, "model", "try pulling it first"),
        ("litellm", {"max_tokens": 9}, 400, "max_tokens", "litellm.BadRequestError: OpenAIException - Unsupported"),
    ],
)
def test_what_each_refuses_is_in_the_log(
    ask: Caller, name: str, body: dict[str, Any], status: int, label: str, words: str
) -> None:
    answer = ask(name, **body)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text
    logged = ask.last()
    assert (logged["personality"], logged["status"], logged["entry"]) == (name, status, f"refused:{label}")
    assert logged["model"] == body.get("model", "m")


def test_errors_have_each_its_form(ask: Caller) -> None:
    assert ask("gemini", key="wrong").json()[0]["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert ask("azure", key="wrong").json()["error"]["code"] == "401"
    assert ask("mistral", key="wrong").json() == {"detail": "Unauthorized"}
    assert set(ask("vllm", max_tokens=20_000).json()) == {"object", "message", "type", "param", "code"}
    assert ask("vllm-parser", max_tokens=20_000).json()["error"]["code"] == 400
    assert ask("litellm", max_tokens=9).json()["error"]["code"] == "400"
    assert ask("groq", text="[[plan:err:capacity]]").status_code == 498
    limited = ask("litellm", text="[[plan:err:rate]]")
    assert (limited.status_code, "x-litellm-call-id" in limited.headers) == (429, True)


def test_azure_by_deployment_wants_a_version_and_its_own_header(server: ScriptedModel, client: httpx2.Client) -> None:
    url = f"{server.base_url.removesuffix('/v1')}/as/azure/openai/deployments/o4/chat/completions"
    body = {"messages": [{"role": "user", "content": "Hello"}]}
    key = {"api-key": "sk-right"}
    assert client.post(url, json=body, headers=key).status_code == 404
    assert client.post(f"{url}?api-version=2024-10-21", json=body).status_code == 401
    answer = client.post(f"{url}?api-version=2024-10-21", json=body, headers=key)
    assert answer.json()["choices"][0]["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}


def test_thoughts_take_the_room(ask: Caller) -> None:
    small = ask("openai-o", max_completion_tokens=100).json()
    assert (small["choices"][0]["message"]["content"], small["choices"][0]["finish_reason"]) == ("", "length")
    assert small["usage"]["completion_tokens_details"]["reasoning_tokens"] == small["usage"]["completion_tokens"] == 100
    hidden = ask("gemini", max_tokens=100).json()
    assert "content" not in hidden["choices"][0]["message"]
    assert hidden["usage"]["completion_tokens"] == 0
    assert hidden["usage"]["total_tokens"] == hidden["usage"]["prompt_tokens"] + 100
    assert ask("vllm-parser", max_tokens=100).json()["choices"][0]["message"]["content"] is None


def test_each_hides_or_shows_its_thoughts_in_its_place(ask: Caller) -> None:
    assert ask("vllm").json()["choices"][0]["message"]["content"].count("think>") == 1
    assert ask("deepseek-r1").content.startswith(b"\n\n")
    assert "reasoning_content" in ask("deepseek-r1").json()["choices"][0]["message"]
    assert "reasoning" in ask("ollama").json()["choices"][0]["message"]
    assert next(part["type"] for part in ask("mistral").json()["choices"][0]["message"]["content"]) == "thinking"


def test_vllm_wants_roles_that_alternate_and_mistral_the_user_last(ask: Caller) -> None:
    twice = [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}]
    assert ask("vllm", messages=twice).status_code == 400
    assert ask("mistral", messages=[*twice, {"role": "assistant", "content": "c"}]).status_code == 400
    assert ask("mistral", messages=[{"role": "developer", "content": "c"}, *twice]).status_code == 422


def test_litellm_is_at_its_limit() -> None:
    litellm = PERSONALITIES["litellm"]
    limiter = Controls().limiter_of(litellm)
    refusal = next(filter(None, (limiter.admit(10, 1.0) for _ in range(100))))
    fault = litellm.limited(refusal, {})
    assert (fault.status, fault.code, fault.headers["llm_provider-retry-after"]) == (429, "429", "2")
    assert Controls().limiter_of(PERSONALITIES["groq"]).admit(10, 1.0) is None


def test_whom_it_plays_can_be_controlled(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(personality="openai-o")
    body = {"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 3}
    key = {"Authorization": "Bearer sk-right"}
    assert client.post(f"{server.base_url}/chat/completions", json=body, headers=key).status_code == 400
    server.control(personality="plain")
    assert client.post(f"{server.base_url}/chat/completions", json=body, headers=key).status_code == 200
