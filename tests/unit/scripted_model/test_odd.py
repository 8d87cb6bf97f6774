"""The odd and the hostile answers that a plan can ask for."""

import json
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.scripted_model.process import ScriptedModel, running
from tests.scripted_model.streams import SEPARATORS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ScriptedModel]:
    with running(tmp_path_factory.mktemp("odd") / "calls.jsonl") as started:
        yield started


@pytest.fixture(scope="module")
def client(server: ScriptedModel) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.base_url, timeout=5, trust_env=False) as found:
        yield found


def play(client: httpx2.Client, plan: str, **body: Any) -> httpx2.Response:
    message = {"role": "user", "content": f"[[plan:{plan}]]"}
    return client.post("/chat/completions", json={"messages": [message], **body})


def choice(answer: httpx2.Response) -> Any:
    return answer.json()["choices"][0]


def safe(text: str) -> str:
    return quote(text, safe="")


@pytest.mark.parametrize(
    ("plan", "ending", "finish"),
    [
        ("think:done", "</think>\n\ndone", "stop"),
        ("closing:done", "</think>\n\ndone", "stop"),
        ("unclosed:hm", "<think>\nhm", "length"),
        ("finish:length:half%20a", "half a", "length"),
        ("finish:max_tokens:half", "half", "max_tokens"),
        ("blank:length:600", "", "length"),
    ],
)
def test_thoughts_and_ends(client: httpx2.Client, plan: str, ending: str, finish: str) -> None:
    found = choice(play(client, plan))
    assert found["message"]["content"].endswith(ending)
    assert found["finish_reason"] == finish


def test_what_stands_where_the_content_should(client: httpx2.Client) -> None:
    assert choice(play(client, "null"))["message"]["content"] is None
    absent = play(client, "absent:length:30:20").json()
    assert "content" not in absent["choices"][0]["message"]
    assert absent["usage"]["completion_tokens_details"]["reasoning_tokens"] == 20
    kinds = [part["type"] for part in choice(play(client, "parts:one%20two"))["message"]["content"]]
    assert kinds == ["text", "thinking", "text"]
    assert choice(play(client, "reasoning:reasoning:done"))["message"]["reasoning"]
    assert choice(play(client, "choice_error:529:gone"))["error"] == {"code": 529, "message": "gone"}


def test_usage_is_whatever_a_plan_says(client: httpx2.Client) -> None:
    told = {"input_tokens": "12", "output_tokens": 3.0}
    assert play(client, f"usage:{safe(json.dumps(told))}:done").json()["usage"] == told
    assert "usage" not in play(client, "usage").json()


@pytest.mark.parametrize(
    ("quirk", "there", "missing"),
    [
        ("nofinish", "[DONE]", '"finish_reason": "stop"'),
        ("nodone", '"finish_reason": "stop"', "[DONE]"),
        ("cut", "data:", "[DONE]"),
        ("separators", SEPARATORS, "\\u2028"),
        ("twolines", "\ndata:", "event:"),
        ("error", "event: error\n", "[DONE]"),
        ("errordata", 'data: {"error": {', "[DONE]"),
        ("errortext", 'data: {"error": "', "[DONE]"),
        ("cr", "\r\r", "\n"),
        ("crlf", "\r\n\r\n", "event:"),
    ],
)
def test_quirks_of_streams(client: httpx2.Client, quirk: str, there: str, missing: str) -> None:
    text = play(client, f"sse:{quirk}:one%20two%20three%20four%20five%20six%20seven", stream=True).content.decode()
    assert there in text
    assert missing not in text


def test_a_stream_of_comments_alone_has_no_end(client: httpx2.Client) -> None:
    body = {"messages": [{"role": "user", "content": "[[plan:sse:comments]]"}], "stream": True}
    with client.stream("POST", "/chat/completions", json=body) as answer:
        assert next(answer.iter_bytes()).startswith(b":")


def test_a_parameter_or_role_is_refused_while_it_is_there(client: httpx2.Client) -> None:
    plan = "refuse_param:max_tokens+temperature"
    found = [
        play(client, plan, **more)
        for more in ({"max_tokens": 1, "temperature": 0}, {"temperature": 0}, {"max_completion_tokens": 1})
    ]
    assert [one.status_code for one in found] == [400, 400, 200]
    assert [one.json()["error"]["param"] for one in found[:2]] == ["max_tokens", "temperature"]
    assert play(client, "refuse_role:user").status_code == 400


def test_any_answer_can_be_given(client: httpx2.Client) -> None:
    headers = safe(json.dumps({"retry-after": "7"}))
    answer = play(client, f"body:422:{safe('[1, 2]')}:{headers}")
    assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (422, [1, 2], "7")
    assert play(client, "body:502:Bad%20gateway").text == "Bad gateway"


def test_hostile_answers_are_what_they_say(client: httpx2.Client) -> None:
    assert len(play(client, "big:503:3000000").content) == 3_000_000
    body = {"messages": [{"role": "user", "content": "[[plan:gzipbomb:5000000]]"}]}
    with client.stream("POST", "/chat/completions", json=body) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.status_code == 500
    assert len(packed) < 100_000
    assert json.loads(zlib.decompress(packed, 31))["error"]["message"].startswith("xxx")
    line = play(client, "longline:3000000", stream=True).content
    assert len(line) > 2_000_000
    assert b"\n" not in line
    assert choice(play(client, "drip:0.3"))["finish_reason"] == "stop"
