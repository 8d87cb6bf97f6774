from typing import Any

import aiohttp
import httpx2
import openai
import pytest

from app.llm.base import MAX_MESSAGE_CHARS
from app.llm.failures import bad_response, from_body, from_exception, from_status

KEY = "only-for-tests-0123456789"
REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def _status(status: int, body: object = None, **headers: str) -> Any:
    return from_status(status, body, headers=headers, api_key=KEY)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, None, "provider_rejected"),
        (400, {"code": "context_length_exceeded"}, "context_too_long"),
        (400, {"type": "exceed_context_size_error"}, "context_too_long"),
        (413, {"code": "context_length_exceeded"}, "context_too_long"),
        (422, {"code": "context_length_exceeded"}, "context_too_long"),
        (401, None, "auth_failed"),
        (402, None, "insufficient_credits"),
        (403, None, "auth_failed"),
        (404, {"code": "context_length_exceeded"}, "provider_rejected"),
        (408, None, "timeout"),
        (418, "teapot", "provider_rejected"),
        (429, None, "rate_limited"),
        (429, {"message": "insufficient_quota"}, "rate_limited"),
        (429, {"code": "insufficient_quota"}, "insufficient_credits"),
        (429, {"type": "insufficient_quota"}, "insufficient_credits"),
        (429, {"code": "billing_hard_limit_reached"}, "insufficient_credits"),
        (500, None, "unavailable"),
        (503, {"code": "insufficient_quota"}, "unavailable"),
        (529, None, "unavailable"),
    ],
)
def test_a_status_and_a_code_decide_the_kind(status: int, body: object, kind: str) -> None:
    found = _status(status, body)
    assert (found.kind, found.status) == (kind, status)


@pytest.mark.parametrize(("status", "wait"), [(429, 7.0), (503, 7.0), (400, None), (402, None)])
def test_a_wish_to_wait_counts_only_where_waiting_helps(status: int, wait: float | None) -> None:
    assert _status(status, **{"Retry-After": "7"}).retry_after_s == wait


def test_the_provider_s_sentence_is_passed_on_in_one_line() -> None:
    assert _status(400, {"message": "no\nsuch\x00model"}).message.endswith("(HTTP 400): no such model")


@pytest.mark.parametrize("secret", [KEY, "sk-abcdef123456", "Bearer abc.def", "key_abcdef12", "sk-proj-abc***xyz"])
def test_no_secret_is_passed_on(secret: str) -> None:
    message = _status(400, {"message": f"bad {secret} here"}).message
    assert (secret in message, message.endswith(": bad *** here")) == (False, True)


def test_nothing_is_passed_on_of_a_refused_key() -> None:
    assert _status(401, {"message": "wrong key on***89"}).message == "the model provider refused the API key (HTTP 401)"


def test_a_message_is_capped() -> None:
    assert len(_status(400, {"message": "x" * 9999}).message) == MAX_MESSAGE_CHARS


@pytest.mark.parametrize("message", [None, 3, {"a": 1}, ""])
def test_a_message_that_is_no_text_is_left_out(message: object) -> None:
    assert _status(400, {"message": message}).message.endswith("(HTTP 400)")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ({"code": 503}, "unavailable", 503),
        ({"code": 429, "type": "insufficient_quota"}, "insufficient_credits", 429),
        ({"code": 200}, "bad_response", None),
        ({"code": "context_length_exceeded"}, "context_too_long", None),
        ({"message": "broken"}, "bad_response", None),
        ({}, "bad_response", None),
    ],
)
def test_an_error_inside_a_good_answer_has_its_kind(body: dict[str, object], kind: str, status: int | None) -> None:
    found = from_body(body, api_key=KEY)
    assert (found.kind, found.status) == (kind, status)


def test_an_error_without_anything_says_so() -> None:
    assert from_body({}, api_key="").message.endswith("it is an error without a status")


def test_a_bad_response_says_why() -> None:
    assert bad_response("it breaks off").message == "the model provider's answer is no completion: it breaks off"


def _caused(error: BaseException, *causes: BaseException) -> BaseException:
    inner = error
    for cause in causes:
        inner.__cause__ = cause
        inner = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (TimeoutError(), "timeout"),
        (httpx2.ReadTimeout("slow"), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ServerTimeoutError()), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ConnectionTimeoutError()), "timeout"),
        (_caused(openai.APITimeoutError(REQUEST), aiohttp.ServerDisconnectedError()), "network"),
        (_caused(openai.APIConnectionError(request=REQUEST), aiohttp.ClientPayloadError()), "bad_response"),
        (_caused(openai.APIConnectionError(request=REQUEST), httpx2.ConnectError("x"), OSError()), "network"),
        (openai.APIConnectionError(request=REQUEST), "network"),
        (ConnectionResetError(), "network"),
        (httpx2.DecodingError("x"), "bad_response"),
        (ValueError("x"), "bad_response"),
        (RuntimeError("x"), "bad_response"),
        (openai.APIError("x", REQUEST, body=None), "bad_response"),
        (openai.APIError("x", REQUEST, body={"code": 503}), "unavailable"),
    ],
)
def test_what_the_client_raised_has_its_kind(error: BaseException, kind: str) -> None:
    assert from_exception(error, api_key=KEY).kind == kind


def test_a_status_error_of_the_client_keeps_its_wish_to_wait() -> None:
    response = httpx2.Response(429, headers={"retry-after": "3"}, request=REQUEST)
    found = from_exception(openai.RateLimitError("x", response=response, body={"message": "slow"}), api_key=KEY)
    assert (found.kind, found.status, found.retry_after_s) == ("rate_limited", 429, 3.0)


def test_a_transport_error_s_own_words_are_not_shown() -> None:
    assert "secret" not in from_exception(OSError("secret"), api_key=KEY).message
