"""Bad input: always the documented 4xx, as a problem that names what is wrong; never a 500."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message

from tests.integration.problems import JSON, assert_problem

JOBS = "/api/v1/jobs"
GOOD: dict[str, Any] = {"type": "echo", "input": {"message": "hello"}}


def job(**changes: Any) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


BAD_BODIES = [
    pytest.param(job(type="unknown"), 422, "#/type", id="unknown type"),
    pytest.param(job(input={}), 422, "#/input/message", id="missing field of the input"),
    pytest.param(b'{"type": "echo"}', 422, "#/input", id="missing field"),
    pytest.param(job(color="red"), 422, "#/color", id="extra field"),
    pytest.param(job(status="completed"), 422, "#/status", id="a field that is not the caller's to set"),
    pytest.param(job(input={"message": "x", "color": "red"}), 422, "#/input/color", id="extra field of the input"),
    pytest.param(job(priority="urgent"), 422, "#/priority", id="wrong enum"),
    pytest.param(job(queue="nowhere"), 422, "#/queue", id="unknown queue"),
    pytest.param(
        job(type="summarize", input={"text": "hello"}, model="nobody"), 422, "#/model", id="a model that is not there"
    ),
    pytest.param(job(model="default"), 422, "#/model", id="a model for a type that asks none"),
    pytest.param(job(max_cost_usd=0), 422, "#/max_cost_usd", id="no money at all"),
    pytest.param(job(max_attempts=0), 422, "#/max_attempts", id="too few attempts"),
    pytest.param(job(max_attempts=26), 422, "#/max_attempts", id="too many attempts"),
    pytest.param(job(max_attempts="many"), 422, "#/max_attempts", id="wrong type"),
    pytest.param(job(delay_s=-1), 422, "#/delay_s", id="a delay into the past"),
    pytest.param(job(delay_s=1, run_at="2030-01-01T00:00:00Z"), 422, "#", id="two start times"),
    pytest.param(job(run_at="2030-01-01T00:00:00"), 422, "#/run_at", id="a time without its zone"),
    pytest.param(job(run_at="9999999-01-01"), 422, "#/run_at", id="a time that is none"),
    pytest.param(job(run_at="9999-12-31T23:00:00Z"), 422, "#/run_at", id="a time that no deadline can follow"),
    pytest.param(job(run_at="0001-01-01T00:00:00+23:59"), 422, "#/run_at", id="a time before all times"),
    pytest.param(job(run_at="9999-12-31T23:59:59-23:59"), 422, "#/run_at", id="a time after all times"),
    pytest.param(job(timeout_s=10**30), 422, "#/timeout_s", id="a number beyond all"),
    pytest.param(job(metadata={"text": "x" * 20_000}), 422, "#/metadata", id="much metadata"),
    pytest.param(job(input={"message": "a\x00b"}), 422, "#/input/message", id="NUL"),
    pytest.param(job(input={"a\x00b": 1}), 422, "#/input", id="NUL in a key"),
    pytest.param(job(type="a\x00b"), 422, "#/type", id="NUL in the type"),
    pytest.param(b'{"type": "echo", "input": {"message": "\\ud800"}}', 422, "#/input/message", id="lone surrogate"),
    pytest.param(b'{"type": "echo", "input": {"message": NaN}}', 422, "#", id="NaN"),
    pytest.param(b'{"type": "echo", "input": {"message": -Infinity}}', 422, "#", id="Infinity"),
    pytest.param(b'{"type": "echo", "input": {"message": 1e400}}', 422, "#", id="1e400"),
    pytest.param(b'{"type": "echo", "input": ' + b"[" * 90_000 + b"]" * 90_000 + b"}", 400, "#", id="brackets"),
    pytest.param(b'{"type": "echo", "input": [' + b"{}," * 100_000 + b"{}]}", 422, "#", id="many values"),
    pytest.param(b'{"n": ' + b"9" * 10_000 + b"}", 400, "#", id="an integer of 10,000 digits"),
    pytest.param(b'{"type": "echo", ', 400, "#", id="broken JSON"),
    pytest.param(b"\xff\xfe", 400, "#", id="no UTF-8"),
    pytest.param(b"", 422, "#", id="no body"),
    pytest.param(b"[]", 422, "#", id="a list"),
    pytest.param(b"null", 422, "#", id="null"),
    pytest.param(
        b'{"type": "file", "input": {"input_file_path": "../../etc/passwd"}}',
        422,
        "#/input/input_file_path",
        id="a path out of the folder",
    ),
]


@pytest.mark.parametrize(("body", "status", "pointer"), BAD_BODIES)
async def test_a_bad_body_is_refused(client: httpx2.AsyncClient, body: bytes, status: int, pointer: str) -> None:
    assert_problem(await client.post(JOBS, content=body, headers=JSON), status, pointer)
    assert (await client.get(JOBS)).json()["items"] == []


async def test_a_body_of_2_mb_is_too_large(client: httpx2.AsyncClient) -> None:
    body = job(input={"message": "x" * 2_000_000})
    answer = await client.post(JOBS, content=body, headers=JSON)
    assert_problem(answer, 413)
    assert answer.json()["code"] == "body_too_large"


async def test_a_batch_may_be_larger_than_a_job_but_not_without_end(client: httpx2.AsyncClient) -> None:
    fitting = json.dumps({"jobs": [{**GOOD, "input": {"message": "x" * 9_000}}] * 300}).encode()
    assert (await client.post(f"{JOBS}/batch", content=fitting, headers=JSON)).status_code == 202
    huge = b'{"jobs": "' + b"x" * 33_000_000 + b'"}'
    assert_problem(await client.post(f"{JOBS}/batch", content=huge, headers=JSON), 413)


OTHER_MEDIA: list[tuple[dict[str, str], str]] = [
    ({"Content-Type": "text/plain"}, "Content-Type: application/json; here it is text/plain"),
    ({"Content-Type": "application/x-www-form-urlencoded"}, "Content-Type: application/json"),
    ({"Content-Type": "multipart/form-data; boundary=x"}, "Content-Type: application/json"),
    ({"Content-Type": "application/jsonp"}, "Content-Type: application/json"),
    ({}, "Content-Type: application/json; there is none"),
    ({**JSON, "Content-Encoding": "gzip"}, "Content-Encoding: gzip is not taken"),
    ({**JSON, "Content-Encoding": "deflate, br"}, "Content-Encoding: deflate, br is not taken"),
    ({**JSON, "Content-Encoding": "aws-chunked"}, "uncompressed"),
]


async def test_only_plain_json_is_read_and_the_header_is_named(client: httpx2.AsyncClient) -> None:
    for path in (JOBS, f"{JOBS}/batch", "/api/v1/dead-letters/retry", "/api/v1/queues/default/limit"):
        method = "PUT" if path.endswith("limit") else "POST"
        for headers, said in OTHER_MEDIA:
            answer = await client.request(method, path, content=job(), headers=headers)
            assert_problem(answer, 415)
            assert said in answer.json()["detail"]


async def test_a_byte_order_mark_is_read_over(client: httpx2.AsyncClient) -> None:
    for path, body in ((JOBS, job()), (f"{JOBS}/batch", b'{"jobs": [' + job() + b"]}")):
        headers = {**JSON, "Content-Encoding": "identity"}
        answer = await client.post(path, content=b"\xef\xbb\xbf" + body, headers=headers)
        assert answer.status_code == 202, answer.text


async def test_null_for_what_may_be_left_out_is_left_out(client: httpx2.AsyncClient) -> None:
    optional = (
        "priority",
        "queue",
        "run_at",
        "delay_s",
        "max_attempts",
        "timeout_s",
        "deadline_s",
        "metadata",
        "model",
    )
    answer = await client.post(JOBS, content=job(**dict.fromkeys(optional)), headers=JSON)
    assert answer.status_code == 202, answer.text
    assert (answer.json()["priority"], answer.json()["max_attempts"]) == ("default", 4)
    given = {"text": "x " * 9, "max_words": None, "file_id": None}
    answer = await client.post(JOBS, content=job(type="summarize", input=given), headers=JSON)
    assert answer.status_code == 202, answer.text
    preview = await client.post("/api/v1/admin/prune", json={"dry_run": None, "older_than_days": None})
    assert preview.status_code == 200, "a dry run, as without it"
    assert_problem(await client.post(JOBS, content=job(type=None), headers=JSON), 422, "#/type")
    assert_problem(await client.post(JOBS, content=job(input=None), headers=JSON), 422, "#/input")


NO_SWITCHES = [0, 1, "false", "true", "no", "", [], 0.0]


async def test_what_destroys_or_changes_wants_true_or_false(client: httpx2.AsyncClient) -> None:
    for given in NO_SWITCHES:
        for path, body, pointer in (
            ("/api/v1/dead-letters/discard", {"all": True, "dry_run": given}, "#/dry_run"),
            ("/api/v1/dead-letters/retry", {"all": given}, "#/all"),
            ("/api/v1/admin/prune", {"dry_run": given}, "#/dry_run"),
            ("/api/v1/jobs/resend", {"dry_run": given}, "#/dry_run"),
        ):
            assert_problem(await client.post(path, json=body), 422, pointer)


async def test_true_is_no_number_where_something_is_destroyed_or_changed(client: httpx2.AsyncClient) -> None:
    old = await client.post("/api/v1/admin/prune", json={"dry_run": False, "older_than_days": True})
    assert_problem(old, 422, "#/older_than_days")
    limit = await client.put("/api/v1/queues/default/limit", json={"max_running": True})
    assert_problem(limit, 422, "#/max_running")


async def test_a_switch_in_a_query_is_a_word_that_nobody_mistakes(client: httpx2.AsyncClient) -> None:
    for given, status in (("true", 404), ("FALSE", 404), ("1", 404), ("yes", 422), ("", 422), ("2", 422)):
        pointer = "#query/force" if status == 422 else None
        assert_problem(await client.delete(f"{JOBS}/{uuid4()}?force={given}"), status, pointer)


async def test_errors_do_not_repeat_what_was_sent_without_end(client: httpx2.AsyncClient) -> None:
    named = await client.post(JOBS, content=job(**{"k" * 400_000: 1}), headers=JSON)
    assert_problem(named, 422)
    many = await client.post(JOBS, content=job(**{f"k{n}": n for n in range(50_000)}), headers=JSON)
    assert_problem(many, 422)
    assert max(len(named.content), len(many.content)) < 20_000


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.example+json"])
async def test_every_name_of_json_is_read(client: httpx2.AsyncClient, content_type: str) -> None:
    named = {"Content-Type": content_type}
    answer = await client.post(JOBS, content=job(), headers=named)
    assert answer.status_code == 202, answer.text
    assert answer.json()["input"] == GOOD["input"]
    assert_problem(
        await client.post(JOBS, content=job(input={"message": "a\x00b"}), headers=named), 422, "#/input/message"
    )


async def test_a_caller_that_goes_away_while_it_sends_is_no_error_of_ours(
    app: FastAPI, client: httpx2.AsyncClient
) -> None:
    messages: list[Message] = [{"type": "http.request", "body": job()[:9], "more_body": True}]
    answers: list[Message] = []

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        answers.append(message)

    given = [(b"content-type", b"application/json"), (b"x-service-token", client.headers["X-Service-Token"].encode())]
    scope = {"type": "http", "method": "POST", "path": JOBS, "query_string": b"", "headers": given}
    await app(scope, receive, send)
    assert answers[0]["status"] == 400
    assert (await client.get(JOBS)).json()["items"] == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "#query/limit"),
        ("limit=101", "#query/limit"),
        ("limit=x", "#query/limit"),
        ("cursor=nonsense", "#query/cursor"),
        ("cursor=%00", "#query/cursor"),
        ("status=done", "#query/status"),
        ("created_from=yesterday", "#query/created_from"),
        ("created_from=0001-01-01T00:00:00%2B23:59", "#query/created_from"),
        ("created_to=9999-12-31T23:59:59-23:59", "#query/created_to"),
        ("id_prefix=xyz", "#query/id_prefix"),
        ("type=%00", "#query/type"),
        ("queue=%00", "#query/queue"),
    ],
)
async def test_a_bad_query_is_refused(client: httpx2.AsyncClient, query: str, pointer: str) -> None:
    assert_problem(await client.get(f"{JOBS}?{query}"), 422, pointer)


@pytest.mark.parametrize(("method", "suffix"), [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("POST", "/retry")])
async def test_ids_are_checked_and_unknown_ones_not_found(client: httpx2.AsyncClient, method: str, suffix: str) -> None:
    assert_problem(await client.request(method, f"{JOBS}/not-an-id{suffix}"), 422, "#path/job_id")
    unknown = await client.request(method, f"{JOBS}/{uuid4()}{suffix}")
    assert_problem(unknown, 404)
    assert unknown.json()["code"] == "job_not_found"


async def test_every_invalid_job_of_a_batch_is_named_and_nothing_is_stored(client: httpx2.AsyncClient) -> None:
    answer = await client.post(
        f"{JOBS}/batch", json={"jobs": [GOOD, {**GOOD, "input": {}}, GOOD, {**GOOD, "type": "unknown"}]}
    )
    assert_problem(answer, 422)
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {"#/jobs/1/input/message", "#/jobs/3/type"}
    assert (await client.get(JOBS)).json()["items"] == []


@pytest.mark.parametrize("count", [0, 10_001])
async def test_a_batch_has_1_to_10_000_jobs(client: httpx2.AsyncClient, count: int) -> None:
    assert_problem(await client.post(f"{JOBS}/batch", json={"jobs": [GOOD] * count}), 422, "#/jobs")


async def test_unknown_routes_and_methods_are_problems_too(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.get("/api/v1/nothing"), 404)
    assert_problem(await client.put(JOBS, json=GOOD), 405)
    assert_problem(await client.post(JOBS, json=GOOD, headers={"Idempotency-Key": "x" * 256}), 422)


async def test_our_own_validators_speak_in_our_words(client: httpx2.AsyncClient) -> None:
    body = {"type": "echo", "input": {"message": "x"}, "delay_s": 1, "run_at": "2027-01-01T00:00:00Z"}
    answer = await client.post("/api/v1/jobs", json=body)
    assert (answer.status_code, answer.json()["detail"]) == (422, "#: give run_at or delay_s, not both")


async def test_times_at_the_edge_are_times(client: httpx2.AsyncClient) -> None:
    for at in ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00-12:00", "1900-01-01T00:00:00+14:00"):
        answer = await client.post(JOBS, content=job(run_at=at), headers=JSON)
        assert answer.status_code == 202, answer.text
        assert (await client.get(JOBS, params={"created_from": at})).json()["items"]
        dead = {"finished_from": at, "dry_run": True}
        assert (await client.post("/api/v1/dead-letters/retry", json=dead)).json()["matched"] == 0
        assert (await client.get("/api/v1/dead-letters", params={"finished_to": at})).status_code == 200


async def test_an_error_of_a_file_is_none_of_the_database(app: FastAPI, client: httpx2.AsyncClient) -> None:
    @app.get("/broken")
    async def broken(kind: str) -> None:
        raise OSError(36, kind) if kind == "file" else TimeoutError

    for kind in ("file", "clock"):
        answer = await client.get(f"/broken?kind={kind}")
        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
