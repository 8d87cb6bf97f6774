"""Refusals as providers and gateways send them, each with its kind and a part of the message that people see.

The lines of `refusals.jsonl` are the errors of the API's own documentation or server: OpenAI, Azure, Anthropic, Gemini
and Vertex AI, Mistral, Groq, Cerebras, DeepSeek, xAI, Moonshot, Zhipu, MiniMax, Alibaba Model Studio, Cohere, Together,
Fireworks, OpenRouter, Hugging Face's TGI, GitHub Models, Workers AI, Bedrock, vLLM, SGLang, llama.cpp, Ollama,
LM Studio, LiteLLM. The last ones must decide nothing: they quote the user's text, or pass it back.
"""

import json
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest

from app.llm.failures import from_exception, from_status

KEY = "sk-only-for-tests-0123456789"
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")
ROWS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("refusals.jsonl").read_text("utf-8").splitlines()
]


def _named(row: dict[str, Any]) -> str:
    return f"{row['kind']}-{row['dialect']}"


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_a_refusal_has_its_kind_and_its_sentence(row: dict[str, Any]) -> None:
    found = from_status(row["status"], row["body"], headers={}, api_key=KEY)
    assert (found.kind, found.status) == (row["kind"], row["status"])
    assert row["said"] in found.message


@pytest.mark.parametrize("row", ROWS, ids=_named)
def test_the_client_s_error_of_it_has_the_same(row: dict[str, Any]) -> None:
    body = row["body"]
    content = body if isinstance(body, str) else json.dumps(body)
    response = httpx2.Response(row["status"], content=content.encode(), request=REQUEST)
    inner: Any = body.get("error", body) if isinstance(body, dict) else body  # what the client keeps
    found = from_exception(openai.APIStatusError("x", response=response, body=inner), api_key=KEY)
    assert (found.kind, found.status) == (row["kind"], row["status"])
    assert row["said"] in found.message


def test_context_is_known_in_at_least_twelve_dialects() -> None:
    assert len({row["dialect"].partition(",")[0] for row in ROWS if row["kind"] == "context_too_long"}) >= 12
