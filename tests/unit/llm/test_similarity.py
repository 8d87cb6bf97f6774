"""Choices settled by comparing, with a server of embeddings whose vectors the test wrote."""

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import httpx2
import openai
import pytest

from app.llm.base import Ask, Comparison, Limits, Message, Spending
from app.llm.similarity import MAX_PIECES, PIECE_CHARS, settle

VECTORS = {"The app crashes.": (1.0, 0.1), "bug": (0.3, 0.9), "error": (0.9, 0.2), "praise": (0.8, 0.6)}
SCHEMA = {"type": "object", "properties": {"kind": {"type": "string", "enum": [" bug", " praise"]}}}
KINDS = {" bug": ("bug", "error"), " praise": ("praise",)}


class Server:
    """Answers with the vectors of VECTORS, last text first; unknown texts lie across all of them."""

    def __init__(self, *, missing: int = 0) -> None:
        self.asked: list[Sequence[str]] = []
        self.headers: Mapping[str, str] = {}
        self._missing = missing

    def client(self) -> openai.AsyncOpenAI:
        http_client = httpx2.AsyncClient(transport=httpx2.MockTransport(self._answer))
        return openai.AsyncOpenAI(
            base_url="http://127.0.0.1:1/v1", api_key="none", max_retries=0, http_client=http_client
        )

    def _answer(self, request: httpx2.Request) -> httpx2.Response:
        texts = json.loads(request.content)["input"]
        self.asked.append(texts)
        self.headers = request.headers
        found = [
            {"index": index, "object": "embedding", "embedding": VECTORS.get(text, (0.0, 1.0))}
            for index, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 7, "total_tokens": 7}
        data = list(reversed(found))[self._missing :]
        return httpx2.Response(200, json={"object": "list", "data": data, "model": "m", "usage": usage})


def question(
    *,
    text: str = "The app crashes.",
    schema: Mapping[str, object] = SCHEMA,
    spent: Callable[[Spending], None] = lambda _: None,
) -> Ask:
    message = Message("user", "Which?", comparison=Comparison(text, {"kind": KINDS}))
    return Ask((message,), Limits(30, 30.0), schema, {"X-Headrace-Job": "job-1"}, spent=spent)


async def test_the_value_with_the_phrase_most_like_the_text_is_the_answer() -> None:
    server = Server()
    _, answer = await settle(question(), server.client(), "local")
    assert answer is not None
    assert json.loads(answer.text) == {"kind": " bug"}
    assert (answer.provider, answer.model, answer.finish_reason) == ("local", "all-MiniLM-L6-v2", "stop")
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (7, 0)
    assert server.headers["X-Headrace-Job"] == "job-1"


async def test_other_fields_are_left_to_the_model_and_what_was_settled_is_held() -> None:
    spent: list[Spending] = []
    schema = {"type": "object", "properties": {**SCHEMA["properties"], "date": {"type": "string"}}}  # type: ignore[dict-item]
    ask, answer = await settle(question(schema=schema, spent=spent.append), Server().client(), "local")
    assert answer is None
    assert ask.schema == {
        "type": "object",
        "properties": {"kind": {"type": "string", "enum": [" bug"]}, "date": {"type": "string"}},
    }
    assert [one.usage.prompt_tokens for one in spent] == [7]
    assert [one.cost_usd for one in spent] == [Decimal(0)], "it runs here, and is free"


async def test_a_long_text_is_read_in_pieces_up_to_a_limit() -> None:
    server = Server()
    await settle(question(text="word " * 5000), server.client(), "local")
    pieces = [text for text in server.asked[0] if text.startswith("word")]
    assert len(pieces) <= MAX_PIECES + 1
    assert max(map(len, pieces)) <= PIECE_CHARS


async def test_an_answer_without_all_vectors_is_none() -> None:
    with pytest.raises(ValueError, match="embedding"):
        await settle(question(), Server(missing=1).client(), "local")


@pytest.mark.parametrize("answer", [{"data": [{"index": 99, "embedding": [1.0]}]}, {"data": None}, {"data": [{}]}])
async def test_what_is_no_answer_of_a_server_of_embeddings_is_told_as_such(answer: Mapping[str, object]) -> None:
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, json=answer))
    client = openai.AsyncOpenAI(
        base_url="http://127.0.0.1:1/v1",
        api_key="none",
        max_retries=0,
        http_client=httpx2.AsyncClient(transport=transport),
    )
    with pytest.raises((ValueError, openai.OpenAIError)):
        await settle(question(), client, "local")


async def test_a_question_without_a_comparison_stays_as_it_is() -> None:
    ask = Ask((Message("user", "Hello."),), Limits(30, 30.0))
    assert await settle(ask, Server().client(), "local") == (ask, None)
