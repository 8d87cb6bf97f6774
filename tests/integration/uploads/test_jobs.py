"""Jobs name uploaded files by id."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi import FastAPI

from tests.integration.problems import assert_problem
from tests.integration.uploads.sending import (
    FILES,
    Json,
    upload,
)

JOBS = "/api/v1/jobs"


def job(**given: Any) -> Json:
    return {"type": "file", "input": given}


async def test_a_job_takes_a_file_by_its_id(client: httpx2.AsyncClient) -> None:
    stored = await upload(client, b"hello")
    given = job(file_id=stored["id"])
    assert (await client.post(JOBS, json=given)).json()["input"] == given["input"]
    assert (await client.post(f"{JOBS}/batch", json={"jobs": [given, given]})).status_code == 202


async def test_a_job_whose_file_is_not_there_is_refused(client: httpx2.AsyncClient) -> None:
    wrong = job(file_id=str(uuid4()))
    answer = await client.post(JOBS, json=wrong)
    assert_problem(answer, 422, "#/input/file_id")
    assert answer.json()["code"] == "file_not_found"
    right = job(file_id=(await upload(client, b"hello"))["id"])
    answer = await client.post(f"{JOBS}/batch", json={"jobs": [right, wrong]})
    assert_problem(answer, 422, "#/jobs/1/input/file_id")
    assert len(answer.json()["errors"]) == 1
    assert (await client.get(JOBS)).json()["items"] == []


@pytest.mark.parametrize(
    ("job_type", "more"),
    [
        ("summarize", {}),
        ("classify", {"categories": ["a", "b"]}),
        ("data_extraction", {"schema": {"a": "string"}}),
        ("translate", {"target_language": "French"}),
    ],
)
async def test_every_type_takes_a_text_or_a_file(client: httpx2.AsyncClient, job_type: str, more: Json) -> None:
    stored = await upload(client, b"hello")
    for given in ({"text": "hello"}, {"file_id": stored["id"], "pages": "1-5"}, {"input_file_path": "a.pdf"}):
        answer = await client.post(JOBS, json={"type": job_type, "input": given | more})
        assert answer.status_code == 202, answer.text
    answer = await client.post(JOBS, json={"type": job_type, "input": {"file_id": str(uuid4())} | more})
    assert_problem(answer, 422, "#/input/file_id")
    for given in ({}, {"text": "hello", "file_id": stored["id"]}, {"text": "hello", "pages": "1"}):
        assert_problem(await client.post(JOBS, json={"type": job_type, "input": given | more}), 422, "#/input")


async def test_the_same_key_gives_the_same_job_when_the_file_is_gone(client: httpx2.AsyncClient) -> None:
    stored = await upload(client, b"hello")
    given, key = job(file_id=stored["id"]), {"Idempotency-Key": "k"}
    first = await client.post(JOBS, json=given, headers=key)
    await client.delete(f"{FILES}/{stored['id']}")
    again = await client.post(JOBS, json=given, headers=key)
    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])
    other = await client.post(JOBS, json=given, headers={"Idempotency-Key": "other"})
    assert_problem(other, 422, "#/input/file_id")


@pytest.mark.parametrize(
    ("given", "pointer"),
    [
        ({}, "#/input"),
        ({"file_id": "00000000-0000-7000-8000-000000000000", "input_file_path": "a.txt"}, "#/input"),
        ({"file_id": "../a"}, "#/input/file_id"),
        ({"file_id": 7}, "#/input/file_id"),
        ({"file_id": None}, "#/input"),
    ],
)
async def test_a_file_job_names_exactly_one_file(client: httpx2.AsyncClient, given: Json, pointer: str) -> None:
    assert_problem(await client.post(JOBS, json=job(**given)), 422, pointer)


async def test_submits_without_a_file_ask_nothing_more(
    client: httpx2.AsyncClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the files were asked")

    monkeypatch.setattr("app.jobs.api.submission.find_owned", refuse)
    for one in ({"type": "echo", "input": {"message": "hello"}}, job(input_file_path="a.txt")):
        assert (await client.post(JOBS, json=one)).status_code == 202
        assert (await client.post(f"{JOBS}/batch", json={"jobs": [one]})).status_code == 202
