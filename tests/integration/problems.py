"""What every refusal looks like."""

import httpx2

JSON = {"Content-Type": "application/json"}


def assert_problem(answer: httpx2.Response, status: int, pointer: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert set(problem) >= {"type", "title", "detail", "instance", "code", "error", "request_id"}
    assert problem["error"]["code"] == problem["code"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    if pointer is not None:
        assert pointer in {fault["pointer"] for fault in problem["errors"]}, problem
