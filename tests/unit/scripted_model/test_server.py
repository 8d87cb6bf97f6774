"""The scripted provider as its callers see it: limits, outages and the account, changed while it runs."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.llm.base import JOB_HEADER
from tests.scripted_model.process import ScriptedModel, running
from tests.scripted_model.witness import read_calls


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ScriptedModel]:
    with running(tmp_path / "calls.jsonl", requests=2, interval_s=6000, mode="window") as started:
        yield started


@pytest.fixture
def client(server: ScriptedModel) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=server.base_url, timeout=60, trust_env=False) as found:
        yield found


def call(client: httpx2.Client, text: str = "x" * 400, job: str = "") -> httpx2.Response:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    return client.post("/chat/completions", json=body, headers={JOB_HEADER: job} if job else {})


def test_calls_above_the_limit_are_refused_and_told_when_to_come_again(client: httpx2.Client) -> None:
    first, second, third = (call(client) for _ in range(3))
    assert [answer.status_code for answer in (first, second, third)] == [200, 200, 429]
    assert first.headers["x-ratelimit-remaining-requests"] == "1"
    assert third.headers["x-ratelimit-remaining-requests"] == "0"
    assert 5900 < int(third.headers["retry-after"]) <= 6000
    assert third.json()["error"]["code"] == "rate_limit_exceeded"


def test_a_limit_changes_while_it_runs_and_may_be_kept_to_itself(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(requests=1, headers=False, retry_after=False)
    answers = [call(client) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert not [name for answer in answers for name in answer.headers if "rate" in name or "retry" in name]
    server.control(requests=None)
    assert call(client).status_code == 200


def test_tokens_are_counted_as_the_answer_says(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(requests=None, tokens=250)
    usage = call(client).json()["usage"]
    assert usage["prompt_tokens"] == 100
    assert call(client).headers["x-ratelimit-remaining-tokens"] == str(250 - 2 * usage["total_tokens"])
    assert call(client).status_code == 429
    seen = server.control()["seen"]
    assert seen == {"calls": 3, "statuses": {"200": 2, "429": 1}, "tokens": 2 * usage["total_tokens"]}


def test_a_refusal_does_not_use_up_a_plan(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(requests=1)
    text = "[[plan:500,echo:done]]"
    assert [call(client, text, "job").status_code for _ in range(2)] == [500, 429]
    server.control(requests=2)
    assert call(client, text, "job").json()["choices"][0]["message"]["content"] == "done"


def test_an_outage_ends_calls_as_it_says_and_counts_for_no_limit(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(down="503")
    assert (call(client).status_code, client.get("/key").status_code) == (503, 503)
    server.control(down="refuse")
    with pytest.raises(httpx2.NetworkError):
        call(client)
    server.control(down="hang")
    with pytest.raises(httpx2.ReadTimeout):
        client.post("/chat/completions", json={"messages": []}, timeout=0.3)
    server.control(down=None)
    assert [call(client).status_code for _ in range(2)] == [200, 200]


def test_the_witness_writes_down_how_each_call_ended(server: ScriptedModel, client: httpx2.Client) -> None:
    for _ in range(3):
        call(client, job="j")
    server.control(down="503")
    call(client, job="j")
    client.get("/health")  # over the same connection: it is read after the call's end was written
    found = [(one["entry"], one["status"], one["prompt_tokens"]) for one in read_calls(server.log)]
    assert found == [("ok", 200, 100)] * 2 + [("limit:requests", 429, 0), ("503", 503, 0)]
    assert server.calls("j")[0]["completion_tokens"] > 0


def test_the_account_is_told_and_can_be_refused(server: ScriptedModel, client: httpx2.Client) -> None:
    server.control(key={"limit_remaining": 0.5}, credits={"total_credits": 7})
    key, balance = client.get("/key").json()["data"], client.get("/credits").json()["data"]
    assert set(key) >= {"limit", "limit_remaining", "usage", "rate_limit"}
    assert key["limit_remaining"] == 0.5
    assert balance == {"total_credits": 7, "total_usage": 25.0}
    server.control(key=401)
    assert client.get("/key").status_code == 401


@pytest.mark.parametrize(
    "wrong", [{"request": 1}, {"requests": -1}, {"down": "away"}, {"mode": "leaky"}, {"requests": "x"}]
)
def test_an_unknown_control_is_refused(client: httpx2.Client, wrong: dict[str, Any]) -> None:
    before = client.get("/control").json()
    assert client.put("/control", json=wrong).status_code == 400
    assert client.get("/control").json() == before
